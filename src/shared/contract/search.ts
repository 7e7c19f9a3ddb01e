import { z } from 'zod'
import { filterKeys, type FilterKey, LONGEST_SEARCH } from '../search-query'
import { searchPageSchema, searchValueSchema } from '../search'
import { command, query, type DomainContract } from './define'

const nothing = z.void()
const name = z.string().trim().min(1).max(100)
const text = z.string().max(LONGEST_SEARCH)
const keys = Object.keys(filterKeys) as [FilterKey, ...FilterKey[]]

/** Looking through all that was said and done, and searches that are kept. */
export const searchContract = {
  /** A question takes the place of the one before, which then fails as `cancelled`. */
  find: query(z.object({ text, cursor: z.string().max(100).nullable() }), searchPageSchema),
  /** Values there are for a filter, at most 20. */
  values: query(
    z.object({ key: z.enum(keys), typed: z.string().max(200) }),
    z.array(searchValueSchema).max(20),
  ),
  /** In place of one that is called the same. */
  save: command(z.object({ name, text: text.min(1) }), nothing),
  /** Refused when another one is called so. */
  rename: command(z.object({ name, to: name }), nothing),
  forget: command(z.object({ name }), nothing),
  /** Makes the index anew, in the background. */
  adminRebuildIndex: command(nothing, nothing),
} as const satisfies DomainContract
