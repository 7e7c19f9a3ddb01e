import { and, desc, eq, isNull, lt, or, sql, type SQL } from 'drizzle-orm'
import { FoundryError } from '@shared/errors'
import type { OrganizationId } from '@shared/ids'
import type { Database } from '../database'
import type { RepositoryRow } from './identity'
import { repositories } from './tables'

const PAGE = 100

export interface RepositoryPages {
  read(
    organizationId: OrganizationId,
    cursor: string | null,
  ): { rows: RepositoryRow[]; cursor: string | null }
}

/** The list of an organization's repositories: those used last, then those pushed to last. */
export function createRepositoryPages(database: Database): RepositoryPages {
  const db = database.commands
  const page = (from: SQL | undefined) =>
    db
      .select()
      .from(repositories)
      .where(
        and(
          eq(repositories.organizationId, sql.placeholder('organizationId')),
          isNull(repositories.removedAt),
          from,
        ),
      )
      .orderBy(desc(repositories.lastUsedAt), desc(repositories.pushedAt), desc(repositories.id))
      .limit(PAGE)
      .prepare()

  const { lastUsedAt, pushedAt, id } = repositories
  const [used, pushed, last] = ['used', 'pushed', 'last'].map((name) => sql.placeholder(name))
  const first = page(undefined)
  // Nothing pushed to comes last, as SQLite sorts what is null.
  const afterPushed = page(
    or(
      lt(lastUsedAt, sql`${used}`),
      and(
        eq(lastUsedAt, sql`${used}`),
        or(
          isNull(pushedAt),
          lt(pushedAt, sql`${pushed}`),
          and(eq(pushedAt, sql`${pushed}`), lt(id, sql`${last}`)),
        ),
      ),
    ),
  )
  const afterEmpty = page(
    or(
      lt(lastUsedAt, sql`${used}`),
      and(eq(lastUsedAt, sql`${used}`), isNull(pushedAt), lt(id, sql`${last}`)),
    ),
  )

  return {
    read(organizationId, cursor) {
      const after = cursor === null ? null : parseCursor(cursor)
      const rows =
        after === null
          ? first.all({ organizationId })
          : after.pushed === null
            ? afterEmpty.all({ organizationId, used: after.used, last: after.last })
            : afterPushed.all({ organizationId, used: after.used, pushed: after.pushed, last: after.last })
      const end = rows.at(-1)
      return {
        rows,
        cursor:
          rows.length < PAGE || end === undefined
            ? null
            : `${end.lastUsedAt}:${end.pushedAt ?? ''}:${end.id}`,
      }
    },
  }
}

function parseCursor(cursor: string): { used: number; pushed: number | null; last: string } {
  const [, used, pushed, last] = /^(\d{1,15}):(\d{0,15}):(\S{1,80})$/.exec(cursor) ?? []
  if (used === undefined || pushed === undefined || last === undefined)
    throw new FoundryError('invalid_input', 'The list of repositories has no such page.')
  return { used: Number(used), pushed: pushed === '' ? null : Number(pushed), last }
}
