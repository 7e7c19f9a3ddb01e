import type { FoundryBridge } from '@shared/bridge'
import type { Organization } from '@shared/domain'
import type { Account, AvailableOrganization } from '@shared/github'
import type { App } from '../../tests/e2e/support/app'

type WithBridge = typeof globalThis & { foundry: FoundryBridge }

/** The value of an operation of the app, asked for as its window does. */
export async function call<Value>(app: App, operation: string, input: unknown): Promise<Value> {
  const result = await app.window.evaluate(
    ([name, given]) => (globalThis as WithBridge).foundry.call(name, given),
    [operation, input] as const,
  )
  if (!result.ok) throw new Error(`${operation}: ${JSON.stringify(result.error)}`)
  return result.value as Value
}

/** Brings an organization local; it is synced from then on, and the one on screen. */
export async function addOrganization(
  app: App,
  { host, token, login }: { host: string; token: string; login: string },
): Promise<Organization> {
  const account = await call<Account>(app, 'account.addToken', { host, token })
  const available = await call<AvailableOrganization[]>(app, 'organization.available', {
    accountId: account.id,
  })
  const chosen = available.find((one) => one.login === login)
  if (chosen === undefined) throw new Error(`${login} is not offered`)
  return call<Organization>(app, 'organization.add', { accountId: account.id, githubId: chosen.githubId })
}
