import { setImmediate } from 'node:timers/promises'
import { eq, sql } from 'drizzle-orm'
import type { Organization } from '@shared/domain'
import { FoundryError } from '@shared/errors'
import type { AvailableOrganization } from '@shared/github'
import type { AccountId, OrganizationId } from '@shared/ids'
import type { AuditLog } from '../audit-log/audit-log'
import { newId, type Database } from '../database'
import type { Accounts } from '../github/accounts/accounts'
import type { OrganizationData } from '../github/organization-data'
import type { Repositories } from '../repository/repositories'
import { askAvailable, type FoundOrganization } from './available'
import type { OrganizationRow, Organizations } from './organizations'
import { members, organizations } from './tables'

/** Which organizations of GitHub are brought local, and what becomes of them when they are left. */
export interface Membership {
  /** Asks GitHub. */
  available(accountId: AccountId): Promise<AvailableOrganization[]>
  add(accountId: AccountId, githubId: string): Promise<Organization>
  /** @throws FoundryError `conflict` while its tasks run, or with `delete` while some were worked on */
  leave(id: OrganizationId, data: 'keep' | 'delete'): Promise<void>
  /** @throws FoundryError `conflict` before anything is done, when not everything may be deleted */
  signOut(accountId: AccountId, data: 'keep' | 'delete'): Promise<void>
  /** Goes on with what a run before this one was told to delete. */
  finishDeleting(): Promise<void>
}

export interface MembershipOptions {
  database: Database
  accounts: Pick<Accounts, 'client' | 'get' | 'githubIdOf' | 'list' | 'signOut'>
  organizations: Organizations
  repositories: Repositories
  data: OrganizationData
  audit: AuditLog
  actor: string
  now: () => number
  /** Titles of its tasks in which something runs now. */
  running(id: OrganizationId): string[]
  startSync(id: OrganizationId): void
  /** Nothing of it is written once this returns. */
  stopSync(id: OrganizationId): Promise<void>
  changed(id: OrganizationId): void
}

/** Rows of a kind in one statement: what stands between two of them may be a key press. */
const SLICE = 50

export function createMembership(options: MembershipOptions): Membership {
  const { database, accounts, audit, actor, now } = options
  const db = database.commands

  const locals = (): OrganizationRow[] => db.select().from(organizations).all()

  async function ask(accountId: AccountId): Promise<FoundOrganization[]> {
    const account = accounts.get(accountId)
    return askAvailable(accounts.client(accountId), {
      host: account.host,
      known: (githubId) => {
        const row = locals().find((found) => found.host === account.host && found.githubId === githubId)
        return row === undefined ? null : { login: row.login ?? '', name: row.name, avatarUrl: row.avatarUrl }
      },
    })
  }

  async function add(accountId: AccountId, githubId: string): Promise<Organization> {
    const { host } = accounts.get(accountId)
    const found = (await ask(accountId)).find((organization) => organization.githubId === githubId)
    if (found === undefined)
      throw new FoundryError('not_found', 'This account does not belong to that organization any more.', {
        next: 'Look at the list again.',
      })
    if (found.state !== 'ok')
      throw new FoundryError(
        'forbidden',
        found.problem?.message ?? `${found.login} cannot be reached.`,
        found.problem?.next === undefined ? {} : { next: found.problem.next },
      )
    const id = database.transaction(() => {
      const facts = {
        kind: found.kind,
        name: found.name ?? found.login,
        login: found.login,
        avatarUrl: found.avatarUrl,
        accountId,
        state: 'ok' as const,
        problem: null,
        leftAt: null,
      }
      const row = db
        .insert(organizations)
        .values({ id: newId('org'), host, githubId, createdAt: now(), ...facts })
        .onConflictDoUpdate({ target: [organizations.host, organizations.githubId], set: facts })
        .returning()
        .get()
      if (row.deleteRequestedAt !== null)
        throw new FoundryError('conflict', `What was kept of ${found.login} is being deleted.`, {
          next: 'Add it again in a moment.',
        })
      const organizationId = row.id as OrganizationId
      audit.append({
        kind: 'organization.added',
        actor,
        organizationId,
        payload: { host, login: found.login, githubId, accountId },
      })
      return organizationId
    })
    options.changed(id)
    options.startSync(id)
    return options.organizations.get(id)
  }

  function expectLeavable(id: OrganizationId, data: 'keep' | 'delete'): void {
    const organization = options.organizations.get(id)
    if (organization.github === null)
      throw new FoundryError('invalid_input', `${organization.name} is no organization of GitHub.`)
    const [running] = options.running(id)
    if (running !== undefined)
      throw new FoundryError('conflict', `In ${organization.name} the task “${running}” runs.`, {
        next: 'Stop what runs there first.',
      })
    const worked = data === 'keep' ? 0 : options.repositories.workedOnTasks(id)
    if (worked > 0)
      throw new FoundryError(
        'conflict',
        `${organization.name} has ${worked === 1 ? 'a task' : `${worked} tasks`} that agents worked on, which Foundry never deletes with it.`,
        { next: 'Leave it and keep what was read.' },
      )
  }

  async function leave(id: OrganizationId, data: 'keep' | 'delete'): Promise<void> {
    expectLeavable(id, data)
    await options.stopSync(id)
    // While the sync ended, a task may have been started.
    expectLeavable(id, data)
    if (options.organizations.active() === id) options.organizations.activate(nextActive(id))
    database.transaction(() => {
      db.update(organizations)
        .set({
          leftAt: sql`coalesce(${organizations.leftAt}, ${now()})`,
          deleteRequestedAt: data === 'delete' ? now() : null,
        })
        .where(eq(organizations.id, id))
        .run()
      audit.append({ kind: 'organization.left', actor, organizationId: id, payload: { data } })
    })
    options.changed(id)
    if (data === 'delete') await deleteRest(id)
  }

  function nextActive(left: OrganizationId): OrganizationId {
    const other = options.organizations.synced().find(({ id }) => id !== left)
    return (other?.id as OrganizationId | undefined) ?? options.organizations.local()
  }

  /** In slices; whatever is left when the app ends goes at its next start. */
  async function deleteRest(id: OrganizationId): Promise<void> {
    while (database.transaction(() => options.data.removeSome(id, SLICE))) await setImmediate()
    while (database.transaction(() => options.repositories.removeSome(id, SLICE))) await setImmediate()
    while (database.transaction(() => removeMembers(id))) await setImmediate()
    database.transaction(() => {
      const row = options.organizations.find(id)
      db.delete(organizations).where(eq(organizations.id, id)).run()
      audit.append({
        kind: 'organization.deleted',
        actor,
        organizationId: id,
        payload: { host: row?.host, login: row?.login },
      })
    })
    options.changed(id)
  }

  function removeMembers(id: OrganizationId): boolean {
    return (
      db
        .delete(members)
        .where(
          sql`rowid IN (SELECT rowid FROM ${members} WHERE ${members.organizationId} = ${id} LIMIT ${SLICE})`,
        )
        .run().changes > 0
    )
  }

  /** Somebody else who is signed in here and belongs to it. */
  function otherReader(row: OrganizationRow, without: AccountId): AccountId | null {
    const others = accounts.list().filter(({ id, host }) => id !== without && host === row.host)
    const belongs = others.find(({ id }) => {
      const githubId = accounts.githubIdOf(id)
      return row.kind === 'personal'
        ? row.githubId === githubId
        : options.organizations.isMember(row.id as OrganizationId, githubId)
    })
    return belongs?.id ?? null
  }

  async function signOut(accountId: AccountId, data: 'keep' | 'delete'): Promise<void> {
    const own = locals().filter((row) => row.accountId === accountId && row.deleteRequestedAt === null)
    const handed = own.flatMap((row) => {
      const reader = otherReader(row, accountId)
      return reader === null ? [] : [{ id: row.id as OrganizationId, reader, left: row.leftAt !== null }]
    })
    const heirs = new Set(handed.map(({ id }) => id))
    const orphaned = own.map(({ id }) => id as OrganizationId).filter((id) => !heirs.has(id))
    if (data === 'delete') for (const id of orphaned) expectLeavable(id, data)
    await accounts.signOut(accountId)
    for (const { id, reader, left } of handed) {
      db.update(organizations).set({ accountId: reader }).where(eq(organizations.id, id)).run()
      options.changed(id)
      if (!left) options.startSync(id)
    }
    for (const id of orphaned) {
      await options.stopSync(id)
      options.changed(id)
      if (data === 'delete') await leave(id, 'delete')
    }
  }

  return {
    async available(accountId) {
      const { host } = accounts.get(accountId)
      const found = await ask(accountId)
      const here = locals().filter((row) => row.host === host)
      return found.map((organization) => {
        const row = here.find(({ githubId }) => githubId === organization.githubId)
        const local = row?.leftAt === null && row.deleteRequestedAt === null ? row : null
        const known = local !== null && organization.state === 'ok' ? local : organization
        return {
          ...organization,
          state: known.state,
          problem: known.problem,
          organizationId: (local?.id as OrganizationId | undefined) ?? null,
        }
      })
    },
    add,
    leave,
    signOut,
    async finishDeleting() {
      for (const row of locals())
        if (row.deleteRequestedAt !== null) await deleteRest(row.id as OrganizationId)
    },
  }
}
