import type Sqlite from 'better-sqlite3'
import { activityDocument, type ActivityRow } from './documents'
import { IndexWriter, type Scope } from './index-writer'
import { indexWithoutRemoved } from './removed'
import { diffDocuments, type ItemReader, type ItemType, prepareItems, pullRequestRef } from './items'
import { type ScopeType, scopeTypes } from './schema'
import { indexAgain, indexPage, isOutdated, prepareSessionReader, type SessionReader } from './session-stream'

/**
 * One transaction takes about so long. Nobody waits for it: readers see what was there before. Shorter ones leave the
 * index in many pieces, which then have to be joined.
 */
const SLICE_MS = 300
/** So many things that are indexed as a whole are looked at in one step. */
const ITEM_PAGE = 200
/** A session in which nothing changed for so long is not looked at again before something is said in it. */
const HOT_MS = 120_000
/** The same, for a thread that starts and knows only from when its last row is. */
const RECENT_MS = 600_000
/** What is deleted in one transaction. */
const DROP_ROWS = 500

export interface IndexProgress {
  /** The first pass over everything there is has not come to its end. */
  building: boolean
  done: number
  total: number
}

/** Something to be indexed, from some time on. What is from earliest comes first, so that rows are in the order of time. */
interface Stream {
  at: number
  /** What it counts for in the progress. */
  units: number
  /** Does a bounded piece of it within the running transaction; says from when the rest is, null when it is over. */
  run(stream: Stream): number | null | Promise<number | null>
}

/**
 * Keeps the index equal to what is stored, by looking at what is stored: nobody has to tell it. Each slice is one
 * transaction that holds both rows and how far they go, so that it goes on after a kill where it was.
 */
export class Indexer {
  readonly #index: Sqlite.Database
  readonly #source: Sqlite.Database
  readonly #now: () => number
  readonly #writer: IndexWriter
  readonly #sessions: SessionReader
  readonly #items: ItemReader
  #streams: Stream[] = []
  /** By scope: sessions in which something was said just now. Their last rows may still change. */
  readonly #hot = new Map<number, { scope: Scope; until: number }>()
  readonly #streaming = new Set<string>()
  readonly #gone = new Set<number>()
  #goneRows: number[] | null = null
  #dataVersion = Number.NaN
  #eventRow = 0
  #counts = ''
  #taskAt = 0
  #pullRequestRow = 0
  /** When what is said about a pull request was last read. */
  #reviewsAt = 0
  #synced: number | null = null
  #done = 0
  #total = 0
  #building: boolean

  constructor(index: Sqlite.Database, source: Sqlite.Database, now: () => number = Date.now) {
    this.#index = index
    this.#source = source
    this.#now = now
    this.#writer = new IndexWriter(index)
    this.#sessions = prepareSessionReader(source)
    this.#items = prepareItems(source)
    this.#building = this.#state().complete === 0
    this.#checkAll()
  }

  get progress(): IndexProgress {
    return { building: this.#building, done: this.#done, total: Math.max(this.#done, this.#total) }
  }

  /** There is something to do. */
  get busy(): boolean {
    return this.#streams.length > 0 || this.#gone.size > 0
  }

  /** Looks whether anything was stored since, which costs next to nothing when nothing was. True when something was. */
  look(): boolean {
    const version = this.#version()
    if (version === this.#dataVersion || this.busy) return false
    this.#dataVersion = version
    this.#done = 0
    this.#total = 0
    // Rows at the end were deleted, and others may have taken their numbers since.
    if (this.#newestRow('session_events') < this.#eventRow) {
      this.#checkAll()
      return true
    }
    this.#lookForNew()
    this.#lookAtHot()
    return true
  }

  /**
   * Does one slice of what is to be done.
   *
   * @throws what SQLite says; nothing of the slice was written then, and all is compared anew
   */
  async step(): Promise<void> {
    try {
      this.#index.exec('BEGIN IMMEDIATE')
      if (this.#gone.size > 0) this.#dropSome()
      else await this.#indexSome()
      this.#writer.finish()
      this.#index.exec('COMMIT')
    } catch (error) {
      if (this.#index.inTransaction) this.#index.exec('ROLLBACK')
      this.#writer.rolledBack()
      this.#checkAll()
      throw error
    }
  }

  async #indexSome(): Promise<void> {
    const until = performance.now() + SLICE_MS
    while (performance.now() < until) {
      const [first] = this.#streams
      if (first === undefined) break
      const stream = this.#streams.reduce((a, b) => (b.at < a.at ? b : a), first)
      const at = await stream.run(stream)
      if (at !== null) {
        stream.at = at
        continue
      }
      this.#done += stream.units
      this.#streams.splice(this.#streams.indexOf(stream), 1)
    }
    if (this.#streams.length === 0 && this.#building) {
      this.#index.exec('UPDATE search_state SET complete = 1')
      this.#building = false
    }
  }

  #add(at: number, units: number, run: Stream['run']): void {
    this.#total += units
    this.#streams.push({ at, units, run })
  }

  /** Looks for all there is: what was imported is older than what was found last. */
  compare(): void {
    this.#checkAll()
  }

  /** Compares all there is with what the index says of it. */
  #checkAll(): void {
    this.#streams = []
    this.#streaming.clear()
    this.#hot.clear()
    this.#gone.clear()
    this.#goneRows = null
    this.#done = 0
    this.#total = 0
    this.#dataVersion = this.#version()
    this.#checkGone()
    this.#eventRow = this.#newestRow('session_events')
    for (const id of this.#live('session')) this.#checkSession(id)
    for (const scope of this.#index.prepare<[number], Scope>(OPEN_SESSIONS).all(scopeTypes.session)) {
      const last = this.#sessions.next(scope.ref, this.#sessions.newest(scope.ref) ?? 0)
      const until = Math.max(this.#now(), (last?.at ?? 0) + RECENT_MS)
      this.#hot.set(scope.id, { scope, until })
    }
    this.#lookAtHot()
    this.#taskAt = this.#newestTask()
    this.#pullRequestRow = this.#newestRow('pull_requests')
    this.#reviewsAt = this.#newestReviews()
    this.#synced = this.#syncedAt()
    for (const type of ['task', 'pullRequest', 'comment'] as const) this.#checkItems(type)
    this.#checkDiffs()
    this.#checkActivity()
  }

  #checkSession(sessionId: string): void {
    if (this.#streaming.has(sessionId)) return
    const known = this.#index
      .prepare<[number, string], Scope>('SELECT id, ref, mark FROM search_scopes WHERE type = ? AND ref = ?')
      .get(scopeTypes.session, sessionId)
    const mark = known?.mark ?? 0
    const newest = this.#sessions.newest(sessionId)
    // A power cut may take back what was written last: what is indexed of the session is then not what is there.
    if (known !== undefined && (newest ?? -1) + 1 < mark) {
      this.#gone.add(known.id)
      return
    }
    const next = newest === null ? undefined : this.#sessions.next(sessionId, mark)
    if (next === undefined || newest === null) return
    this.#streaming.add(sessionId)
    this.#add(next.at, newest + 1 - mark, (stream) => {
      const scope = this.#writer.scope('session', sessionId)
      const { passed, nextAt } = indexPage(this.#writer, this.#sessions, scope)
      stream.units -= passed
      this.#done += passed
      if (nextAt === null) {
        this.#streaming.delete(sessionId)
        this.#hot.set(scope.id, { scope, until: this.#now() + HOT_MS })
        this.#indexAgain(scope, this.#outdated(scope))
      }
      return nextAt
    })
  }

  /** Everything of a kind that is indexed as a whole; what is as it was costs a look. */
  #checkItems(type: ItemType): void {
    const list = this.#items.list(type)
    const [oldest] = list
    if (oldest === undefined) return
    let place = 0
    this.#add(oldest.at, list.length, (stream) => {
      const page = list.slice(place, place + ITEM_PAGE)
      for (const { ref } of page) this.#indexItem(type, ref)
      place += page.length
      stream.units -= page.length
      this.#done += page.length
      return list[place]?.at ?? null
    })
  }

  #indexItem(type: ItemType, ref: string): void {
    const item = this.#items.one(type, ref)
    if (item === null) return
    const scope = this.#writer.scope(type, ref)
    this.#writer.replace(scope.id, 0, item.at, item.hash, item.document)
  }

  #checkDiffs(): void {
    const known = new Set(
      this.#index.prepare<[number], string>(INDEXED_DIFFS).pluck().all(scopeTypes.checkpoint),
    )
    for (const { id, at } of this.#source.prepare<[], { id: string; at: number }>(LIVE_DIFFS).all()) {
      if (known.has(id)) continue
      this.#add(at, 1, async () => {
        const packed = this.#source.prepare<[string], Buffer>(DIFF).pluck().get(id)
        if (packed === undefined) return null
        const documents = await diffDocuments(packed)
        const scope = this.#writer.scope('checkpoint', id)
        if (scope.mark === 1) return null
        for (const [place, document] of documents.entries()) this.#writer.add(scope.id, place, at, document)
        this.#writer.mark(scope.id, 1)
        return null
      })
    }
  }

  #checkActivity(): void {
    const from = this.#state().activity
    const next = this.#source.prepare<[number], ActivityPlace>(`${ACTIVITY} LIMIT 1`).get(from)
    if (next === undefined) return
    this.#add(next.at, 1, () => {
      const rows = this.#source
        .prepare<[number], ActivityPlace>(`${ACTIVITY} LIMIT ${ITEM_PAGE + 1}`)
        .all(this.#state().activity)
      for (const row of rows.slice(0, ITEM_PAGE)) {
        if (row.kind === 'data.retention.ran')
          indexWithoutRemoved(this.#index, this.#source, this.#writer, row)
        const scope = this.#writer.scope('activity', row.about)
        this.#writer.add(scope.id, row.id, row.at, activityDocument(row))
        this.#index.prepare<[number]>('UPDATE search_state SET activity = ?').run(row.id)
      }
      return rows[ITEM_PAGE]?.at ?? null
    })
  }

  /**
   * What was stored since the last look, found by numbers and times that grow. How far they go is asked first: what is
   * stored between two questions is found again, and not passed over.
   */
  #lookForNew(): void {
    const newest = this.#newestRow('session_events')
    const sessions = this.#source.prepare<[number], string>(NEW_IN_SESSIONS).pluck().all(this.#eventRow)
    this.#eventRow = newest
    for (const id of sessions) this.#checkSession(id)
    const taskAt = this.#newestTask()
    for (const id of this.#source.prepare<[number], string>(CHANGED_TASKS).pluck().all(this.#taskAt))
      this.#again('task', id)
    this.#taskAt = taskAt
    const pullRequestRow = this.#newestRow('pull_requests')
    this.#pullRequestsAgain(NEW_PULL_REQUESTS, this.#pullRequestRow)
    this.#pullRequestRow = pullRequestRow
    const reviewsAt = this.#newestReviews()
    this.#pullRequestsAgain(READ_REVIEWS, this.#reviewsAt)
    this.#reviewsAt = reviewsAt
    const synced = this.#syncedAt()
    if (synced !== this.#synced) this.#checkItems('pullRequest')
    this.#synced = synced
    this.#checkItems('comment')
    this.#checkActivity()
    if (this.#count() === this.#counts) return
    this.#checkDiffs()
    this.#checkGone()
  }

  #pullRequestsAgain(sql: string, since: number): void {
    for (const { repositoryId, number } of this.#source
      .prepare<[number], { repositoryId: string; number: number }>(sql)
      .all(since))
      this.#again('pullRequest', pullRequestRef(repositoryId, number))
  }

  #again(type: ItemType, ref: string): void {
    this.#add(this.#now(), 1, () => {
      this.#indexItem(type, ref)
      return null
    })
  }

  /** Rows that could still change when they were indexed, of sessions in which something was said just now. */
  #lookAtHot(): void {
    const now = this.#now()
    for (const [id, { scope, until }] of this.#hot) {
      if (until < now) this.#hot.delete(id)
      // What is read to its end looks at these rows itself.
      if (this.#streaming.has(scope.ref) || this.#gone.has(id)) continue
      const outdated = this.#outdated(scope)
      if (outdated.keys.length === 0) continue
      this.#hot.set(id, { scope, until: now + HOT_MS })
      this.#add(now, 0, () => {
        this.#indexAgain(scope, outdated)
        return null
      })
    }
  }

  #outdated(scope: Scope): { keys: number[]; newest: number | null } {
    const newest = this.#sessions.newest(scope.ref)
    const keys = this.#index
      .prepare<[number], number>('SELECT key FROM search_items WHERE scope = ? ORDER BY key')
      .pluck()
      .all(scope.id)
    return {
      newest,
      keys: keys.filter((key) => isOutdated(this.#writer, this.#sessions, scope, key, newest)),
    }
  }

  #indexAgain(scope: Scope, { keys, newest }: { keys: number[]; newest: number | null }): void {
    for (const key of keys) indexAgain(this.#writer, this.#sessions, scope, key, newest)
  }

  /** Finds what is indexed and not there any more. */
  #checkGone(): void {
    this.#counts = this.#count()
    for (const type of ['session', 'task', 'pullRequest', 'checkpoint', 'comment'] as const) {
      const live = new Set(this.#live(type))
      for (const { id, ref } of this.#index
        .prepare<[number], { id: number; ref: string }>('SELECT id, ref FROM search_scopes WHERE type = ?')
        .all(scopeTypes[type]))
        if (!live.has(ref)) this.#gone.add(id)
    }
  }

  /** Takes some rows of what is gone out of the index; their scopes go last, so that a kill leaves nothing behind. */
  #dropSome(): void {
    const scopes = [...this.#gone]
    this.#goneRows ??= this.#index
      .prepare<[string], number>(
        'SELECT id FROM search_rows WHERE scope IN (SELECT value FROM json_each(?)) ORDER BY id DESC',
      )
      .pluck()
      .all(JSON.stringify(scopes))
    for (const row of this.#goneRows.splice(-DROP_ROWS)) this.#writer.drop(row)
    if (this.#goneRows.length > 0) return
    for (const scope of scopes) {
      this.#writer.dropScope(scope)
      this.#hot.delete(scope)
    }
    this.#goneRows = null
    this.#gone.clear()
    // A session whose end was taken back is indexed anew.
    for (const id of this.#live('session')) this.#checkSession(id)
  }

  #live(type: Exclude<ScopeType, 'activity'>): string[] {
    return this.#source.prepare<[], string>(LIVE[type]).pluck().all()
  }

  #count(): string {
    return this.#source.prepare<[], number>(COUNTS).raw().get()?.toString() ?? ''
  }

  #state(): { complete: number; activity: number } {
    const state = this.#index.prepare('SELECT complete, activity FROM search_state').get()
    return state as { complete: number; activity: number }
  }

  #version(): number {
    return Number(this.#source.pragma('data_version', { simple: true }))
  }

  #newestRow(table: 'session_events' | 'pull_requests'): number {
    return this.#source.prepare<[], number | null>(`SELECT max(rowid) FROM ${table}`).pluck().get() ?? 0
  }

  #newestTask(): number {
    return this.#source.prepare<[], number | null>(NEWEST_TASK).pluck().get() ?? 0
  }

  #newestReviews(): number {
    return (
      this.#source
        .prepare<[], number | null>('SELECT max(read_at) FROM pull_request_reviews')
        .pluck()
        .get() ?? 0
    )
  }

  #syncedAt(): number | null {
    return (
      this.#source.prepare<[], number | null>('SELECT max(synced_at) FROM github_sync').pluck().get() ?? null
    )
  }
}

interface ActivityPlace extends ActivityRow {
  id: number
  at: number
  about: string
}

const ACTIVITY = `SELECT id, at, kind, payload, coalesce(task_id, repository_id, organization_id, '') AS about
  FROM audit_events WHERE id > ? ORDER BY id`
const OPEN_SESSIONS = `SELECT id, ref, mark FROM search_scopes
  WHERE type = ? AND id IN (SELECT scope FROM search_items)`
const INDEXED_DIFFS = 'SELECT ref FROM search_scopes WHERE type = ? AND mark = 1'
const DIFF = 'SELECT diff FROM checkpoints WHERE id = ?'
const LIVE_TASK = 'JOIN tasks t ON t.id = task_id AND t.deleted_at IS NULL'
const LIVE_DIFFS = `SELECT c.id, c.created_at AS at FROM checkpoints c ${LIVE_TASK} ORDER BY c.created_at`
const LIVE: Record<Exclude<ScopeType, 'activity'>, string> = {
  session: `SELECT s.id FROM sessions s ${LIVE_TASK}`,
  task: 'SELECT id FROM tasks WHERE deleted_at IS NULL',
  pullRequest: `SELECT repository_id || '#' || number FROM pull_requests`,
  checkpoint: `SELECT c.id FROM checkpoints c ${LIVE_TASK}`,
  comment: `SELECT c.id FROM review_comments c ${LIVE_TASK}`,
}
const NEW_IN_SESSIONS = `SELECT s.id FROM sessions s ${LIVE_TASK}
  WHERE s.id IN (SELECT session_id FROM session_events WHERE rowid > ?)`
// By organization, as the index on times has it: a scan would read every prompt.
const CHANGED_TASKS = `SELECT t.id FROM organizations o CROSS JOIN tasks t
  ON t.organization_id = o.id AND t.updated_at >= ? WHERE t.deleted_at IS NULL`
const NEWEST_TASK = `SELECT max((SELECT max(updated_at) FROM tasks WHERE organization_id = o.id))
  FROM organizations o`
const NEW_PULL_REQUESTS = 'SELECT repository_id AS repositoryId, number FROM pull_requests WHERE rowid > ?'
const READ_REVIEWS =
  'SELECT repository_id AS repositoryId, number FROM pull_request_reviews WHERE read_at >= ?'
/** When one of them is another, something came or went. */
const COUNTS = `SELECT (SELECT count(*) FROM sessions), (SELECT count(*) FROM tasks WHERE deleted_at IS NULL),
  (SELECT count(*) FROM pull_requests), (SELECT count(*) FROM checkpoints), (SELECT count(*) FROM review_comments)`
