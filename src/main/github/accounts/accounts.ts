import { setImmediate } from 'node:timers/promises'
import { and, eq, isNull } from 'drizzle-orm'
import { FoundryError, type ErrorValue } from '@shared/errors'
import type { Account, DeviceSignIn, SignInWays, TokenSource } from '@shared/github'
import type { AccountId } from '@shared/ids'
import type { AuditLog } from '../../audit-log/audit-log'
import { newId, type Database } from '../../database'
import { createGitHubClient } from '../client/client'
import { credentialEnvironment } from '../../sandbox/git/credentials'
import { apiUrlOf, hostOf, webUrlOf } from '../client/hosts'
import { createHttpCache } from '../client/http-cache'
import { accounts } from '../tables'
import type { GitHubClient } from '../types'
import { createDeviceSignIns } from './device-sign-in'
import type { GhCommand } from './gh'
import { missingScopes } from './scopes'
import { checkToken, type TokenOwner } from './token-check'
import { openTokens, type TokenSecrets } from './tokens'

export interface Accounts {
  /** Those signed in, and those that have to connect again; not those signed out. */
  list(): Account[]
  /** @throws FoundryError `not_found` */
  get(id: AccountId): Account
  isSignedIn(id: AccountId): boolean
  /** Signed in, with a token that GitHub is not known to refuse. */
  isConnected(id: AccountId): boolean
  /** GitHub's id of the person. */
  githubIdOf(id: AccountId): string
  /** One an account, with one budget. Without a token every request of it is `unauthorized`. */
  client(id: AccountId): GitHubClient
  /**
   * The environment in which one git process is signed in to the account's host, and nowhere else.
   *
   * @throws FoundryError `credentials` when there is no token, or none that can be read
   */
  gitEnvironment(id: AccountId): Promise<Record<string, string>>
  /** Looks at this machine only. */
  signInWays(): Promise<SignInWays>
  addToken(host: string, token: string): Promise<Account>
  useGh(host: string): Promise<Account>
  startDeviceSignIn(host: string): Promise<DeviceSignIn>
  cancelDeviceSignIn(): void
  deviceSignIn(): DeviceSignIn | null
  /** Whether the token is good comes back as the account's state; that GitHub cannot be asked is thrown. */
  check(id: AccountId): Promise<Account>
  /** Removes the token. What was read with it stays for its owners to keep or delete. */
  signOut(id: AccountId): Promise<void>
  /** Forgets answers of GitHub that it has not confirmed for a long time. */
  prune(): Promise<void>
  close(): void
}

export interface AccountsOptions {
  database: Database
  /** Foundry's own. */
  version: string
  secrets: TokenSecrets
  gh: GhCommand
  /** By host. */
  clientIds: ReadonlyMap<string, string>
  fetch(url: string, init?: RequestInit): Promise<Response>
  audit: AuditLog
  actor: string
  now: () => number
  changed(id: AccountId): void
  deviceSignInChanged(): void
  /** There is a good token where there was none, or another one. */
  connected(id: AccountId): void
}

/** What conditional requests remember and nobody asked for since. */
const CACHED_MS = 30 * 24 * 3_600_000

type AccountRow = typeof accounts.$inferSelect

/** People on GitHub hosts. Their tokens are with `Tokens` and nowhere else. */
export async function createAccounts(options: AccountsOptions): Promise<Accounts> {
  const { database, now } = options
  const db = database.commands
  const cache = createHttpCache(database)
  const tokens = await openTokens(options.secrets, (id) => {
    const row = find(id)
    return row !== null && row.signedOutAt === null
  })
  /** Why a token that is there cannot be used in this run. */
  const unusable = new Map<AccountId, ErrorValue>()
  const clients = new Map<AccountId, GitHubClient>()
  let last: Promise<unknown> = Promise.resolve()

  function find(id: AccountId): AccountRow | null {
    return db.select().from(accounts).where(eq(accounts.id, id)).get() ?? null
  }

  function expect(id: AccountId): AccountRow {
    const row = find(id)
    if (row === null || row.signedOutAt !== null)
      throw new FoundryError('not_found', 'This account is not signed in any more.')
    return row
  }

  function toAccount(row: AccountRow): Account {
    const id = row.id as AccountId
    const problem = row.problem ?? unusable.get(id) ?? (tokens.has(id) ? null : tokenGone(row))
    return {
      id,
      host: row.host,
      login: row.login,
      name: row.name,
      avatarUrl: row.avatarUrl,
      source: row.source,
      scopes: row.scopes,
      missing: missingScopes(row.scopes),
      expiresAt: row.expiresAt,
      state: problem === null ? 'connected' : 'reconnect',
      problem,
      stored: tokens.kept(id),
      checkedAt: row.checkedAt,
      budgets: clients.get(id)?.budgets() ?? [],
    }
  }

  async function readToken(id: AccountId): Promise<string | null> {
    try {
      const token = await tokens.get(id)
      if (unusable.delete(id)) options.changed(id)
      return token
    } catch (error) {
      if (!(error instanceof FoundryError)) throw error
      if (!unusable.has(id)) {
        unusable.set(id, error.toValue())
        options.changed(id)
      }
      return null
    }
  }

  function refused(id: AccountId, error: FoundryError): void {
    const row = find(id)
    // Without a token in reach the account says so already, and the next start may have it again.
    if (row === null || row.signedOutAt !== null || !tokens.has(id) || unusable.has(id)) return
    db.update(accounts)
      .set({ problem: refusal(row, error), checkedAt: now() })
      .where(eq(accounts.id, id))
      .run()
    options.changed(id)
  }

  function client(id: AccountId): GitHubClient {
    const known = clients.get(id)
    if (known !== undefined) return known
    const row = find(id)
    if (row === null) throw new FoundryError('not_found', 'This account does not exist any more.')
    const made = createGitHubClient({
      account: { id, host: row.host, apiUrl: row.apiUrl },
      version: options.version,
      token: () => readToken(id),
      fetch: options.fetch,
      cache,
      now,
      refused: (error) => refused(id, error),
    })
    clients.set(id, made)
    return made
  }

  /** Tokens are taken one after the other: the same person twice at once is one account. */
  function inTurn<Value>(run: () => Promise<Value>): Promise<Value> {
    const result = last.then(run)
    last = result.catch(() => undefined) // The caller gets the failure; the next one starts afresh.
    return result
  }

  async function take(input: string, token: string, source: TokenSource): Promise<Account> {
    const host = hostOf(input)
    const apiUrl = apiUrlOf(host)
    const owner = await checkToken(
      createGitHubClient({
        account: { id: newId('account'), host, apiUrl },
        version: options.version,
        token: () => Promise.resolve(token),
        fetch: options.fetch,
        cache,
        now,
        refused: () => undefined,
      }),
    )
    const existing = db
      .select()
      .from(accounts)
      .where(and(eq(accounts.host, host), eq(accounts.githubId, owner.githubId)))
      .get()
    const id = (existing?.id as AccountId | undefined) ?? newId('account')
    // Before its row: a token without one is removed at the next start, a row without one asks for it.
    await tokens.set(id, token)
    unusable.delete(id)
    const row = database.transaction(() => save(id, { host, apiUrl, source, owner }, existing !== undefined))
    options.changed(id)
    options.connected(id)
    return toAccount(row)
  }

  function save(
    id: AccountId,
    { host, apiUrl, source, owner }: { host: string; apiUrl: string; source: TokenSource; owner: TokenOwner },
    again: boolean,
  ): AccountRow {
    const facts = { apiUrl, source, ...owner, problem: null, signedOutAt: null, checkedAt: now() }
    options.audit.append({
      kind: again ? 'account.reconnected' : 'account.added',
      actor: options.actor,
      payload: { accountId: id, host, login: owner.login, source },
    })
    return db
      .insert(accounts)
      .values({ id, host, createdAt: now(), ...facts })
      .onConflictDoUpdate({ target: accounts.id, set: facts })
      .returning()
      .get()
  }

  const device = createDeviceSignIns({
    clientIds: options.clientIds,
    apiUrlOf,
    fetch: options.fetch,
    now,
    accept: async (host, token) => {
      await inTurn(() => take(host, token, 'device'))
    },
    changed: options.deviceSignInChanged,
  })

  return {
    list: () => db.select().from(accounts).where(isNull(accounts.signedOutAt)).all().map(toAccount),
    get: (id) => toAccount(expect(id)),
    isSignedIn: (id) => find(id)?.signedOutAt === null,
    isConnected(id) {
      const row = find(id)
      return row !== null && row.signedOutAt === null && toAccount(row).state === 'connected'
    },
    githubIdOf: (id) => expect(id).githubId,
    client,
    async gitEnvironment(id) {
      const row = expect(id)
      const token = await readToken(id)
      if (token === null) throw asError(toAccount(row).problem ?? tokenGone(row))
      // GitHub takes any name beside a token.
      return credentialEnvironment({ origin: webUrlOf(row.host), username: 'x-access-token', token })
    },
    async signInWays() {
      const { hosts, problem } = await options.gh.hosts()
      return { gh: hosts, ghProblem: problem, device: device.hosts() }
    },
    addToken: (host, token) => inTurn(() => take(host, token, 'pasted')),
    useGh(host) {
      return inTurn(async () => take(host, await options.gh.token(hostOf(host)), 'gh'))
    },
    startDeviceSignIn: async (host) => device.start(hostOf(host)),
    cancelDeviceSignIn: () => device.cancel(),
    deviceSignIn: () => device.current(),
    async check(id) {
      expect(id)
      try {
        const owner = await checkToken(client(id))
        const before = expect(id)
        db.update(accounts)
          .set({ ...owner, githubId: before.githubId, problem: null, checkedAt: now() })
          .where(eq(accounts.id, id))
          .run()
        options.changed(id)
        if (before.problem !== null) options.connected(id)
      } catch (error) {
        // Refused: that is what was asked, and the account says it now.
        if (toAccount(expect(id)).state !== 'reconnect') throw error
      }
      return toAccount(expect(id))
    },
    async signOut(id) {
      const row = expect(id)
      await tokens.delete(id)
      clients.delete(id)
      unusable.delete(id)
      database.transaction(() => {
        db.update(accounts).set({ signedOutAt: now(), problem: null }).where(eq(accounts.id, id)).run()
        options.audit.append({
          kind: 'account.signed_out',
          actor: options.actor,
          payload: { accountId: id, host: row.host, login: row.login },
        })
      })
      cache.forget(id)
      options.changed(id)
    },
    async prune() {
      while (cache.prune(now() - CACHED_MS)) await setImmediate()
    },
    close: () => device.cancel(),
  }
}

function asError({ kind, message, next, detail }: ErrorValue): FoundryError {
  return new FoundryError(kind, message, {
    ...(next === undefined ? {} : { next }),
    ...(detail === undefined ? {} : { detail }),
  })
}

function tokenGone({ login, host }: AccountRow): ErrorValue {
  return {
    kind: 'credentials',
    message: `There is no token for ${login} on ${host} any more.`,
    next: 'Connect again. Without a keychain on this computer a token lasts until Foundry ends.',
  }
}

function refusal({ login, host }: AccountRow, error: FoundryError): ErrorValue {
  return {
    kind: 'credentials',
    message: `GitHub does not accept the token of ${login} on ${host} any more.`,
    next: 'Connect again with a new token. What is known stays readable.',
    ...(error.detail === undefined ? { detail: error.message } : { detail: error.detail }),
  }
}
