import type { OrganizationId, RepositoryId } from '@shared/ids'
import { databaseFailure, type Database } from '../../database'
import { differencesOf, firstSight, type Difference } from './differences'
import { settle, type KnownPullRequest, type RemotePullRequest } from './remote'

/** In which list a pull request was seen, and what that list was known to hold before. */
export interface Sighting {
  repositoryId: RepositoryId
  /** GitHub's clock: when that list was last read to its end; null if never. */
  listReadAt: number | null
  pull: RemotePullRequest
}

export interface Reading {
  organizationId: OrganizationId
  generation: number
  /** GitHub's clock: until when everything of the organization is known; null during its first sync. */
  knownUntil: number | null
  /**
   * What is read is believed also where it is older than what is stored. Otherwise an answer of a copy at GitHub that
   * lags behind changes nothing.
   */
  authoritative: boolean
}

export interface Written {
  /** How many rows became different. */
  changed: number
  /** How many differences were appended to the feed. */
  appended: number
  /** Repositories with more or fewer open pull requests than before. */
  counts: Set<RepositoryId>
}

/** A row that became different. */
export interface WrittenPullRequest {
  repositoryId: RepositoryId
  /** Null where there was none. */
  before: KnownPullRequest | null
  after: KnownPullRequest
  /** What became different that is news. */
  told: readonly Difference[]
}

/**
 * What goes by pull requests, brought in line with them inside the transaction that writes their rows, on its
 * connection (`events`): neither is ever there without the other. What is returned runs after the commit.
 */
export type ProjectPullRequests = (
  organizationId: OrganizationId,
  written: readonly WrittenPullRequest[],
) => () => void

/** A pull request by what GitHub knows it by. */
export interface PullRequestRef {
  repositoryId: RepositoryId
  nodeId: string
  number: number
}

export interface ReadList {
  generation: number
  readAt: number
}

/** The one writer of pull requests, their lists and the feed of their changes. */
export interface PullRequestWriter {
  /** One transaction: rows and what became different about them. At most 50. */
  write(reading: Reading, sightings: readonly Sighting[]): Written
  /** GitHub does not have them any more: nobody will work on them again. */
  vanished(reading: Reading, refs: readonly PullRequestRef[], at: number): Written
  /** When each list was read; those that were never read to their end are not in it. */
  lists(organizationId: OrganizationId): Map<RepositoryId, ReadList>
  /** These lists were read to their end. `readAt`: GitHub's clock at the first page of each. */
  markRead(
    organizationId: OrganizationId,
    generation: number,
    lists: readonly { repositoryId: RepositoryId; readAt: number }[],
  ): void
  /** Could not be read to its end: the next sync does, whichever kind it is. */
  markUnread(repositoryId: RepositoryId): void
  /**
   * Open ones of a repository which its list did not show. Generations cannot tell them: a reading that was cut short
   * and began anew stamped with the same one what may have been closed in between.
   */
  unconfirmed(repositoryId: RepositoryId, shown: ReadonlySet<number>): PullRequestRef[]
  countOpen(organizationId: OrganizationId): number
  /** How many open ones are stored for a repository. */
  countOpenOf(organizationId: OrganizationId, repositoryId: RepositoryId): number
  /** Open ones whose checks were read before a time and may be about to end, or to be worked out; longest ago first. */
  unsettled(organizationId: OrganizationId, before: number, limit: number): PullRequestRef[]
  /** Open ones whose checks were read before a time, longest ago first. */
  stale(organizationId: OrganizationId, before: number, limit: number): PullRequestRef[]
  /** Those of the given ones that are open and whose checks were read before a time. */
  openOf(
    pulls: readonly { repositoryId: RepositoryId; number: number }[],
    before: number,
    limit: number,
  ): PullRequestRef[]
  /** Drops a slice of what is too old in the feed; true when there may be more. */
  prune(organizationId: OrganizationId): boolean
}

/** The feed keeps 90 days and 50,000 changes of an organization. */
const FEED_MS = 90 * 24 * 3_600_000
const FEED_CHANGES = 50_000
const PRUNED_AT_ONCE = 500

const COLUMNS = `node_id AS nodeId, number, title, body, state, is_draft AS isDraft, url, author, head_ref AS headRef,
  head_commit AS headCommit, head_repository_id AS headRepositoryId, head_repository AS headRepository,
  base_ref AS baseRef, review_decision AS reviewDecision, requested_reviewers AS requestedReviewers, labels, comments,
  checks, mergeable, additions, deletions, changed_files AS changedFiles, maintainer_can_modify AS maintainerCanModify,
  created_at AS createdAt, updated_at AS updatedAt, merged_at AS mergedAt, closed_at AS closedAt`
const REF = 'repository_id AS repositoryId, node_id AS nodeId, number'

/** `checkedAt` zero: what only GraphQL tells was never told. */
type FoundRow = StoredRow & { checkedAt: number }
type StoredRow = Omit<
  KnownPullRequest,
  'isDraft' | 'requestedReviewers' | 'labels' | 'maintainerCanModify'
> & {
  isDraft: number
  maintainerCanModify: number | null
  requestedReviewers: string
  labels: string
}

/** What is read from GitHub is no person's work: it is written on the connection that does not wait for the disk. */
export function createPullRequestWriter(
  database: Database,
  now: () => number,
  project: ProjectPullRequests,
): PullRequestWriter {
  const { $client } = database.events
  const find = $client.prepare<[string, number], FoundRow>(
    `SELECT ${COLUMNS}, checked_at AS checkedAt FROM pull_requests WHERE repository_id = ? AND number = ?`,
  )
  // A row of a repository that took another's place.
  const removeElsewhere = $client.prepare<[string, string]>(
    'DELETE FROM pull_requests WHERE organization_id = ? AND node_id = ?',
  )
  const insert = $client.prepare(
    `INSERT INTO pull_requests (repository_id, number, organization_id, node_id, title, body, state, is_draft, url,
       author, head_ref, head_commit, head_repository_id, head_repository, base_ref, review_decision,
       requested_reviewers, labels, comments, checks, mergeable, additions, deletions, changed_files,
       maintainer_can_modify, checked_at, created_at, updated_at, merged_at, closed_at, generation)
     VALUES (@repositoryId, @number, @organizationId, @nodeId, @title, @body, @state, @isDraft, @url,
       @author, @headRef, @headCommit, @headRepositoryId, @headRepository, @baseRef, @reviewDecision,
       @requestedReviewers, @labels, @comments, @checks, @mergeable, @additions, @deletions, @changedFiles,
       @maintainerCanModify, @checkedAt, @createdAt, @updatedAt, @mergedAt, @closedAt, @generation)`,
  )
  const update = $client.prepare(
    `UPDATE pull_requests SET node_id = @nodeId, title = @title, body = @body, state = @state, is_draft = @isDraft,
       url = @url, author = @author, head_ref = @headRef, head_commit = @headCommit,
       head_repository_id = @headRepositoryId, head_repository = @headRepository, base_ref = @baseRef,
       review_decision = @reviewDecision, requested_reviewers = @requestedReviewers, labels = @labels,
       comments = @comments, checks = @checks, mergeable = @mergeable, additions = @additions,
       deletions = @deletions, changed_files = @changedFiles, maintainer_can_modify = @maintainerCanModify,
       checked_at = coalesce(@checkedAt, checked_at),
       created_at = @createdAt, updated_at = @updatedAt, merged_at = @mergedAt, closed_at = @closedAt,
       generation = @generation
     WHERE repository_id = @repositoryId AND number = @number`,
  )
  const confirm = $client.prepare<[number, number | null, string, number]>(
    `UPDATE pull_requests SET generation = ?, checked_at = coalesce(?, checked_at)
     WHERE repository_id = ? AND number = ?`,
  )
  const append = $client.prepare<[string, string, number, string, string, number, number]>(
    `INSERT INTO pull_request_changes (organization_id, repository_id, number, kind, payload, at, seen_at)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  )
  const lists = $client.prepare<[string], { repositoryId: RepositoryId } & ReadList>(
    `SELECT repository_id AS repositoryId, generation, read_at AS readAt FROM pull_request_lists
     WHERE organization_id = ?`,
  )
  const markRead = $client.prepare<[string, string, number, number]>(
    `INSERT INTO pull_request_lists (repository_id, organization_id, generation, read_at) VALUES (?, ?, ?, ?)
     ON CONFLICT (repository_id) DO UPDATE SET
       organization_id = excluded.organization_id, generation = excluded.generation, read_at = excluded.read_at`,
  )
  const markUnread = $client.prepare<[string]>(
    'UPDATE pull_request_lists SET generation = 0 WHERE repository_id = ?',
  )
  const openIn = $client.prepare<[string], PullRequestRef>(
    `SELECT ${REF} FROM pull_requests WHERE repository_id = ? AND state = 'open'`,
  )
  const countOpen = $client
    .prepare<[string], number>(
      `SELECT count(*) FROM pull_requests WHERE organization_id = ? AND state = 'open'`,
    )
    .pluck()
  const countOpenOf = $client
    .prepare<[string, string], number>(
      `SELECT count(*) FROM pull_requests WHERE organization_id = ? AND repository_id = ? AND state = 'open'`,
    )
    .pluck()
  // Only what was worked on lately is looked at: it is there that checks run.
  const unsettled = $client.prepare<[string, number, number], PullRequestRef>(
    `SELECT ${REF} FROM (SELECT * FROM pull_requests WHERE organization_id = ? ORDER BY updated_at DESC LIMIT 500)
     WHERE state = 'open' AND checked_at < ? AND (checks = 'pending' OR mergeable = 'unknown')
     ORDER BY checked_at LIMIT ?`,
  )
  const stale = $client.prepare<[string, number, number], PullRequestRef>(
    `SELECT ${REF} FROM pull_requests WHERE organization_id = ? AND state = 'open' AND checked_at < ?
     ORDER BY checked_at LIMIT ?`,
  )
  const openOf = $client.prepare<[string, number, number], PullRequestRef>(
    `SELECT ${REF} FROM pull_requests
     WHERE repository_id = ? AND number = ? AND state = 'open' AND checked_at < ?`,
  )
  const prune = $client.prepare<[string, number, string, number, number]>(
    `DELETE FROM pull_request_changes WHERE id IN (
       SELECT id FROM pull_request_changes WHERE organization_id = ? AND (seen_at < ? OR id <= coalesce((
         SELECT id FROM pull_request_changes WHERE organization_id = ? ORDER BY id DESC LIMIT 1 OFFSET ?), 0))
       ORDER BY id LIMIT ?)`,
  )

  function transaction<Value>(run: () => Value): Value {
    try {
      return $client.transaction(run).immediate()
    } catch (error) {
      throw databaseFailure(error)
    }
  }

  function record(
    { organizationId }: Reading,
    repositoryId: RepositoryId,
    after: KnownPullRequest,
    differences: readonly Difference[],
    written: Written,
  ): void {
    for (const { kind, payload } of differences) {
      const text = JSON.stringify(payload)
      append.run(organizationId, repositoryId, after.number, kind, text, after.updatedAt, now())
    }
    written.appended += differences.length
  }

  function writeOne(
    reading: Reading,
    { repositoryId, listReadAt, pull }: Sighting,
    written: Written,
    rows: WrittenPullRequest[],
  ): void {
    const { organizationId, generation, knownUntil } = reading
    const row = find.get(repositoryId, pull.number)
    const before = row === undefined ? null : toKnown(row)
    // Where checks were not told, those known are as old as they were.
    const checkedAt = pull.checks === undefined ? null : now()
    if (before !== null && before.updatedAt > pull.updatedAt && !reading.authoritative) return
    const after = settle(before, pull)
    let news: readonly Difference[] = []
    if (before === null) {
      const told = firstSight(after, { knownUntil, listReadAt })
      if (told === null) return
      removeElsewhere.run(organizationId, after.nodeId)
      insert.run({ ...toColumns(after), repositoryId, organizationId, generation, checkedAt: checkedAt ?? 0 })
      record(reading, repositoryId, after, told, written)
      news = told
    } else if (isSame(before, after)) {
      confirm.run(generation, checkedAt, repositoryId, after.number)
      return
    } else {
      update.run({ ...toColumns(after), repositoryId, generation, checkedAt })
      // Of a list that is still read for the first time nothing is news; what was never told before is none either.
      const told = row?.checkedAt === 0 ? { ...before, ...untold(after) } : before
      if (listReadAt !== null) {
        news = differencesOf(told, after)
        record(reading, repositoryId, after, news, written)
      }
    }
    written.changed += 1
    rows.push({ repositoryId, before, after, told: news })
    if ((before?.state === 'open') !== (after.state === 'open')) written.counts.add(repositoryId)
  }

  function writing(reading: Reading, run: (written: Written, rows: WrittenPullRequest[]) => void): Written {
    const written: Written = { changed: 0, appended: 0, counts: new Set() }
    const follow = transaction(() => {
      const rows: WrittenPullRequest[] = []
      run(written, rows)
      return rows.length === 0 ? null : project(reading.organizationId, rows)
    })
    follow?.()
    return written
  }

  return {
    write: (reading, sightings) =>
      writing(reading, (written, rows) => {
        for (const sighting of sightings) writeOne(reading, sighting, written, rows)
      }),

    vanished: (reading, refs, at) =>
      writing(reading, (written, rows) => {
        for (const { repositoryId, number } of refs) {
          const row = find.get(repositoryId, number)
          if (row === undefined || row.state !== 'open') continue
          const pull: KnownPullRequest = { ...toKnown(row), state: 'closed', closedAt: at }
          writeOne({ ...reading, authoritative: true }, { repositoryId, listReadAt: at, pull }, written, rows)
        }
      }),

    lists: (organizationId) =>
      new Map(
        lists
          .all(organizationId)
          .map(({ repositoryId, generation, readAt }) => [repositoryId, { generation, readAt }]),
      ),
    markRead(organizationId, generation, read) {
      transaction(() => {
        for (const { repositoryId, readAt } of read)
          markRead.run(repositoryId, organizationId, generation, readAt)
      })
    },
    markUnread(repositoryId) {
      transaction(() => markUnread.run(repositoryId))
    },
    unconfirmed: (repositoryId, shown) => openIn.all(repositoryId).filter(({ number }) => !shown.has(number)),
    countOpen: (organizationId) => countOpen.get(organizationId) ?? 0,
    countOpenOf: (organizationId, repositoryId) => countOpenOf.get(organizationId, repositoryId) ?? 0,
    unsettled: (organizationId, before, limit) => unsettled.all(organizationId, before, limit),
    stale: (organizationId, before, limit) => stale.all(organizationId, before, limit),
    openOf(pulls, before, limit) {
      const found: PullRequestRef[] = []
      for (const { repositoryId, number } of pulls) {
        if (found.length >= limit) break
        const ref = openOf.get(repositoryId, number, before)
        if (ref !== undefined) found.push(ref)
      }
      return found
    },
    prune(organizationId) {
      const before = now() - FEED_MS
      const { changes } = prune.run(organizationId, before, organizationId, FEED_CHANGES, PRUNED_AT_ONCE)
      return changes === PRUNED_AT_ONCE
    },
  }
}

/** What lists of REST do not tell. */
function untold({
  reviewDecision,
  comments,
  checks,
  mergeable,
}: KnownPullRequest): Partial<KnownPullRequest> {
  return { reviewDecision, comments, checks, mergeable }
}

function toKnown({ checkedAt: _checkedAt, ...row }: FoundRow): KnownPullRequest {
  return {
    ...row,
    isDraft: row.isDraft === 1,
    maintainerCanModify: row.maintainerCanModify === null ? null : row.maintainerCanModify === 1,
    requestedReviewers: JSON.parse(row.requestedReviewers) as KnownPullRequest['requestedReviewers'],
    labels: JSON.parse(row.labels) as KnownPullRequest['labels'],
  }
}

function toColumns(pull: KnownPullRequest): StoredRow {
  return {
    ...pull,
    isDraft: Number(pull.isDraft),
    maintainerCanModify: pull.maintainerCanModify === null ? null : Number(pull.maintainerCanModify),
    requestedReviewers: JSON.stringify(pull.requestedReviewers),
    labels: JSON.stringify(pull.labels),
  }
}

function isSame(before: KnownPullRequest, after: KnownPullRequest): boolean {
  const left = toColumns(before)
  const right = toColumns(after)
  return (Object.keys(left) as (keyof StoredRow)[]).every((key) => left[key] === right[key])
}
