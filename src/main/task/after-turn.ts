import type { TaskId } from '@shared/ids'
import type { Schedule } from '../sandbox/schedule'

/** How soon after a turn the changed files are read again. */
const LOOK_MS = 250
/** A turn that begins puts that off, so that its agent has the processor for its first words. */
const FIRST_WORDS_MS = 1500
/** While a turn runs the files are read again so long after a tool ended, and no more often, however many do. */
const TOOL_MS = 4000
/** No turn has begun or ended for so long: somebody reads, or nobody is there. */
const QUIET_MS = 3000

export interface AfterTurnOptions {
  schedule: Schedule
  /** Reads the task's git state again. */
  look(taskId: TaskId): void
  /** Makes what the next task of the same repository will want. */
  prepareNext(taskId: TaskId): void
}

/** Work that follows a turn and must not slow down the next one. */
export interface AfterTurn {
  turnBegan(taskId: TaskId): void
  toolEnded(taskId: TaskId): void
  turnEnded(taskId: TaskId): void
  close(): void
}

export function createAfterTurn({ schedule, look, prepareNext }: AfterTurnOptions): AfterTurn {
  const looks = new Map<TaskId, () => void>()
  /** Tasks whose repository has had no quiet moment since. */
  const waiting = new Set<TaskId>()
  let running = 0
  let callOffQuiet: (() => void) | null = null

  function lookIn(milliseconds: number, taskId: TaskId): void {
    looks.get(taskId)?.()
    const callOff = schedule(milliseconds, () => {
      looks.delete(taskId)
      look(taskId)
    })
    looks.set(taskId, callOff)
  }

  function waitForQuiet(): void {
    callOffQuiet?.()
    callOffQuiet = null
    if (running > 0 || waiting.size === 0) return
    callOffQuiet = schedule(QUIET_MS, () => {
      callOffQuiet = null
      const tasks = [...waiting]
      waiting.clear()
      for (const taskId of tasks) prepareNext(taskId)
    })
  }

  return {
    turnBegan(taskId) {
      running += 1
      if (looks.has(taskId)) lookIn(FIRST_WORDS_MS, taskId)
      waitForQuiet()
    },
    toolEnded(taskId) {
      if (!looks.has(taskId)) lookIn(TOOL_MS, taskId)
    },
    turnEnded(taskId) {
      running = Math.max(0, running - 1)
      waiting.add(taskId)
      lookIn(LOOK_MS, taskId)
      waitForQuiet()
    },
    close() {
      for (const callOff of looks.values()) callOff()
      looks.clear()
      waiting.clear()
      callOffQuiet?.()
      callOffQuiet = null
    },
  }
}
