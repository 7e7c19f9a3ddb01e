import { join } from 'node:path'
import type Sqlite from 'better-sqlite3'
import { FoundryError } from '@shared/errors'
import type { HistoryPage, HistorySummary } from '@shared/history'
import { openConnection } from '../../database'
import type { RecordRequest, TimelineRequest } from './messages'
import { prepareSources, type TaskFacts } from './sources'
import { Summaries } from './summary'
import { readTimeline } from './timeline'
import { Transcripts } from './transcripts'

/** Of transcripts so much is read for one answer: then whoever waits is told how far it is, and may ask again. */
const SLICE_MS = 150

/** Reads the history of tasks from what is stored. */
export class RecordReader {
  readonly #connection: Sqlite.Database
  readonly #transcripts: Transcripts
  readonly #sources
  readonly #summaries: Summaries

  constructor({ directory, nativeBinding }: { directory: string; nativeBinding: string | undefined }) {
    this.#connection = openConnection(join(directory, 'foundry.db'), {
      synchronous: 'NORMAL',
      nativeBinding,
      readonly: true,
    })
    this.#transcripts = new Transcripts(this.#connection)
    this.#sources = prepareSources(this.#connection)
    this.#summaries = new Summaries(this.#connection, this.#transcripts)
  }

  timeline(request: TimelineRequest): HistoryPage {
    return this.#atOneTime(() => {
      const { task, sessionIds, reading } = this.#begin(request)
      // Marks of transcripts stand among the rest: before they are read, nobody knows what is on a page.
      if (reading !== null) return { entries: [], cursor: request.cursor, reading }
      const sources = this.#sources(task, sessionIds, this.#transcripts)
      return { ...readTimeline(sources, request, request.cursor), reading }
    })
  }

  summary(request: RecordRequest & { from: number }): HistorySummary {
    return this.#atOneTime(() => {
      const { task, sessionIds, reading } = this.#begin(request)
      return this.#summaries.read(task, sessionIds, { only: request.sessionId, from: request.from, reading })
    })
  }

  close(): void {
    this.#connection.close()
  }

  /** All statements of one answer see the same state. */
  #atOneTime<Value>(read: () => Value): Value {
    return this.#connection.transaction(read)()
  }

  #begin({ taskId, sessionId }: RecordRequest) {
    const task = this.#connection
      .prepare<[string], TaskFacts>(
        `SELECT id, repository_id AS repositoryId, created_at AS createdAt, pull_request_number AS pullRequestNumber
         FROM tasks WHERE id = ? AND deleted_at IS NULL`,
      )
      .get(taskId)
    if (task === undefined) throw new FoundryError('not_found', 'This task does not exist any more.')
    const all = this.#connection
      .prepare<[string], string>('SELECT id FROM sessions WHERE task_id = ? ORDER BY created_at, id')
      .pluck()
      .all(taskId)
    const sessionIds = sessionId === null ? all : all.filter((id) => id === sessionId)
    return { task, sessionIds, reading: this.#transcripts.read(sessionIds, performance.now() + SLICE_MS) }
  }
}
