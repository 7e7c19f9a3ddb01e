import { z } from 'zod'
import { repositorySchema, repositoryStateSchema } from '../domain'
import { issuePageSchema, issueSchema } from '../github'
import { repositoryIdSchema } from '../ids'
import { startBranchesSchema } from '../tasks'
import { command, query, type DomainContract } from './define'

const nothing = z.void()

export const repositoryContract = {
  /** Opens a folder that is a git working tree. The same folder again returns the same repository. */
  openLocal: command(z.object({ path: z.string().min(1) }), repositorySchema),
  state: query(z.object({ repositoryId: repositoryIdSchema }), repositoryStateSchema),
  /** Takes the repository off the list; refused while it has tasks that are not archived. Nothing on disk is touched. */
  remove: command(z.object({ repositoryId: repositoryIdSchema }), nothing),
  /**
   * Branches a task can work on or start from: those of the folder and of origin, as far as they are known. With
   * `refresh` GitHub is asked first; a failure stands beside what is known.
   */
  branches: query(
    z.object({ repositoryId: repositoryIdSchema, search: z.string().max(200), refresh: z.boolean() }),
    startBranchesSchema,
  ),
  /** Open issues, newest first. Asks GitHub, so it fails without a network. */
  issues: query(
    z.object({
      repositoryId: repositoryIdSchema,
      /** Words of it, or its number. */
      search: z.string().max(200),
      cursor: z.string().max(20).nullable(),
    }),
    issuePageSchema,
  ),
  issue: query(
    z.object({ repositoryId: repositoryIdSchema, number: z.number().int().positive() }),
    issueSchema,
  ),
} as const satisfies DomainContract
