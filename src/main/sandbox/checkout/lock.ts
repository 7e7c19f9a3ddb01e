/** Runs work under one key strictly one after the other; other keys are not held up. */
export type Lock = <Value>(key: string, work: () => Promise<Value>) => Promise<Value>

export function createLock(): Lock {
  const tails = new Map<string, Promise<unknown>>()
  return async (key, work) => {
    const before = tails.get(key) ?? Promise.resolve()
    // Whoever came before reports its failure to its own caller.
    const own = before.then(work, work)
    tails.set(key, own)
    try {
      return await own
    } finally {
      if (tails.get(key) === own) tails.delete(key)
    }
  }
}
