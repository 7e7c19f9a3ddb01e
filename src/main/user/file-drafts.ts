import { and, asc, eq } from 'drizzle-orm'
import type { FileDraft } from '@shared/files'
import type { TaskId } from '@shared/ids'
import type { Database } from '../database'
import { fileDrafts } from './tables'

/** What the person typed into files of tasks and has not saved, one a file. */
export interface FileDrafts {
  /** Paths, the last edited last. */
  ofTask(taskId: TaskId): string[]
  get(taskId: TaskId, path: string): FileDraft | null
  save(taskId: TaskId, path: string, draft: FileDraft): void
  /** One already gone is fine. */
  drop(taskId: TaskId, path: string): void
}

export function createFileDrafts(database: Database, userId: string, now: () => number): FileDrafts {
  const db = database.commands
  const own = (taskId: TaskId) => and(eq(fileDrafts.userId, userId), eq(fileDrafts.taskId, taskId))
  const one = (taskId: TaskId, path: string) => and(own(taskId), eq(fileDrafts.path, path))
  return {
    ofTask: (taskId) =>
      db
        .select({ path: fileDrafts.path })
        .from(fileDrafts)
        .where(own(taskId))
        .orderBy(asc(fileDrafts.editedAt), asc(fileDrafts.path))
        .all()
        .map(({ path }) => path),
    get(taskId, path) {
      const row = db
        .select({ bytes: fileDrafts.bytes, version: fileDrafts.version })
        .from(fileDrafts)
        .where(one(taskId, path))
        .get()
      return row === undefined ? null : { bytes: Uint8Array.from(row.bytes), version: row.version }
    },
    save(taskId, path, { bytes, version }) {
      const set = { bytes: Buffer.from(bytes), version, editedAt: now() }
      db.insert(fileDrafts)
        .values({ userId, taskId, path, ...set })
        .onConflictDoUpdate({ target: [fileDrafts.userId, fileDrafts.taskId, fileDrafts.path], set })
        .run()
    },
    drop(taskId, path) {
      db.delete(fileDrafts).where(one(taskId, path)).run()
    },
  }
}
