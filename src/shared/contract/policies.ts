import { z } from 'zod'
import { repositoryIdSchema } from '../ids'
import { permissionPolicySchema } from '../permission-policy-schema'
import { command, query, type DomainContract } from './define'

const repository = z.object({ repositoryId: repositoryIdSchema })

/** How questions of agents are answered without asking a person. */
export const policyContract = {
  ofRepository: query(repository, permissionPolicySchema),
  /** All of it anew. Questions that are open and answered by it are answered at once. */
  set: command(repository.extend({ policy: permissionPolicySchema }), permissionPolicySchema),
} as const satisfies DomainContract
