import { scheduleTimer, type Schedule } from '../sandbox/schedule'

/** Tells of something at once, and of what follows some time later together. */
export interface Pace<Key> {
  tell(key: Key): void
  /** Nothing is told any more. */
  close(): void
}

export function createPace<Key>(
  milliseconds: number,
  told: (key: Key) => void,
  schedule: Schedule = scheduleTimer,
): Pace<Key> {
  const recent = new Map<Key, { again: boolean; cancel(): void }>()
  let closed = false

  function tell(key: Key): void {
    const before = recent.get(key)
    if (closed) return
    if (before !== undefined) {
      before.again = true
      return
    }
    const over = (): void => {
      recent.delete(key)
      if (entry.again) tell(key)
    }
    const entry = { again: false, cancel: schedule(milliseconds, over) }
    recent.set(key, entry)
    told(key)
  }

  return {
    tell,
    close() {
      closed = true
      for (const { cancel } of recent.values()) cancel()
    },
  }
}
