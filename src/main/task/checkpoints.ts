import { promisify } from 'node:util'
import { deflate } from 'node:zlib'
import { desc, eq } from 'drizzle-orm'
import type { Checkpoint } from '@shared/domain'
import type { CheckpointId, SessionId, TaskId, TurnId } from '@shared/ids'
import { deleteInSlices, newId, type Database } from '../database'
import { checkpoints } from './tables'

const pack = promisify(deflate)

/** What git recorded, as the sandbox returned it. */
export interface RecordedTree {
  commit: string
  parent: string
  diff: Uint8Array
  diffTruncated: boolean
  files: number
  added: number
  removed: number
}

export interface CheckpointStore {
  /** The newest of the task: what the next one is compared with. */
  latest(taskId: TaskId): { commit: string } | null
  add(
    where: { taskId: TaskId; sessionId: SessionId | null; turnId: TurnId | null },
    tree: RecordedTree,
  ): Promise<Checkpoint>
  /** Removes all of a task. A diff can be megabytes: one at a time. */
  erase(taskId: TaskId, signal: AbortSignal): Promise<void>
}

/** Checkpoints with their diffs: readable when sandbox, checkout and network are gone. */
export function createCheckpointStore(database: Database, now: () => number): CheckpointStore {
  return {
    latest(taskId) {
      return (
        database.commands
          .select({ commit: checkpoints.commit })
          .from(checkpoints)
          .where(eq(checkpoints.taskId, taskId))
          .orderBy(desc(checkpoints.createdAt))
          .limit(1)
          .get() ?? null
      )
    },
    async add(where, tree) {
      const checkpoint: Checkpoint = {
        id: newId('checkpoint') as CheckpointId,
        turnId: where.turnId,
        commit: tree.commit,
        createdAt: now(),
        files: tree.files,
        added: tree.added,
        removed: tree.removed,
      }
      const diff = await pack(tree.diff)
      database.commands
        .insert(checkpoints)
        .values({
          ...checkpoint,
          taskId: where.taskId,
          sessionId: where.sessionId,
          parent: tree.parent,
          diff,
          diffEncoding: 'deflate',
          diffTruncated: tree.diffTruncated,
        })
        .run()
      return checkpoint
    },
    erase: (taskId, signal) =>
      deleteInSlices(
        database.events.$client.prepare(
          'DELETE FROM checkpoints WHERE rowid IN (SELECT rowid FROM checkpoints WHERE task_id = ? LIMIT 1)',
        ),
        [taskId],
        signal,
      ),
  }
}
