import { and, asc, eq, gt, isNotNull, isNull, ne, or, sql, type SQL } from 'drizzle-orm'
import type { Organization } from '@shared/domain'
import { FoundryError } from '@shared/errors'
import type { Member } from '@shared/github'
import type { AccountId, OrganizationId } from '@shared/ids'
import { newId, type Database } from '../database'
import type { SyncOwners } from '../github/types'
import { appState, members, organizations } from './tables'

export type OrganizationRow = typeof organizations.$inferSelect

export interface Organizations {
  /** The one whose repositories and tasks the window shows. */
  active(): OrganizationId
  /** The one for folders that were opened without an account. */
  local(): OrganizationId
  /** Those left are in it as well, as long as something of them is kept. */
  list(): Organization[]
  /** @throws FoundryError `not_found` */
  get(id: OrganizationId): Organization
  find(id: OrganizationId): OrganizationRow | null
  /** Those that are kept current: of GitHub, and not left. */
  synced(): OrganizationRow[]
  activate(id: OrganizationId): void
  members(
    id: OrganizationId,
    search: string,
    cursor: string | null,
  ): { members: Member[]; cursor: string | null }
  isMember(id: OrganizationId, githubId: string): boolean
  /** A member's login, written as GitHub does; null where nobody is called so. */
  memberLogin(id: OrganizationId, login: string): string | null
  readonly syncOwner: SyncOwners['organization']
}

export interface OrganizationsTold {
  changed(id: OrganizationId): void
  activated(): void
  /** Whether somebody's token reads it; asked for the list. */
  isSignedIn(id: AccountId): boolean
}

const PAGE = 100
const NOBODY: OrganizationsTold = {
  changed: () => undefined,
  activated: () => undefined,
  isSignedIn: () => true,
}

/** The organizations of this computer. Makes sure that there is one for what is opened without any account. */
export function createOrganizations(
  database: Database,
  now: () => number,
  told: OrganizationsTold = NOBODY,
): Organizations {
  const db = database.commands
  const local = database.transaction(() => {
    const row = db
      .select({ id: organizations.id })
      .from(organizations)
      .where(eq(organizations.kind, 'local'))
      .get()
    const id = (row?.id as OrganizationId | undefined) ?? newId('org')
    if (row === undefined)
      db.insert(organizations).values({ id, kind: 'local', name: 'This computer', createdAt: now() }).run()
    db.insert(appState).values({ id: 1, activeOrganizationId: id }).onConflictDoNothing().run()
    return id
  })
  let active = (db.select().from(appState).get()?.activeOrganizationId ?? local) as OrganizationId

  // A sync asks for it all the time.
  const byId = db
    .select()
    .from(organizations)
    .where(eq(organizations.id, sql.placeholder('id')))
    .prepare()

  function find(id: OrganizationId): OrganizationRow | null {
    return byId.get({ id }) ?? null
  }

  function expect(id: OrganizationId): OrganizationRow {
    const row = find(id)
    if (row === null || row.deleteRequestedAt !== null)
      throw new FoundryError('not_found', 'This organization is not here any more.')
    return row
  }

  const toOrganization = (row: OrganizationRow): Organization => ({
    id: row.id as OrganizationId,
    kind: row.kind,
    name: row.name,
    github:
      row.host === null || row.login === null
        ? null
        : {
            accountId: readerOf(row),
            host: row.host,
            login: row.login,
            avatarUrl: row.avatarUrl,
            state: row.state,
            problem: row.problem,
            leftAt: row.leftAt,
          },
  })

  function readerOf(row: OrganizationRow): AccountId | null {
    const id = row.accountId as AccountId | null
    return id !== null && told.isSignedIn(id) ? id : null
  }

  return {
    active: () => active,
    local: () => local,
    list() {
      return db
        .select()
        .from(organizations)
        .where(isNull(organizations.deleteRequestedAt))
        .orderBy(asc(organizations.createdAt), asc(organizations.id))
        .all()
        .map(toOrganization)
    },
    get: (id) => toOrganization(expect(id)),
    find,
    synced() {
      return db
        .select()
        .from(organizations)
        .where(
          and(
            ne(organizations.kind, 'local'),
            isNull(organizations.leftAt),
            isNotNull(organizations.accountId),
          ),
        )
        .all()
    },
    activate(id) {
      expect(id)
      if (id === active) return
      db.update(appState).set({ activeOrganizationId: id }).run()
      active = id
      told.activated()
    },
    members(id, search, cursor) {
      const rows = db
        .select()
        .from(members)
        .where(and(eq(members.organizationId, id), matches(search), after(cursor)))
        .orderBy(asc(LOGIN), asc(members.githubId))
        .limit(PAGE)
        .all()
      const end = rows.at(-1)
      return {
        members: rows.map(({ githubId, login, name, avatarUrl, role }) => ({
          id: githubId,
          login,
          name,
          avatarUrl,
          role,
        })),
        cursor: rows.length < PAGE || end === undefined ? null : `${end.githubId}:${end.login.toLowerCase()}`,
      }
    },
    isMember(id, githubId) {
      return (
        db
          .select({ id: members.githubId })
          .from(members)
          .where(and(eq(members.organizationId, id), eq(members.githubId, githubId)))
          .get() !== undefined
      )
    },
    memberLogin(id, login) {
      const row = db
        .select({ login: members.login })
        .from(members)
        .where(and(eq(members.organizationId, id), eq(LOGIN, login.toLowerCase())))
        .get()
      return row?.login ?? null
    },
    syncOwner: createSyncOwner(database, find, told.changed),
  }
}

/** Logins are ASCII, so that SQLite's `lower` and JavaScript's agree. */
const LOGIN = sql<string>`lower(${members.login})`

function matches(search: string): SQL | undefined {
  const text = search.trim()
  if (text === '') return undefined
  const pattern = `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`
  return sql`(${members.login} LIKE ${pattern} ESCAPE '\\' OR ${members.name} LIKE ${pattern} ESCAPE '\\')`
}

function after(cursor: string | null): SQL | undefined {
  if (cursor === null) return undefined
  const [, githubId, login] = /^(\d{1,20}):(\S{1,200})$/.exec(cursor) ?? []
  if (githubId === undefined || login === undefined)
    throw new FoundryError('invalid_input', 'The list of members has no such page.')
  return or(gt(LOGIN, login), and(eq(LOGIN, login), gt(members.githubId, githubId)))
}

/** What a sync reads and writes of organizations and members. */
function createSyncOwner(
  database: Database,
  find: (id: OrganizationId) => OrganizationRow | null,
  changed: (id: OrganizationId) => void,
): SyncOwners['organization'] {
  const db = database.commands
  const { $client } = database.events
  const upsertMember = $client.prepare<
    [string, string, string, string | null, string | null, string, number]
  >(
    `INSERT INTO members (organization_id, github_id, login, name, avatar_url, role, generation)
     VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (organization_id, github_id) DO UPDATE SET
       login = excluded.login, name = coalesce(excluded.name, name), avatar_url = excluded.avatar_url,
       role = excluded.role, generation = excluded.generation`,
  )
  const sweep = $client.prepare<[string, number]>(
    'DELETE FROM members WHERE organization_id = ? AND generation < ?',
  )
  const countAll = $client
    .prepare<[string], number>('SELECT count(*) FROM members WHERE organization_id = ?')
    .pluck()

  return {
    get(id) {
      const row = find(id)
      if (row === null || row.kind === 'local' || row.leftAt !== null) return null
      if (row.accountId === null || row.githubId === null || row.login === null) return null
      return {
        id,
        accountId: row.accountId as AccountId,
        kind: row.kind,
        githubId: row.githubId,
        login: row.login,
      }
    },
    setProfile(id, { login, name, avatarUrl }) {
      const row = find(id)
      const shown = name ?? login
      if (row === null || (row.login === login && row.name === shown && row.avatarUrl === avatarUrl)) return
      db.update(organizations).set({ login, name: shown, avatarUrl }).where(eq(organizations.id, id)).run()
      changed(id)
    },
    setState(id, state, problem) {
      const row = find(id)
      if (row === null) return
      if (row.state === state && JSON.stringify(row.problem) === JSON.stringify(problem)) return
      db.update(organizations).set({ state, problem }).where(eq(organizations.id, id)).run()
      changed(id)
    },
    upsertMembers(id, generation, all) {
      database.batch(() => {
        for (const { githubId, login, name, avatarUrl, role } of all)
          upsertMember.run(id, githubId, login, name, avatarUrl, role, generation)
      })
    },
    sweepMembers(id, generation) {
      database.batch(() => sweep.run(id, generation))
    },
    countMembers: (id) => countAll.get(id) ?? 0,
  }
}
