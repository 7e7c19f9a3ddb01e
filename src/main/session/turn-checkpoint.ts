import type { Checkpoint } from '@shared/domain'
import type { TaskId } from '@shared/ids'
import type { RuntimeContext } from './runtime-context'
import type { TurnRow } from './session-store'

/** A checkpoint that takes longer is left out of its turn rather than keeping the session from going on. */
const PATIENCE_MS = 60_000

/** The checkpoint of a turn that is over; null where there is none, or it takes too long. */
export async function checkpointOf(
  { clock, log, turnEnded }: Pick<RuntimeContext, 'clock' | 'log' | 'turnEnded'>,
  taskId: TaskId,
  turn: TurnRow,
): Promise<Checkpoint | null> {
  let cancel = (): void => {}
  const patience = new Promise<null>((resolve) => {
    cancel = clock.after(PATIENCE_MS, () => {
      log.warn('a checkpoint took too long and is not shown with its turn')
      resolve(null)
    })
  })
  try {
    return await Promise.race([turnEnded(taskId, turn.sessionId, turn.id), patience])
  } catch (error) {
    log.error('taking a checkpoint', error)
    return null
  } finally {
    cancel()
  }
}
