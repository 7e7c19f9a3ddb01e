/** Accounts on a real database against GitHub's server for tests, with what they tell written down. */
import { onTestFinished } from 'vitest'
import { createAuditLog } from '../../../src/main/audit-log/audit-log'
import { createAccounts, type Accounts } from '../../../src/main/github/accounts/accounts'
import type { GhCommand } from '../../../src/main/github/accounts/gh'
import type { TokenSecrets } from '../../../src/main/github/accounts/tokens'
import { FoundryError } from '../../../src/shared/errors'
import { openTestDatabase } from '../../support/database'
import { startGitHub } from '../../support/github/server'

/** A keychain as the app has it: what is set is kept, or for this run only. */
export function createKeychain(available = true) {
  const kept = new Map<string, string>()
  let memory = new Map<string, string>()
  let locked = false
  const target = (): Map<string, string> => (available ? kept : memory)
  const secrets: TokenSecrets = {
    available: () => Promise.resolve(available),
    async get(name) {
      if (locked)
        throw new FoundryError('credentials', 'The keychain cannot open it.', { next: 'Unlock it.' })
      return target().get(name) ?? null
    },
    async set(name, value) {
      target().set(name, value)
    },
    async delete(name) {
      target().delete(name)
    },
    names: (prefix) => Promise.resolve([...target().keys()].filter((name) => name.startsWith(prefix))),
  }
  return {
    secrets,
    values: () => [...kept.values(), ...memory.values()],
    names: () => [...kept.keys(), ...memory.keys()],
    lock: (now: boolean) => void (locked = now),
    restart: () => void (memory = new Map()),
  }
}

export const NO_GH: GhCommand = {
  hosts: () => Promise.resolve({ hosts: [], problem: 'There is none.' }),
  token: () => Promise.reject(new FoundryError('credentials', 'There is none.')),
}

export async function openAccountsWorld(options: { keychain?: boolean; gh?: GhCommand } = {}) {
  const github = await startGitHub()
  onTestFinished(() => github.close())
  const opened = await openTestDatabase()
  onTestFinished(() => opened.close())
  const keychain = createKeychain(options.keychain ?? true)
  const told: string[] = []
  let fetching: typeof fetch = fetch
  let device: () => void = () => undefined

  async function start(): Promise<Accounts> {
    const { database } = opened
    const accounts = await createAccounts({
      database,
      version: '0.0.1',
      secrets: keychain.secrets,
      gh: options.gh ?? NO_GH,
      clientIds: new Map([[github.host, 'client-of-tests']]),
      fetch: (url, init) => fetching(url, init),
      audit: createAuditLog(database, () => 1),
      actor: 'user_local',
      now: Date.now,
      changed: (id) => told.push(`changed ${id}`),
      deviceSignInChanged: () => device(),
      connected: (id) => told.push(`connected ${id}`),
    })
    onTestFinished(() => accounts.close())
    return accounts
  }

  const ada = github.model.addUser('ada', { name: 'Ada' })
  return {
    github,
    opened,
    keychain,
    told,
    ada,
    accounts: await start(),
    restart() {
      keychain.restart()
      opened.reopen()
      return start()
    },
    /** The network is gone, or back. */
    setOnline(online: boolean) {
      fetching = online ? fetch : () => Promise.reject(new TypeError('net::ERR_INTERNET_DISCONNECTED'))
    },
    onDevice: (listener: () => void) => void (device = listener),
    audit: () => createAuditLog(opened.database, () => 1).page({ cursor: null }).rows,
    /** Everything the database holds, as text. */
    dump(): string {
      const { $client } = opened.database.commands
      const tables = $client
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
        .pluck()
        .all() as string[]
      return JSON.stringify(tables.map((table) => $client.prepare(`SELECT * FROM "${table}"`).all()))
    },
  }
}
