import type { Purpose } from '../types'

/** What a person waits for goes first. */
const RANKS: Record<Purpose, 0 | 1 | 2> = { interactive: 0, 'sign-in': 0, checks: 1, sync: 2 }

/** So many at once; those that wait are let in by what they are for, then in the order they came. */
export interface RequestQueue {
  /** Rejects with the signal's reason when it aborts before the turn has come. */
  run<Value>(purpose: Purpose, signal: AbortSignal | undefined, work: () => Promise<Value>): Promise<Value>
}

/** @param kept places that only what a person waits for may have: a sync never takes the last one */
export function createRequestQueue(limit: number, kept = 0): RequestQueue {
  const waiting: [Set<() => void>, Set<() => void>, Set<() => void>] = [new Set(), new Set(), new Set()]
  let running = 0
  let background = 0

  function turn(rank: 0 | 1 | 2, signal: AbortSignal | undefined): Promise<void> {
    if (isFree(rank)) {
      occupy(rank)
      return Promise.resolve()
    }
    const line = waiting[rank]
    return new Promise((resolve, reject) => {
      const enter = (): void => {
        signal?.removeEventListener('abort', leave)
        line.delete(enter)
        occupy(rank)
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

  function isFree(rank: 0 | 1 | 2): boolean {
    return running < limit && (rank === 0 || background < limit - kept)
  }

  function occupy(rank: 0 | 1 | 2): void {
    running += 1
    if (rank !== 0) background += 1
  }

  /** Hands the place on, so that nobody who comes now is before those who wait. */
  function done(rank: 0 | 1 | 2): void {
    running -= 1
    if (rank !== 0) background -= 1
    for (const each of [0, 1, 2] as const) {
      const [enter] = waiting[each]
      if (enter !== undefined && isFree(each)) return enter()
    }
  }

  return {
    async run(purpose, signal, work) {
      signal?.throwIfAborted()
      const rank = RANKS[purpose]
      await turn(rank, signal)
      try {
        signal?.throwIfAborted()
        return await work()
      } finally {
        done(rank)
      }
    },
  }
}
