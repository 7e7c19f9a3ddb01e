import { inflateSync } from 'node:zlib'
import type Sqlite from 'better-sqlite3'
import type { Permission, TranscriptRow } from '@shared/domain'
import type { ExportedTask } from '@shared/export-format'
import type { ExportRequest } from '@shared/transfer'
import { placementOf } from '@shared/transcript/view-items'
import { isRecord } from '../../session/hostile'
import { parseStored, type StoredEvent } from '../../session/live-row'
import { jsonIn, unpacked } from '../search/documents'

export type TaskHead = Omit<ExportedTask, 'sessions' | 'checkpoints'>
export type SessionHead = Omit<ExportedTask['sessions'][number], 'events' | 'attachments'>
export type ExportedAttachment = ExportedTask['sessions'][number]['attachments'][number]
export type ExportedCheckpoint = ExportedTask['checkpoints'][number]

/** What is written into an export, piece by piece in its order. */
export type Piece =
  | { type: 'task'; task: TaskHead }
  | { type: 'session'; session: SessionHead; attachments: ExportedAttachment[] }
  /** Rows of one turn, or a part of a long one; never between two chunks of one message. */
  | { type: 'rows'; rows: TranscriptRow[] }
  | { type: 'session_end' }
  | { type: 'checkpoint'; checkpoint: ExportedCheckpoint }
  | { type: 'task_end' }

/** A turn that is longer than this goes in parts. */
const MOST_ROWS = 5000
const MOST_CHARACTERS = 24_000_000

interface EventRow {
  first: number
  last: number
  turnId: string | null
  at: number
  payload: string
  full: Buffer | null
  fullBytes: number | null
  removedAt: number | null
}

/** Reads what is exported, on a connection of its own. */
export class ExportSource {
  readonly #source: Sqlite.Database

  constructor(source: Sqlite.Database) {
    this.#source = source
  }

  /** Rows of transcripts that will be read: the measure of progress. */
  countRows(what: ExportRequest['what']): number {
    const count = this.#source
      .prepare<[string], number>('SELECT count(*) FROM session_events WHERE session_id = ?')
      .pluck()
    return this.#sessionIds(what).reduce((sum, id) => sum + (count.get(id) ?? 0), 0)
  }

  *pieces(what: ExportRequest['what']): Generator<Piece> {
    const one = 'sessionId' in what ? what.sessionId : null
    const taskIds = 'taskIds' in what ? what.taskIds : this.#taskOf(what.sessionId)
    for (const taskId of taskIds) {
      const task = this.#task(taskId)
      if (task === null) continue
      yield { type: 'task', task }
      const sessions = this.#sessions(taskId).filter(({ id }) => one === null || id === one)
      for (const session of sessions) {
        yield { type: 'session', session, attachments: this.#attachments(session.id) }
        yield* this.#rows(session.id)
        yield { type: 'session_end' }
      }
      yield* this.#checkpoints(taskId, one)
      yield { type: 'task_end' }
    }
  }

  #sessionIds(what: ExportRequest['what']): string[] {
    if ('sessionId' in what) return [what.sessionId]
    return what.taskIds.flatMap((taskId) => this.#sessions(taskId).map(({ id }) => id))
  }

  #taskOf(sessionId: string): string[] {
    return this.#source
      .prepare<[string], string>('SELECT task_id FROM sessions WHERE id = ?')
      .pluck()
      .all(sessionId)
  }

  #task(taskId: string): TaskHead | null {
    const row = this.#source
      .prepare<[string], Record<string, string | number | null>>(
        `SELECT t.id, t.title, t.branch, t.base_branch AS baseBranch, t.prompt, t.created_at AS createdAt,
           t.archived_at AS archivedAt, o.name AS organization, r.name, r.full_name AS fullName, r.url,
           p.number, p.title AS prTitle, p.url AS prUrl, p.state AS prState
         FROM tasks t JOIN repositories r ON r.id = t.repository_id
           LEFT JOIN organizations o ON o.id = t.organization_id
           LEFT JOIN pull_requests p ON p.repository_id = t.repository_id AND p.number = t.pull_request_number
         WHERE t.id = ? AND t.deleted_at IS NULL`,
      )
      .get(taskId)
    if (row === undefined) return null
    const text = (name: string): string => String(row[name] ?? '')
    const optional = (name: string): string | null => (row[name] === null ? null : String(row[name]))
    return {
      id: text('id'),
      title: text('title'),
      branch: text('branch'),
      baseBranch: optional('baseBranch'),
      prompt: text('prompt'),
      organization: text('organization'),
      repository: { name: text('name'), fullName: optional('fullName'), url: optional('url') },
      pullRequest:
        row['number'] === null
          ? null
          : {
              number: Number(row['number']),
              title: text('prTitle'),
              url: text('prUrl'),
              state: text('prState'),
            },
      createdAt: Number(row['createdAt']),
      archivedAt: row['archivedAt'] === null ? null : Number(row['archivedAt']),
    }
  }

  #sessions(taskId: string): SessionHead[] {
    const turns = this.#source.prepare<[string], SessionHead['turns'][number] & { usage: string | null }>(
      `SELECT id, prompt, model_id AS modelId, started_at AS startedAt, ended_at AS endedAt,
         stop_reason AS stopReason, usage FROM turns WHERE session_id = ? ORDER BY started_at, rowid`,
    )
    return this.#source
      .prepare<[string], Omit<SessionHead, 'turns'>>(
        `SELECT id, name, agent_id AS agentId, model_id AS modelId, created_at AS createdAt, closed_at AS closedAt
         FROM sessions WHERE task_id = ? ORDER BY position, created_at`,
      )
      .all(taskId)
      .map((session) => ({
        ...session,
        turns: turns.all(session.id).map((turn) => ({
          ...turn,
          usage: turn.usage === null ? null : (jsonIn(turn.usage) as SessionHead['turns'][number]['usage']),
        })),
      }))
  }

  #attachments(sessionId: string): ExportedAttachment[] {
    return this.#source
      .prepare<
        [string],
        Omit<ExportedAttachment, 'content' | 'removed'> & {
          content: Buffer
          removedAt: number | null
          removedBytes: number | null
        }
      >(
        `SELECT id, name, mime_type AS mimeType, content, removed_at AS removedAt, removed_bytes AS removedBytes
         FROM prompt_attachments
         WHERE session_id = ? AND owner_id IS NOT NULL ORDER BY created_at, id`,
      )
      .all(sessionId)
      .map(({ content, removedAt, removedBytes, ...row }) => ({
        ...row,
        content: content.toString('base64'),
        ...(removedAt === null ? {} : { removed: { at: removedAt, bytes: removedBytes ?? 0 } }),
      }))
  }

  *#rows(sessionId: string): Generator<Piece> {
    // Closed by the generator's end, also where nobody reads on.
    const stored = this.#source
      .prepare<[string], EventRow>(
        `SELECT first_index AS first, last_index AS last, turn_id AS turnId, at, payload, full,
           full_bytes AS fullBytes, full_removed_at AS removedAt
         FROM session_events WHERE session_id = ? ORDER BY first_index`,
      )
      .iterate(sessionId)
    let rows: TranscriptRow[] = []
    let characters = 0
    for (const row of stored) {
      const last = rows.at(-1)
      const shown = this.#shown(row)
      const isNewTurn = last !== undefined && last.turnId !== shown.turnId
      const isLong = rows.length >= MOST_ROWS || characters >= MOST_CHARACTERS
      if (isNewTurn || (isLong && placementOf(shown).how !== 'run')) {
        yield { type: 'rows', rows }
        rows = []
        characters = 0
      }
      rows.push(shown)
      characters += row.payload.length + (row.full?.length ?? 0) * 4
    }
    if (rows.length > 0) yield { type: 'rows', rows }
  }

  #shown({ full, fullBytes, removedAt, payload, ...row }: EventRow): TranscriptRow {
    const whole = full === null ? null : unpacked(full)
    const event = parseStored(whole ?? payload)
    const isGone = full === null && removedAt !== null
    return {
      ...row,
      turnId: row.turnId as TranscriptRow['turnId'],
      event: this.#hydrated(event),
      cut: isGone ? fullBytes : null,
      ...(isGone ? { removedAt } : {}),
    }
  }

  #hydrated(event: StoredEvent): TranscriptRow['event'] {
    if (event.type !== 'permission') return event
    const row = this.#source
      .prepare<[string], Record<string, string | number | null>>(
        `SELECT id, session_id AS sessionId, turn_id AS turnId, title, tool_call AS toolCall, options, state, answer,
           policy, created_at AS createdAt, resolved_at AS resolvedAt FROM permission_requests WHERE id = ?`,
      )
      .get(event.permissionId)
    if (row === undefined)
      return { type: 'error', error: { kind: 'internal', message: 'This permission is not stored.' } }
    const policy = jsonIn(String(row['policy'] ?? 'null'))
    const permission = {
      ...row,
      toolCall: jsonIn(String(row['toolCall'])) ?? {},
      options: jsonIn(String(row['options'])) ?? [],
      policy: isRecord(policy) && isRecord(policy['grounds']) ? policy['grounds'] : null,
      proposal: null,
    }
    return { type: 'permission', permission: permission as unknown as Permission }
  }

  *#checkpoints(taskId: string, sessionId: string | null): Generator<Piece> {
    const rows = this.#source
      .prepare<
        [string, string | null],
        Omit<ExportedCheckpoint, 'diff' | 'truncated'> & { diff: Buffer; truncated: number }
      >(
        `SELECT id, session_id AS sessionId, turn_id AS turnId, "commit", parent, created_at AS createdAt, files, added,
           removed, diff, diff_truncated AS truncated
         FROM checkpoints WHERE task_id = ? AND session_id IS coalesce(?, session_id) ORDER BY created_at, rowid`,
      )
      .iterate(taskId, sessionId)
    for (const row of rows) {
      const checkpoint = { ...row, diff: diffText(row.diff), truncated: row.truncated === 1 }
      yield { type: 'checkpoint', checkpoint }
    }
  }
}

/** What a checkpoint's diff unpacks to; empty where it cannot be. */
export function diffText(packed: Buffer): string {
  try {
    return inflateSync(packed).toString('utf8')
  } catch (error) {
    if (error instanceof Error) return ''
    throw error
  }
}
