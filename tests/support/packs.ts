import { packPolicySchema } from '../../src/shared/keeping-policy'
import type { PackSource } from '../../src/main/task/packs/packs'
import type { PackReading } from '../../src/main/task/packs/read'

/** A task of which nothing is kept for offline reading. */
export const nothingKept: PackReading = {
  versions: async () => null,
  file: async () => null,
  paths: () => [],
  base: async () => null,
  wide: async () => null,
  json: async () => null,
}

/** Nothing is said at GitHub. */
export const silent: PackSource = { collect: async () => ({ kinds: [], images: [] }) }

export const packPolicy = packPolicySchema.parse({})
