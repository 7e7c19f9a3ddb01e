import { promisify } from 'node:util'
import { deflate, inflate } from 'node:zlib'
import { and, asc, desc, eq, gt, lt, or } from 'drizzle-orm'
import type { CheckpointEntry, CheckpointReason } from '@shared/changes'
import type { Checkpoint } from '@shared/domain'
import { FoundryError } from '@shared/errors'
import type { CheckpointId, SessionId, TaskId, TurnId } from '@shared/ids'
import { deleteInSlices, newId, type Database } from '../database'
import type { ChainLink } from './provenance/recorded'
import { checkpoints } from './tables'

const pack = promisify(deflate)
const unpack = promisify(inflate)

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

export interface CheckpointOrigin {
  taskId: TaskId
  sessionId: SessionId | null
  turnId: TurnId | null
  reason: CheckpointReason
  /** Files that may have been changed by hand before its first turn began; null where nobody looked. */
  unsure?: string[] | null
  /** When the files were like that, where that is not now. Never before the checkpoint it is compared with. */
  at?: number
}

export interface CheckpointStore {
  /** The newest of the task: what the next one is compared with. */
  latest(taskId: TaskId): { id: CheckpointId; commit: string; createdAt: number } | null
  /** @throws FoundryError `not_found` where the task has no such checkpoint */
  get(taskId: TaskId, id: CheckpointId): { commit: string; parent: string }
  /** Newest first, those before `before`. */
  page(taskId: TaskId, before: CheckpointId | null, limit: number): Omit<CheckpointEntry, 'prompt'>[]
  /** Those that follow `known` (all, where that is none), the oldest first: each compares with the one before it. */
  chain(taskId: TaskId, known: ChainLink | null): (ChainLink & { parent: string })[]
  unsure(taskId: TaskId, id: CheckpointId): readonly string[] | null
  /** Its diff against the one before, as git wrote it. */
  diff(taskId: TaskId, id: CheckpointId): Promise<{ diff: Buffer; truncated: boolean }>
  add(origin: CheckpointOrigin, tree: RecordedTree): Promise<Checkpoint>
  /** Removes all of a task. A diff can be megabytes: one at a time. */
  erase(taskId: TaskId, signal: AbortSignal): Promise<void>
}

/** Without what is stored behind the diff, which can be megabytes. */
const LINK = {
  id: checkpoints.id,
  turnId: checkpoints.turnId,
  reason: checkpoints.reason,
  commit: checkpoints.commit,
  parent: checkpoints.parent,
  createdAt: checkpoints.createdAt,
}

/** Checkpoints with their diffs: readable when sandbox, checkout and network are gone. */
export function createCheckpointStore(database: Database, now: () => number): CheckpointStore {
  const db = database.commands
  const one = (taskId: TaskId, id: CheckpointId) =>
    and(eq(checkpoints.taskId, taskId), eq(checkpoints.id, id))
  const missing = () =>
    new FoundryError('not_found', 'This checkpoint does not exist any more.', {
      next: 'Read the list of turns again.',
    })
  const latest: CheckpointStore['latest'] = (taskId) =>
    (db
      .select({ id: checkpoints.id, commit: checkpoints.commit, createdAt: checkpoints.createdAt })
      .from(checkpoints)
      .where(eq(checkpoints.taskId, taskId))
      .orderBy(desc(checkpoints.createdAt), desc(checkpoints.id))
      .limit(1)
      .get() as { id: CheckpointId; commit: string; createdAt: number } | undefined) ?? null
  return {
    latest,
    get(taskId, id) {
      const row = db
        .select({ commit: checkpoints.commit, parent: checkpoints.parent })
        .from(checkpoints)
        .where(one(taskId, id))
        .get()
      if (row === undefined) throw missing()
      return row
    },
    page(taskId, before, limit) {
      const last =
        before === null
          ? undefined
          : db.select({ at: checkpoints.createdAt }).from(checkpoints).where(one(taskId, before)).get()
      if (before !== null && last === undefined) throw missing()
      const older =
        last === undefined || before === null
          ? undefined
          : or(
              lt(checkpoints.createdAt, last.at),
              and(eq(checkpoints.createdAt, last.at), lt(checkpoints.id, before)),
            )
      return db
        .select({
          id: checkpoints.id,
          turnId: checkpoints.turnId,
          sessionId: checkpoints.sessionId,
          reason: checkpoints.reason,
          commit: checkpoints.commit,
          createdAt: checkpoints.createdAt,
          files: checkpoints.files,
          added: checkpoints.added,
          removed: checkpoints.removed,
        })
        .from(checkpoints)
        .where(and(eq(checkpoints.taskId, taskId), older))
        .orderBy(desc(checkpoints.createdAt), desc(checkpoints.id))
        .limit(limit)
        .all()
        .map((row) => ({
          ...row,
          id: row.id as CheckpointId,
          turnId: row.turnId as TurnId | null,
          sessionId: row.sessionId as SessionId | null,
          reason: row.reason ?? (row.turnId === null ? 'archive' : 'turn'),
        }))
    },
    chain: (taskId, known) =>
      db
        .select(LINK)
        .from(checkpoints)
        .where(
          and(
            eq(checkpoints.taskId, taskId),
            known === null
              ? undefined
              : or(
                  gt(checkpoints.createdAt, known.createdAt),
                  and(eq(checkpoints.createdAt, known.createdAt), gt(checkpoints.id, known.id)),
                ),
          ),
        )
        .orderBy(asc(checkpoints.createdAt), asc(checkpoints.id))
        .all()
        .map((row) => ({
          ...row,
          id: row.id as CheckpointId,
          turnId: row.turnId as TurnId | null,
          reason: row.reason ?? (row.turnId === null ? 'archive' : 'turn'),
        })),
    unsure: (taskId, id) =>
      db.select({ unsure: checkpoints.unsure }).from(checkpoints).where(one(taskId, id)).get()?.unsure ??
      null,
    async diff(taskId, id) {
      const row = database.events
        .select({ diff: checkpoints.diff, truncated: checkpoints.diffTruncated })
        .from(checkpoints)
        .where(one(taskId, id))
        .get()
      if (row === undefined) throw missing()
      return { diff: await unpack(row.diff), truncated: row.truncated }
    },
    async add({ at, ...origin }, tree) {
      const checkpoint: Checkpoint = {
        id: newId('checkpoint') as CheckpointId,
        turnId: origin.turnId,
        commit: tree.commit,
        createdAt: at === undefined ? now() : Math.max(at, (latest(origin.taskId)?.createdAt ?? 0) + 1),
        files: tree.files,
        added: tree.added,
        removed: tree.removed,
      }
      const diff = await pack(tree.diff)
      db.insert(checkpoints)
        .values({
          ...checkpoint,
          ...origin,
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
