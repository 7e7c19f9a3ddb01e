import { accountIdSchema, type AccountId } from '@shared/ids'

/** The keychain, as far as tokens need it. */
export interface TokenSecrets {
  available(): Promise<boolean>
  get(name: string): Promise<string | null>
  set(name: string, value: string): Promise<void>
  delete(name: string): Promise<void>
  names(prefix: string): Promise<string[]>
}

/** Tokens by account: in the keychain, and in memory once they were used. Nothing else of Foundry holds one. */
export interface Tokens {
  has(id: AccountId): boolean
  /** Whether it is still there after a restart. */
  kept(id: AccountId): boolean
  /**
   * @throws FoundryError `credentials` when the keychain cannot open it
   */
  get(id: AccountId): Promise<string | null>
  set(id: AccountId, token: string): Promise<void>
  delete(id: AccountId): Promise<void>
}

const PREFIX = 'github-token:'

/** Opens no secret: which accounts have a token is known by name. Tokens of nobody are removed. */
export async function openTokens(
  secrets: TokenSecrets,
  belongs: (id: AccountId) => boolean,
): Promise<Tokens> {
  const keychain = await secrets.available()
  const known = new Set<AccountId>()
  for (const name of await secrets.names(PREFIX)) {
    const id = accountIdSchema.safeParse(name.slice(PREFIX.length))
    if (id.success && belongs(id.data)) known.add(id.data)
    // Left by a start that ended between keychain and database.
    else await secrets.delete(name)
  }
  const used = new Map<AccountId, string>()
  return {
    has: (id) => known.has(id),
    kept: (id) => keychain && known.has(id),
    async get(id) {
      if (!known.has(id)) return null
      const before = used.get(id)
      if (before !== undefined) return before
      const token = await secrets.get(PREFIX + id)
      // A sign-out may have come while the keychain was asked.
      if (token === null || !known.has(id)) return null
      used.set(id, token)
      return token
    },
    async set(id, token) {
      await secrets.set(PREFIX + id, token)
      known.add(id)
      used.set(id, token)
    },
    async delete(id) {
      known.delete(id)
      used.delete(id)
      await secrets.delete(PREFIX + id)
    },
  }
}
