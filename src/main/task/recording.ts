import type { CheckpointReason } from '@shared/changes'
import type { Checkpoint } from '@shared/domain'
import type { SessionId, TaskId, TurnId } from '@shared/ids'
import type { CheckoutGit } from '../sandbox/git/types'
import type { Schedule } from '../sandbox/schedule'
import { createBeforeTurn, type BeforeTurn } from './before-turn'
import type { CheckpointOrigin, CheckpointStore } from './checkpoints'
import { takeCheckpoint, takeCheckpointOfBefore, type CheckpointOptions } from './git/checkpoint'
import type { createSerial } from './serial'

export interface RecordingOptions {
  checkpoints: CheckpointStore
  serial: ReturnType<typeof createSerial>
  schedule: Schedule
  now: () => number
  /** Git of the checkout, to work in it. @throws FoundryError while there is none */
  withGit<Value>(
    taskId: TaskId,
    run: (git: CheckoutGit, row: { baseCommit: string | null }) => Promise<Value>,
  ): Promise<Value>
  /** The commit its branch started from. */
  baseOf(taskId: TaskId): string | null
  runningTurns(taskId: TaskId): number
  reportError(error: unknown, what: string): void
}

/** Takes the checkpoints of tasks. */
export interface Recording {
  readonly beforeTurn: BeforeTurn
  /** The tree as a turn left it, with its diff in the database. */
  ofTurn(taskId: TaskId, sessionId: SessionId, turnId: TurnId): Promise<Checkpoint>
  /** From within the serial work of the task. Null when nothing differs from the newest checkpoint. */
  ofFiles(taskId: TaskId, git: CheckoutGit, reason: CheckpointReason): Promise<Checkpoint | null>
  record(git: CheckoutGit, origin: CheckpointOrigin): Promise<Checkpoint>
}

export function createRecording(options: RecordingOptions): Recording {
  const { checkpoints: store, serial, now } = options

  const checkpointOptions = (origin: CheckpointOrigin): CheckpointOptions => ({
    sessionId: origin.sessionId ?? origin.taskId,
    turnId: origin.turnId ?? `${origin.reason}-${now()}`,
    parent: store.latest(origin.taskId)?.commit ?? options.baseOf(origin.taskId),
  })

  async function record(git: CheckoutGit, origin: CheckpointOrigin): Promise<Checkpoint> {
    return store.add(origin, await takeCheckpoint(git, checkpointOptions(origin)))
  }

  const beforeTurn = createBeforeTurn({
    ...options,
    running: (taskId) => options.runningTurns(taskId),
    record: (taskId, moment) =>
      options.withGit(taskId, async (git) => {
        const origin = { taskId, sessionId: null, turnId: null, reason: 'before_turn' as const }
        const before = await takeCheckpointOfBefore(git, { ...checkpointOptions(origin), moment })
        if (before?.taken != null) await store.add({ ...origin, at: moment }, before.taken)
        return before?.unsure ?? null
      }),
  })

  return {
    beforeTurn,
    record,
    ofTurn: (taskId, sessionId, turnId) =>
      serial(taskId, async () => {
        await beforeTurn.settle(taskId)
        const unsure = beforeTurn.unsure(taskId)
        return options.withGit(taskId, (git) =>
          record(git, { taskId, sessionId, turnId, reason: 'turn', unsure }),
        )
      }),
    async ofFiles(taskId, git, reason) {
      const origin = { taskId, sessionId: null, turnId: null, reason }
      const tree = await takeCheckpoint(git, checkpointOptions(origin))
      const known = store.latest(taskId)
      return known !== null && tree.files === 0 ? null : store.add(origin, tree)
    },
  }
}
