import { join, relative, isAbsolute } from 'node:path'
import { eq } from 'drizzle-orm'
import type { Database } from '../database'
import { taskSandboxes, taskTerminals } from './tables'

/** The data folder is elsewhere: so are the checkouts, and what terminals had open in them. */
export function relocateTasks(database: Database, from: string, to: string): void {
  const moved = (path: string): string | null => {
    const way = relative(from, path)
    return way.startsWith('..') || isAbsolute(way) ? null : join(to, way)
  }
  database.transaction(() => {
    const db = database.commands
    for (const { taskId, cwd } of db
      .select({ taskId: taskSandboxes.taskId, cwd: taskSandboxes.cwd })
      .from(taskSandboxes)
      .all()) {
      const now = moved(cwd)
      if (now !== null)
        db.update(taskSandboxes).set({ cwd: now }).where(eq(taskSandboxes.taskId, taskId)).run()
    }
    for (const { id, cwd } of db
      .select({ id: taskTerminals.id, cwd: taskTerminals.cwd })
      .from(taskTerminals)
      .all()) {
      const now = cwd === null ? null : moved(cwd)
      if (now !== null) db.update(taskTerminals).set({ cwd: now }).where(eq(taskTerminals.id, id)).run()
    }
  })
}
