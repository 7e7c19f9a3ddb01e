import {
  and,
  asc,
  count,
  desc,
  eq,
  getTableColumns,
  gt,
  inArray,
  lt,
  lte,
  or,
  sql,
  type SQL,
} from 'drizzle-orm'
import { FoundryError } from '@shared/errors'
import type { ChangeKind, PullRequest, PullRequestSummary } from '@shared/github'
import type { OrganizationId, RepositoryId } from '@shared/ids'
import type { Database } from '../../database'
import { pullRequestChanges, pullRequests } from '../tables'

/** A difference of a pull request, as it was found. */
export interface PullRequestChange {
  /** Grows with every change of any organization; where to go on reading. */
  id: number
  organizationId: OrganizationId
  repositoryId: RepositoryId
  number: number
  kind: ChangeKind
  payload: Record<string, unknown>
  /** GitHub's time of the state it was seen in. */
  at: number
  seenAt: number
}

export interface PullRequestQuery {
  organizationId: OrganizationId
  repositoryId: RepositoryId | null
  state: 'open' | 'all'
  search: string
  cursor: string | null
}

/** What is known of pull requests. Only the sync writes it. */
export interface PullRequests {
  /**
   * Most recently updated first, 100 at a time.
   *
   * @throws FoundryError `invalid_input` for a cursor that is none
   */
  page(query: PullRequestQuery): Promise<{ pullRequests: PullRequestSummary[]; cursor: string | null }>
  /** @throws FoundryError `not_found` */
  get(repositoryId: RepositoryId, number: number): PullRequest
  find(repositoryId: RepositoryId, number: number): PullRequestSummary | null
  /**
   * Those from branches of the repository itself, by the branch: the open one, else the newest. `githubId` is GitHub's
   * id of the repository.
   */
  ofBranches(
    repositoryId: RepositoryId,
    githubId: string,
    branches: readonly string[],
  ): Map<string, PullRequestSummary>
  /** Open ones by repository; those without any are left out. */
  openCounts(organizationId: OrganizationId): Map<RepositoryId, number>
  readonly changes: {
    /**
     * What came after the change with this id, oldest first. The feed holds the last 90 days and 50,000 changes of an
     * organization: who was away for longer compares with the rows themselves.
     */
    after(organizationId: OrganizationId, id: number, limit: number): PullRequestChange[]
    /** The id of the newest change; zero while there is none. */
    last(organizationId: OrganizationId): number
  }
}

const PAGE = 100
/** How many rows a search looks at in one go. */
const LOOKED_AT = 1500
/** Literal, so that SQLite uses the partial indexes. */
const OPEN = sql`${pullRequests.state} = 'open'`
const {
  body: _body,
  requestedReviewers: _requestedReviewers,
  headCommit: _headCommit,
  mergedAt: _mergedAt,
  closedAt: _closedAt,
  ...SUMMARY
} = getTableColumns(pullRequests)

type Row = typeof pullRequests.$inferSelect

const KEYS = {
  rowid: sql<number>`${pullRequests}.rowid`,
  updatedAt: pullRequests.updatedAt,
  number: pullRequests.number,
  repositoryId: pullRequests.repositoryId,
}
const NEWEST_FIRST = [
  desc(pullRequests.updatedAt),
  desc(pullRequests.number),
  desc(pullRequests.repositoryId),
]

/** The pull requests of this computer, for all who read them. */
export function createPullRequests(database: Database): PullRequests {
  const db = database.commands

  function summaries(keys: readonly { rowid: number }[]): PullRequestSummary[] {
    const ids = keys.map(({ rowid }) => rowid)
    return db
      .select(SUMMARY)
      .from(pullRequests)
      .where(inArray(sql`rowid`, ids))
      .orderBy(...NEWEST_FIRST)
      .all()
      .map(toSummary)
  }

  return {
    async page(query) {
      const scope = and(
        eq(pullRequests.organizationId, query.organizationId),
        query.repositoryId === null ? undefined : eq(pullRequests.repositoryId, query.repositoryId),
        query.state === 'open' ? OPEN : undefined,
      )
      const wanted = matches(query.search)
      const found: PullRequestSummary[] = []
      let { cursor } = query
      // A search that finds little looks at every row: a few at a time, so that nothing else waits for it.
      while (found.length < PAGE) {
        const limit = wanted === undefined ? PAGE : LOOKED_AT
        const rows = db
          .select({ ...KEYS, hit: wanted === undefined ? sql<number>`1` : sql<number>`${wanted}` })
          .from(pullRequests)
          .where(and(scope, before(cursor)))
          .orderBy(...NEWEST_FIRST)
          .limit(limit)
          .all()
        const hits = rows.filter(({ hit }) => hit === 1).slice(0, PAGE - found.length)
        found.push(...summaries(hits))
        const isFull = found.length === PAGE
        const end = isFull ? hits.at(-1) : rows.at(-1)
        if (end === undefined || (!isFull && rows.length < limit))
          return { pullRequests: found, cursor: null }
        cursor = `${end.updatedAt}:${end.number}:${end.repositoryId}`
        if (!isFull) await new Promise((resolve) => setImmediate(resolve))
      }
      return { pullRequests: found, cursor }
    },

    get(repositoryId, number) {
      const row = db
        .select()
        .from(pullRequests)
        .where(and(eq(pullRequests.repositoryId, repositoryId), eq(pullRequests.number, number)))
        .get()
      if (row === undefined)
        throw new FoundryError('not_found', `Pull request #${number} is not known here.`, {
          next: 'Sync the organization, then try again.',
        })
      const { body, requestedReviewers, headCommit, mergedAt, closedAt } = row
      return { ...toSummary(row), body, requestedReviewers, headCommit, mergedAt, closedAt }
    },

    find(repositoryId, number) {
      const row = db
        .select(SUMMARY)
        .from(pullRequests)
        .where(and(eq(pullRequests.repositoryId, repositoryId), eq(pullRequests.number, number)))
        .get()
      return row === undefined ? null : toSummary(row)
    },

    ofBranches(repositoryId, githubId, branches) {
      const rows = db
        .select(SUMMARY)
        .from(pullRequests)
        .where(
          and(
            eq(pullRequests.repositoryId, repositoryId),
            inArray(pullRequests.headRef, [...branches]),
            eq(pullRequests.headRepositoryId, githubId),
          ),
        )
        .orderBy(sql`${pullRequests.state} = 'open'`, asc(pullRequests.number))
        .all()
      return new Map(rows.map((row) => [row.headRef, toSummary(row)]))
    },

    openCounts(organizationId) {
      const rows = db
        .select({ id: pullRequests.repositoryId, open: count() })
        .from(pullRequests)
        .where(and(eq(pullRequests.organizationId, organizationId), OPEN))
        .groupBy(pullRequests.repositoryId)
        .all()
      return new Map(rows.map((row) => [row.id as RepositoryId, row.open]))
    },

    changes: {
      after(organizationId, id, limit) {
        return db
          .select()
          .from(pullRequestChanges)
          .where(and(eq(pullRequestChanges.organizationId, organizationId), gt(pullRequestChanges.id, id)))
          .orderBy(asc(pullRequestChanges.id))
          .limit(limit)
          .all()
          .map((row) => ({
            ...row,
            organizationId: row.organizationId as OrganizationId,
            repositoryId: row.repositoryId as RepositoryId,
            kind: row.kind as ChangeKind,
          }))
      },
      last(organizationId) {
        const row = db
          .select({ id: pullRequestChanges.id })
          .from(pullRequestChanges)
          .where(eq(pullRequestChanges.organizationId, organizationId))
          .orderBy(desc(pullRequestChanges.id))
          .limit(1)
          .get()
        return row?.id ?? 0
      },
    },
  }
}

/** Part of a title, branch or author, or the beginning of a number (`12`, `#12`). */
function matches(search: string): SQL | undefined {
  const text = search.trim()
  if (text === '') return undefined
  const pattern = `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`
  const like = (column: SQL | (typeof SUMMARY)[keyof typeof SUMMARY]): SQL =>
    sql`${column} LIKE ${pattern} ESCAPE '\\'`
  const number = /^#?(\d{1,10})$/.exec(text)?.[1]
  return or(
    like(pullRequests.title),
    like(pullRequests.headRef),
    like(pullRequests.author),
    number === undefined ? undefined : sql`CAST(${pullRequests.number} AS TEXT) LIKE ${`${number}%`}`,
  )
}

function before(cursor: string | null): SQL | undefined {
  if (cursor === null) return undefined
  const [, at, number, repositoryId] = /^(\d{1,15}):(\d{1,10}):([\w-]{1,80})$/.exec(cursor) ?? []
  if (at === undefined || number === undefined || repositoryId === undefined)
    throw new FoundryError('invalid_input', 'The list of pull requests has no such page.')
  const { updatedAt } = pullRequests
  // The first condition is in the second: it is what the index can be entered by.
  return and(
    lte(updatedAt, Number(at)),
    or(
      lt(updatedAt, Number(at)),
      lt(pullRequests.number, Number(number)),
      and(eq(pullRequests.number, Number(number)), lt(pullRequests.repositoryId, repositoryId)),
    ),
  )
}

function toSummary(row: Pick<Row, keyof typeof SUMMARY>): PullRequestSummary {
  return {
    id: `${row.repositoryId}#${row.number}`,
    repositoryId: row.repositoryId as RepositoryId,
    number: row.number,
    title: row.title,
    state: row.state,
    isDraft: row.isDraft,
    url: row.url,
    author: row.author,
    headRef: row.headRef,
    baseRef: row.baseRef,
    headRepository: row.headRepository,
    reviewDecision: row.reviewDecision,
    checks: row.checks,
    mergeable: row.mergeable,
    checkedAt: row.checkedAt,
    comments: row.comments,
    labels: row.labels,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  }
}
