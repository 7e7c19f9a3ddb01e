import type Sqlite from 'better-sqlite3'
import type { SearchHit } from '@shared/search'
import {
  activityDocument,
  type ActivityRow,
  type Document,
  eventDocument,
  jsonIn,
  kindAt,
  wholeEvent,
} from './documents'
import { diffDocuments, type ItemReader, prepareItems, readPullRequestRef } from './items'
import { scopeTypes } from './schema'
import { isRecord } from '../../session/hostile'

/** A row of the index. */
export interface IndexRow {
  id: number
  scope: number
  kind: number
  key: number
  at: number
}

/** Where a scope belongs. */
interface Place {
  type: number
  ref: string
  organizationId: string | null
  repositoryId: string | null
  repositoryName: string | null
  taskId: string | null
  taskTitle: string | null
  archived: boolean
  sessionId: string | null
  agentId: string | null
  url: string | null
}

/** What was found, as it is stored now. */
export interface Found {
  row: IndexRow
  document: Document
  turnId: string | null
  place: Place
  activity: SearchHit['activity']
}

const PLACE = `SELECT x.type, x.ref, r.organization_id AS organizationId, r.id AS repositoryId,
    coalesce(r.full_name, r.name) AS repositoryName, t.id AS taskId, t.title AS taskTitle,
    t.archived_at IS NOT NULL AS archived, s.id AS sessionId, s.agent_id AS agentId, p.url AS url
  FROM search_scopes x
    LEFT JOIN checkpoints c ON x.type = ${scopeTypes.checkpoint} AND c.id = x.ref
    LEFT JOIN review_comments n ON x.type = ${scopeTypes.comment} AND n.id = x.ref
    LEFT JOIN sessions s ON s.id = CASE x.type WHEN ${scopeTypes.session} THEN x.ref ELSE c.session_id END
    LEFT JOIN pull_requests p ON x.type = ${scopeTypes.pullRequest}
      AND p.repository_id = ? AND p.number = ?
    LEFT JOIN tasks t ON t.id = coalesce(s.task_id, c.task_id, n.task_id, x.ref) AND t.deleted_at IS NULL
    LEFT JOIN repositories r ON r.id = coalesce(t.repository_id, p.repository_id, x.ref)
  WHERE x.id = ?`

/** Diffs that stay unpacked for the rows after one another. */
const KEPT_DIFFS = 8

/** Reads what stands behind rows of the index. */
export class Sources {
  readonly #connection: Sqlite.Database
  readonly #items: ItemReader
  readonly #event
  readonly #activity
  readonly #place
  readonly #ref
  readonly #places = new Map<number, Place | null>()
  readonly #diffs = new Map<string, Document[]>()

  constructor(connection: Sqlite.Database) {
    this.#connection = connection
    this.#items = prepareItems(connection)
    this.#event = connection.prepare<
      [string, number],
      { turnId: string | null; payload: string; fullBytes: number | null }
    >(
      `SELECT turn_id AS turnId, payload, full_bytes AS fullBytes FROM session_events
       WHERE session_id = ? AND first_index = ?`,
    )
    this.#activity = connection.prepare<[number], ActivityRow & { actor: string }>(
      'SELECT kind, actor, payload FROM audit_events WHERE id = ?',
    )
    this.#ref = connection.prepare<[number], { type: number; ref: string }>(
      'SELECT type, ref FROM search_scopes WHERE id = ?',
    )
    this.#place = connection.prepare<[string, number, number], Place>(PLACE)
  }

  /** Forgets what may have changed since the last question. */
  forget(): void {
    this.#places.clear()
  }

  /** Who did it, as filters call them; null for what is no activity. */
  actorOf(row: IndexRow): string | null {
    if (kindAt(row.kind) !== 'activity') return null
    const actor = this.#activity.get(row.key)?.actor
    return actor === undefined ? null : this.#actor(actor)
  }

  #actor(actor: string): 'system' | 'github' | 'reader' {
    return actor === 'system' || actor === 'github' ? actor : 'reader'
  }

  /** Null for what is not there any more. `whole`: also what was cut, and diffs, which take longer. */
  async read(row: IndexRow, whole: boolean): Promise<Found | null> {
    const place = this.#placeOf(row.scope)
    if (place === null) return null
    const found = { row, place, turnId: null, activity: null }
    switch (place.type) {
      case scopeTypes.session: {
        const event = this.#event.get(place.ref, row.key)
        if (event === undefined) return null
        const full = whole && event.fullBytes !== null ? this.#full(place.ref, row.key) : null
        const document = eventDocument(wholeEvent({ payload: event.payload, full }))
        return document === null ? null : { ...found, document, turnId: event.turnId }
      }
      case scopeTypes.activity: {
        const activity = this.#activity.get(row.key)
        if (activity === undefined) return null
        const payload = jsonIn(activity.payload)
        return {
          ...found,
          document: activityDocument(activity),
          activity: {
            kind: activity.kind,
            actor: this.#actor(activity.actor),
            payload: isRecord(payload) ? payload : {},
          },
        }
      }
      case scopeTypes.checkpoint: {
        const document = (await this.#diff(place.ref))[row.key]
        return document === undefined ? null : { ...found, document }
      }
      default: {
        const type =
          place.type === scopeTypes.task
            ? 'task'
            : place.type === scopeTypes.comment
              ? 'comment'
              : 'pullRequest'
        const item = this.#items.one(type, place.ref)
        return item === null ? null : { ...found, document: item.document }
      }
    }
  }

  #full(sessionId: string, first: number): Buffer | null {
    return (
      this.#connection
        .prepare<[string, number], Buffer | null>(
          'SELECT full FROM session_events WHERE session_id = ? AND first_index = ?',
        )
        .pluck()
        .get(sessionId, first) ?? null
    )
  }

  async #diff(id: string): Promise<Document[]> {
    const known = this.#diffs.get(id)
    if (known !== undefined) return known
    const packed = this.#connection
      .prepare<[string], Buffer>('SELECT diff FROM checkpoints WHERE id = ?')
      .pluck()
      .get(id)
    const documents = packed === undefined ? [] : await diffDocuments(packed)
    this.#diffs.set(id, documents)
    const [oldest] = this.#diffs.keys()
    if (this.#diffs.size > KEPT_DIFFS && oldest !== undefined) this.#diffs.delete(oldest)
    return documents
  }

  #placeOf(scope: number): Place | null {
    const known = this.#places.get(scope)
    if (known !== undefined) return known
    const of = this.#ref.get(scope)
    const { repositoryId, number } =
      of?.type === scopeTypes.pullRequest ? readPullRequestRef(of.ref) : { repositoryId: '', number: 0 }
    const row = of === undefined ? undefined : this.#place.get(repositoryId, number, scope)
    const place = row === undefined ? null : { ...row, archived: Boolean(row.archived) }
    this.#places.set(scope, place)
    return place
  }
}
