import type Sqlite from 'better-sqlite3'
import type { CheckpointReason } from '@shared/changes'
import type { HistoryReading, HistorySummary, LastPlan, OpenQuestion, RecordedEdit } from '@shared/history'
import { HISTORY_PAGE } from '@shared/history'
import { checkpointId, sessionId, turnId } from './ids'
import { inCheckout } from './in-checkout'
import { openQuestions, type Recorded } from './open-questions'
import { readReviews, recordsIn } from './review-entries'
import type { FoldedCommand } from './session-fold'
import type { TaskFacts } from './sources'
import type { Transcripts } from './transcripts'

const PROMPT = 300
/** More paths of one turn are not named. */
const MOST_PATHS = 50

interface EditRow {
  id: string
  at: number
  sessionId: string | null
  turnId: string | null
  reason: CheckpointReason | null
  files: number
  added: number
  removed: number
  prompt: string | null
}

/** Tells what a task, or one of its sessions, comes to. */
export class Summaries {
  readonly #connection: Sqlite.Database
  readonly #transcripts: Transcripts

  constructor(connection: Sqlite.Database, transcripts: Transcripts) {
    this.#connection = connection
    this.#transcripts = transcripts
  }

  read(
    task: TaskFacts,
    sessionIds: readonly string[],
    { only, from, reading }: { only: string | null; from: number; reading: HistoryReading },
  ): HistorySummary {
    const page = <Row>(rows: readonly Row[]) => ({
      rows: rows.slice(from, from + HISTORY_PAGE),
      total: rows.length,
    })
    const folds = sessionIds.map((id) => ({ id, fold: this.#transcripts.fold(id) }))
    const failed = folds
      .flatMap(({ id, fold }) => fold.failed.map((command) => ({ id, fold, command })))
      .toSorted((a, b) => a.command.at - b.command.at)
    const plans = folds.flatMap(({ id, fold }): LastPlan[] =>
      fold.plan === null ? [] : [{ sessionId: sessionId(id), ...fold.plan }],
    )
    return {
      reading,
      turns: this.#count(sessionIds),
      events: folds.reduce((sum, { fold }) => sum + fold.rows, 0),
      edits: page(this.#edits(task, sessionIds, only)),
      failed: {
        total: failed.length,
        rows: page(failed).rows.map(({ id, fold, command }) =>
          this.#failed(id, command, fold.passedAfter(command)),
        ),
      },
      open: page(this.#open(task, sessionIds, only)),
      plans: page(plans),
    }
  }

  #failed(id: string, { row, outputRow, at, command, exitCode }: FoldedCommand, passed: number | null) {
    const output = this.#transcripts.output(id, outputRow)
    return { sessionId: sessionId(id), row, at, command, exitCode, output, passed }
  }

  #count(sessionIds: readonly string[]): number {
    const count = this.#connection
      .prepare<[string], number>('SELECT count(*) FROM turns WHERE session_id = ?')
      .pluck()
    return sessionIds.reduce((sum, id) => sum + (count.get(id) ?? 0), 0)
  }

  /** What each turn changed, and what changed between them, the oldest first. */
  #edits(task: TaskFacts, sessionIds: readonly string[], only: string | null): RecordedEdit[] {
    const rows = this.#connection
      .prepare<[string], EditRow>(
        `SELECT c.id, c.created_at AS at, c.session_id AS sessionId, c.turn_id AS turnId, c.reason, c.files, c.added,
           c.removed, substr(t.prompt, 1, ${PROMPT}) AS prompt
         FROM checkpoints c LEFT JOIN turns t ON t.id = c.turn_id
         WHERE c.task_id = ? ORDER BY c.created_at, c.id`,
      )
      .all(task.id)
    const recorded = new Set(rows.map((row) => row.turnId))
    const edits = rows
      .filter((row) => row.files > 0 && (only === null || row.sessionId === only))
      .map((row): RecordedEdit => ({
        at: row.at,
        sessionId: row.sessionId === null ? null : sessionId(row.sessionId),
        turnId: row.turnId === null ? null : turnId(row.turnId),
        prompt: row.prompt,
        reason: row.reason ?? (row.turnId === null ? 'archive' : 'turn'),
        recorded: { id: checkpointId(row.id), files: row.files, added: row.added, removed: row.removed },
        paths: [],
      }))
    const turn = this.#connection.prepare<[string], { at: number; prompt: string }>(
      `SELECT started_at AS at, substr(prompt, 1, ${PROMPT}) AS prompt FROM turns WHERE id = ?`,
    )
    for (const id of sessionIds) {
      const fold = this.#transcripts.fold(id)
      for (const named of fold.turnsWithEdits()) {
        const row = recorded.has(named) ? undefined : turn.get(named)
        if (row === undefined) continue
        edits.push({
          at: row.at,
          sessionId: sessionId(id),
          turnId: turnId(named),
          prompt: row.prompt,
          reason: 'turn',
          recorded: null,
          paths: fold.editedIn(named).slice(0, MOST_PATHS).map(inCheckout),
        })
      }
    }
    return edits.toSorted((a, b) => a.at - b.at)
  }

  #open(task: TaskFacts, sessionIds: readonly string[], only: string | null): OpenQuestion[] {
    const questions = openQuestions({
      permissions: sessionIds.flatMap((id) => this.#permissions(id)),
      sessions: sessionIds.map((id) => this.#session(id)),
      pullRequest: only === null ? this.#pullRequest(task) : null,
      work: only === null ? this.#work(task) : { changed: null, committedAt: null, pushedAt: null },
    })
    return questions
  }

  #permissions(id: string): Recorded['permissions'] {
    const fold = this.#transcripts.fold(id)
    return this.#connection
      .prepare<
        [string],
        { id: string; title: string; state: Recorded['permissions'][number]['state']; at: number }
      >(
        'SELECT id, title, state, created_at AS at FROM permission_requests WHERE session_id = ? ORDER BY created_at',
      )
      .all(id)
      .map(({ id: permission, title, state, at }) => {
        const row = fold.permissionRows.get(permission)
        const owner = sessionId(id)
        return {
          sessionId: owner,
          title: inCheckout(title),
          state,
          at,
          place:
            row === undefined
              ? ({ type: 'session', sessionId: owner } as const)
              : ({ type: 'row', sessionId: owner, row } as const),
        }
      })
  }

  #session(id: string): Recorded['sessions'][number] {
    const fold = this.#transcripts.fold(id)
    const last = this.#connection
      .prepare<[string], { id: string; at: number; stopReason: string | null; endedAt: number | null }>(
        `SELECT id, started_at AS at, stop_reason AS stopReason, ended_at AS endedAt FROM turns
         WHERE session_id = ? ORDER BY started_at DESC LIMIT 1`,
      )
      .get(id)
    const unsent = this.#connection
      .prepare<[string], { text: string; at: number }>(
        `SELECT substr(text, 1, ${PROMPT}) AS text, created_at AS at FROM queued_prompts
         WHERE session_id = ? ORDER BY created_at`,
      )
      .all(id)
    return {
      id: sessionId(id),
      plan: fold.plan,
      question: fold.openQuestion(),
      lastTurn: last === undefined ? null : { ...last, id: turnId(last.id) },
      unsent,
    }
  }

  #pullRequest(task: TaskFacts): Recorded['pullRequest'] {
    if (task.pullRequestNumber === null) return null
    const row = this.#connection
      .prepare<
        [string, number],
        {
          url: string
          state: string
          checks: string
          mergeable: string
          reviewDecision: string | null
          at: number
        }
      >(
        `SELECT url, state, checks, mergeable, review_decision AS reviewDecision, checked_at AS at FROM pull_requests
         WHERE repository_id = ? AND number = ?`,
      )
      .get(task.repositoryId, task.pullRequestNumber)
    if (row === undefined) return null
    const text = (value: unknown): string => (typeof value === 'string' ? value : '')
    const threads = readReviews(this.#connection, task).threads.flatMap((thread) => {
      const [first] = recordsIn(thread, 'comments')
      const { line } = thread
      if (first === undefined || thread['resolved'] === true || first['pending'] === true) return []
      return [
        {
          path: text(thread['path']),
          line: typeof line === 'number' ? line : null,
          body: text(first['body']).slice(0, PROMPT),
          url: text(first['url']),
          at: typeof first['createdAt'] === 'number' ? first['createdAt'] : row.at,
        },
      ]
    })
    return { ...row, isOpen: row.state === 'open', threads }
  }

  #work(task: TaskFacts): Recorded['work'] {
    const changed = this.#connection
      .prepare<[string], { id: string; at: number }>(
        `SELECT id, created_at AS at FROM checkpoints WHERE task_id = ? AND files > 0
         ORDER BY created_at DESC LIMIT 1`,
      )
      .get(task.id)
    const newest = this.#connection
      .prepare<[string, string], number | null>(
        'SELECT max(at) FROM audit_events WHERE task_id = ? AND kind = ?',
      )
      .pluck()
    const at = (kind: string) => newest.get(task.id, kind) ?? null
    const found = at('task.commits.found')
    const committed = at('task.committed')
    return {
      changed: changed === undefined ? null : { checkpointId: checkpointId(changed.id), at: changed.at },
      committedAt: found === null && committed === null ? null : Math.max(found ?? 0, committed ?? 0),
      pushedAt: at('task.push'),
    }
  }
}
