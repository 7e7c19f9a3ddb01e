import type { TaskId } from '@shared/ids'
import type { Schedule } from '../sandbox/schedule'
import type { createSerial } from './serial'

/** A turn that uses no tool is looked at so long after it began: its agent has the processor for its first words. */
const FIRST_WORDS_MS = 1500

export interface BeforeTurnOptions {
  schedule: Schedule
  now: () => number
  serial: ReturnType<typeof createSerial>
  /** How many turns of a task run now. */
  running(taskId: TaskId): number
  /**
   * Records what was changed before a moment, and names the files of which it cannot tell; null where it cannot tell
   * of any.
   */
  record(taskId: TaskId, moment: number): Promise<string[] | null>
  reportError(error: unknown, what: string): void
}

/**
 * What people changed between turns is recorded when a turn begins, so that it does not count as the turn's. Not at once:
 * the agent comes first, and the look is taken when it begins to use tools.
 */
export interface BeforeTurn {
  began(taskId: TaskId): void
  /** An agent has begun to use a tool. */
  toolBegan(taskId: TaskId): void
  /** Takes the look now where that was not done yet. From within the serial work of the task. */
  settle(taskId: TaskId): Promise<void>
  /** Files that may have been changed by hand before the turns that run, or ran last; null where nobody looked. */
  unsure(taskId: TaskId): string[] | null
  close(): void
}

interface Beginning {
  readonly moment: number
  unsure: string[] | null
  /** Null once the look was taken. */
  callOff: (() => void) | null
}

export function createBeforeTurn(options: BeforeTurnOptions): BeforeTurn {
  const beginnings = new Map<TaskId, Beginning>()

  async function look(taskId: TaskId, beginning: Beginning): Promise<void> {
    if (beginning.callOff === null) return
    beginning.callOff()
    beginning.callOff = null
    try {
      beginning.unsure = await options.record(taskId, beginning.moment)
    } catch (error) {
      // The turn goes on, and its lines are told to be of it or by hand.
      options.reportError(error, 'what was changed before a turn')
    }
  }

  const lookAside = (taskId: TaskId, beginning: Beginning) =>
    void options.serial(taskId, () => look(taskId, beginning))

  return {
    began(taskId) {
      // While another turn runs there is nothing between turns.
      if (options.running(taskId) > 1 && beginnings.has(taskId)) return
      const beginning: Beginning = { moment: options.now(), unsure: null, callOff: null }
      beginnings.get(taskId)?.callOff?.()
      beginning.callOff = options.schedule(FIRST_WORDS_MS, () => lookAside(taskId, beginning))
      beginnings.set(taskId, beginning)
    },
    toolBegan(taskId) {
      const beginning = beginnings.get(taskId)
      if (beginning?.callOff != null) lookAside(taskId, beginning)
    },
    async settle(taskId) {
      const beginning = beginnings.get(taskId)
      if (beginning !== undefined) await look(taskId, beginning)
    },
    unsure: (taskId) => beginnings.get(taskId)?.unsure ?? null,
    close() {
      for (const { callOff } of beginnings.values()) callOff?.()
      beginnings.clear()
    },
  }
}
