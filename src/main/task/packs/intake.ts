import { eq } from 'drizzle-orm'
import type { TaskId } from '@shared/ids'
import type { PackPolicy } from '@shared/keeping-policy'
import type { Database } from '../../database'
import { taskPacks } from '../tables'
import type { BareEntry, PackContents } from './contents'
import { type Room, roomFor } from './room'

export type IncomingEntry = BareEntry & { run: number }

/** What an import needs of packs. */
export interface PackPlace {
  contents: PackContents
  policy(): PackPolicy
}

/** Takes in packs of another computer. What is here stays as it is, and what has no room says so. */
export interface PackIntake {
  /** Entries that have one content, or none. @returns how many had no room */
  take(
    taskId: TaskId,
    entries: readonly IncomingEntry[],
    content: Uint8Array<ArrayBuffer> | null,
  ): Promise<number>
  /** All of it came. In the caller's transaction on `events`. */
  finish(taskId: TaskId, pack: { run: number; keptAt: number | null }): void
  /** It did not come to its end: a pack that was not here goes. What came to one that was here is whole in itself. */
  takeBack(taskId: TaskId): Promise<void>
  /** Of a task that is not here. */
  remove(taskId: TaskId): Promise<void>
}

export function createPackIntake(database: Database, { contents, policy }: PackPlace): PackIntake {
  const db = database.events
  const never = new AbortController().signal
  let current: { taskId: TaskId; room: Room } | null = null

  function room(taskId: TaskId): Room {
    if (current?.taskId !== taskId) current = { taskId, room: roomFor(contents, taskId, policy()) }
    return current.room
  }

  /** What it takes here, and what is not in it here. */
  function count(taskId: TaskId): boolean {
    const sums = { bytes: contents.bytesOf(taskId), leftOut: contents.leftOut(taskId, 0).total }
    return db.update(taskPacks).set(sums).where(eq(taskPacks.taskId, taskId)).run().changes > 0
  }

  async function remove(taskId: TaskId): Promise<void> {
    await contents.remove(taskId, 'all', never)
    db.delete(taskPacks).where(eq(taskPacks.taskId, taskId)).run()
  }

  return {
    async take(taskId, entries, content) {
      const wanted = entries.filter((entry) => contents.entry(taskId, entry) === null)
      if (wanted.length === 0) return 0
      if (content === null) {
        for (const entry of wanted) contents.putBare(taskId, entry, entry.run)
        return 0
      }
      const prepared = await contents.prepare(taskId, content)
      const reason = room(taskId).lacking(prepared)
      if (reason !== null) {
        for (const entry of wanted)
          contents.putBare(taskId, { ...entry, reason, bytes: content.length }, entry.run)
        return wanted.length
      }
      const { hash, bytes } = prepared
      for (const entry of wanted)
        if (!contents.putSame(taskId, { ...entry, hash, bytes }, entry.run))
          await contents.put(taskId, entry, prepared, entry.run)
      room(taskId).taken(prepared)
      return 0
    },
    finish(taskId, { run, keptAt }) {
      db.insert(taskPacks).values({ taskId, run, keptAt }).onConflictDoNothing().run()
      count(taskId)
    },
    async takeBack(taskId) {
      if (!count(taskId)) await contents.remove(taskId, 'all', never)
    },
    remove,
  }
}
