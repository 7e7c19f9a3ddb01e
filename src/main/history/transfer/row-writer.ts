import type Sqlite from 'better-sqlite3'
import { deleteInSlices, type Database } from '../../database'
import type { TaskId } from '@shared/ids'
import { createPackIntake, type PackIntake, type PackPlace } from '../../task/packs/intake'
import type { PackPart, Write, Written } from './messages'

/** What an import changed, for those who show it. */
export interface Touched {
  organizations: Set<string>
  repositories: Map<string, string>
  tasks: Map<string, string>
}

/** What belongs to a task that is not here. Its sessions take what refers to them along; their events go first, in slices. */
const FORGET = [
  `DELETE FROM session_events WHERE rowid IN (SELECT e.rowid FROM session_events e
     JOIN sessions s ON s.id = e.session_id WHERE s.task_id = ? LIMIT 200)`,
  'DELETE FROM prompt_attachments WHERE id IN (SELECT a.id FROM prompt_attachments a JOIN sessions s ON s.id = a.session_id WHERE s.task_id = ? LIMIT 10)',
  'DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE task_id = ? LIMIT 1)',
  'DELETE FROM checkpoints WHERE id IN (SELECT id FROM checkpoints WHERE task_id = ? LIMIT 10)',
  'DELETE FROM review_comments WHERE id IN (SELECT id FROM review_comments WHERE task_id = ? LIMIT 100)',
  'DELETE FROM file_drafts WHERE rowid IN (SELECT rowid FROM file_drafts WHERE task_id = ? LIMIT 10)',
  'DELETE FROM user_task_state WHERE task_id = ?',
  'DELETE FROM user_session_state WHERE task_id = ?',
]
const FORGET_SESSION = [
  'DELETE FROM session_events WHERE rowid IN (SELECT rowid FROM session_events WHERE session_id = ? LIMIT 200)',
  'DELETE FROM prompt_attachments WHERE id IN (SELECT id FROM prompt_attachments WHERE session_id = ? LIMIT 10)',
  'DELETE FROM sessions WHERE id = ?',
  'DELETE FROM user_session_state WHERE session_id = ?',
]

/** Writes what an import brings, in the transactions that it comes in. What is there already is never changed. */
export class RowWriter {
  readonly #database: Database
  readonly #client: Sqlite.Database
  readonly #packs: PackIntake
  readonly #inserts = new Map<string, Sqlite.Statement>()
  readonly touched: Touched = { organizations: new Set(), repositories: new Map(), tasks: new Map() }

  constructor(database: Database, packs: PackPlace) {
    this.#database = database
    this.#packs = createPackIntake(database, packs)
    this.#client = database.events.$client
  }

  async write(writes: readonly Write[]): Promise<Written> {
    let withoutRoom = 0
    for (const write of writes) {
      // Before the rows: that of their task comes last.
      if ('pack' in write) withoutRoom += await this.#putIn(write)
      if ('half' in write) await this.#packs.takeBack(write.half as TaskId)
      if ('forget' in write) await this.#forget(write.forget)
      if ('forgetSession' in write) await this.#delete(FORGET_SESSION, write.forgetSession)
    }
    this.#database.batch(() => {
      for (const write of writes) {
        if ('row' in write && 'table' in write) this.#insert(write.table, write.row)
        else if ('started' in write) this.#start(write.started, write.row)
        else if ('whole' in write && this.#isWanted(write.whole, write.isNew)) {
          this.#packs.finish(write.whole as TaskId, write)
          this.#touchTask(write.whole)
        }
      }
    })
    return { withoutRoom }
  }

  async #putIn({ pack, isNew, entries, content }: PackPart): Promise<number> {
    return this.#isWanted(pack, isNew) ? this.#packs.take(pack as TaskId, entries, content) : 0
  }

  /** Nobody would remove the pack of a task that was deleted meanwhile. */
  #isWanted(taskId: string, isNew: boolean): boolean {
    if (isNew) return true
    const live = this.#client.prepare<[string]>('SELECT 1 FROM tasks WHERE id = ? AND deleted_at IS NULL')
    return live.get(taskId) !== undefined
  }

  #insert(table: string, row: Record<string, string | number | null | Uint8Array>): void {
    const names = Object.keys(row)
    const key = `${table} ${names.join()}`
    let insert = this.#inserts.get(key)
    if (insert === undefined) {
      // Names are those of columns of ours: the import has taken out all others.
      insert = this.#client.prepare(
        `INSERT OR IGNORE INTO ${table} (${names.map((name) => `"${name}"`).join()}) VALUES (${names.map(() => '?').join()})`,
      )
      this.#inserts.set(key, insert)
    }
    insert.run(
      ...Object.values(row).map((value) => (value instanceof Uint8Array ? Buffer.from(value) : value)),
    )
    const text = (name: string): string => String(row[name])
    if (table === 'organizations') this.touched.organizations.add(text('id'))
    if (table === 'repositories') this.touched.repositories.set(text('id'), text('organization_id'))
    if (table === 'tasks') this.touched.tasks.set(text('id'), text('organization_id'))
    if (table === 'sessions') this.#touchTask(text('task_id'))
  }

  #start(taskId: string, row: Record<string, string | number | null | Uint8Array>): void {
    const names = Object.keys(row)
    this.#client
      .prepare(
        `UPDATE tasks SET ${names.map((name) => `"${name}" = ?`).join()} WHERE id = ? AND materialized_at IS NULL`,
      )
      .run(...Object.values(row), taskId)
    this.#touchTask(taskId)
  }

  #touchTask(taskId: string): void {
    const organizationId = this.#client
      .prepare<[string], string>('SELECT organization_id FROM tasks WHERE id = ?')
      .pluck()
      .get(taskId)
    if (organizationId !== undefined) this.touched.tasks.set(taskId, organizationId)
  }

  async #forget(taskId: string): Promise<void> {
    const isHere =
      this.#client.prepare<[string]>('SELECT 1 FROM tasks WHERE id = ?').get(taskId) !== undefined
    // It came as a whole after all.
    if (isHere) return
    await this.#packs.remove(taskId as TaskId)
    await this.#delete(FORGET, taskId)
  }

  async #delete(statements: readonly string[], id: string): Promise<void> {
    for (const statement of statements)
      await deleteInSlices(this.#client.prepare(statement), [id], new AbortController().signal)
  }
}
