import { z } from 'zod'
import { auditActors, auditEventSchema, auditKinds } from '../audit'
import { organizationIdSchema, repositoryIdSchema } from '../ids'
import { query, type DomainContract } from './define'

/** Goes on from `cursor`, the one that came with the page before; null for the newest. */
const asked = {
  cursor: z.number().int().nullable(),
  kinds: z.array(z.enum(auditKinds)).min(1).optional(),
}
/** Newest first, at most 100. A page may be short, or empty, and have a cursor: older ones were not looked at yet. */
const page = z.object({ events: z.array(auditEventSchema), cursor: z.number().int().nullable() })

/** What was done, and by whom. */
export const auditContract = {
  ofOrganization: query(
    z.object({
      organizationId: organizationIdSchema,
      actor: z.enum(auditActors).optional(),
      repositoryId: repositoryIdSchema.optional(),
      ...asked,
    }),
    page,
  ),
} as const satisfies DomainContract
