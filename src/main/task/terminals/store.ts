import { promisify } from 'node:util'
import { deflateRaw, inflateRaw } from 'node:zlib'
import { eq } from 'drizzle-orm'
import type { TaskId, TerminalId } from '@shared/ids'
import { terminalCommandSchema, type TerminalCommand } from '@shared/terminals'
import type { Database } from '../../database'
import { taskTerminals } from '../tables'

const pack = promisify(deflateRaw)
const unpack = promisify(inflateRaw)
/** A screen of an old terminal is no larger: what is larger was not written by us. */
const MOST_SCREEN_BYTES = 4 << 20

export interface TerminalRow {
  readonly id: TerminalId
  readonly taskId: TaskId
  groupId: TerminalId
  position: number
  name: string | null
  readonly command: TerminalCommand | null
  cwd: string | null
  readonly createdAt: number
}

/** Terminals in the database: that they are open, and what they last showed. */
export interface TerminalStore {
  ofTask(taskId: TaskId): TerminalRow[]
  /** Null for one that does not exist. */
  taskOf(id: TerminalId): TaskId | null
  insert(row: TerminalRow): void
  update(id: TerminalId, change: Partial<Pick<TerminalRow, 'groupId' | 'position' | 'name'>>): void
  remove(id: TerminalId): void
  eraseTask(taskId: TaskId): void
  /** Null where it showed nothing yet. */
  screen(id: TerminalId): Promise<Uint8Array | null>
  saveScreen(id: TerminalId, cwd: string | null, screen: Uint8Array): Promise<void>
}

export function createTerminalStore(database: Database): TerminalStore {
  const db = database.commands
  const is = (id: TerminalId) => eq(taskTerminals.id, id)
  return {
    ofTask: (taskId) =>
      db
        .select({
          id: taskTerminals.id,
          groupId: taskTerminals.groupId,
          position: taskTerminals.position,
          name: taskTerminals.name,
          command: taskTerminals.command,
          cwd: taskTerminals.cwd,
          createdAt: taskTerminals.createdAt,
        })
        .from(taskTerminals)
        .where(eq(taskTerminals.taskId, taskId))
        .all()
        .map((row) => ({
          ...row,
          id: row.id as TerminalId,
          taskId,
          groupId: row.groupId as TerminalId,
          command: row.command === null ? null : terminalCommandSchema.parse(JSON.parse(row.command)),
        })),
    taskOf(id) {
      const row = db.select({ taskId: taskTerminals.taskId }).from(taskTerminals).where(is(id)).get()
      return (row?.taskId ?? null) as TaskId | null
    },
    insert(row) {
      const command = row.command === null ? null : JSON.stringify(row.command)
      db.insert(taskTerminals)
        .values({ ...row, command })
        .run()
    },
    update(id, change) {
      db.update(taskTerminals).set(change).where(is(id)).run()
    },
    remove(id) {
      db.delete(taskTerminals).where(is(id)).run()
    },
    eraseTask(taskId) {
      db.delete(taskTerminals).where(eq(taskTerminals.taskId, taskId)).run()
    },
    async screen(id) {
      const row = db.select({ screen: taskTerminals.screen }).from(taskTerminals).where(is(id)).get()
      return row?.screen == null ? null : unpack(row.screen, { maxOutputLength: MOST_SCREEN_BYTES })
    },
    async saveScreen(id, cwd, screen) {
      const packed = await pack(screen)
      db.update(taskTerminals).set({ cwd, screen: packed }).where(is(id)).run()
    },
  }
}
