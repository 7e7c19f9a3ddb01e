import type { Purpose } from '../types'

/** What a person waits for goes first. */
const RANKS: Record<Purpose, 0 | 1 | 2> = { interactive: 0, 'sign-in': 0, checks: 1, sync: 2 }

/** At most so many at once; those that wait are let in by what they are for, then in the order they came. */
export interface RequestQueue {
  /** Rejects with the signal's reason when it aborts before the turn has come. */
  run<Value>(purpose: Purpose, signal: AbortSignal | undefined, work: () => Promise<Value>): Promise<Value>
}

export function createRequestQueue(limit: number): RequestQueue {
  const waiting: [Set<() => void>, Set<() => void>, Set<() => void>] = [new Set(), new Set(), new Set()]
  let running = 0

  function turn(purpose: Purpose, signal: AbortSignal | undefined): Promise<void> {
    if (running < limit) {
      running += 1
      return Promise.resolve()
    }
    const line = waiting[RANKS[purpose]]
    return new Promise((resolve, reject) => {
      const enter = (): void => {
        signal?.removeEventListener('abort', leave)
        resolve()
      }
      const leave = (): void => {
        line.delete(enter)
        reject(signal?.reason)
      }
      line.add(enter)
      signal?.addEventListener('abort', leave, { once: true })
    })
  }

  /** Hands the place on, so that nobody who comes now is before those who wait. */
  function next(): void {
    for (const line of waiting) {
      for (const enter of line) {
        line.delete(enter)
        enter()
        return
      }
    }
    running -= 1
  }

  return {
    async run(purpose, signal, work) {
      signal?.throwIfAborted()
      await turn(purpose, signal)
      try {
        signal?.throwIfAborted()
        return await work()
      } finally {
        next()
      }
    },
  }
}
