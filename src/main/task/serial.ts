/** Runs the asynchronous commands of one task one after the other; those of other tasks are not held up. */
export function createSerial(): <Value>(key: string, run: () => Promise<Value>) => Promise<Value> {
  const tails = new Map<string, Promise<unknown>>()
  return async (key, run) => {
    const before = tails.get(key) ?? Promise.resolve()
    // The one before reports its own failure to its own caller.
    const own = before.then(run, run)
    tails.set(key, own)
    try {
      return await own
    } finally {
      if (tails.get(key) === own) tails.delete(key)
    }
  }
}
