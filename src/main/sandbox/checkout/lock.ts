import { FoundryError } from '@shared/errors'

/** Runs work under one key strictly one after the other; other keys are not held up. */
export type Lock = <Value>(key: string, work: () => Promise<Value>, signal?: AbortSignal) => Promise<Value>

export function createLock(): Lock {
  const tails = new Map<string, Promise<unknown>>()
  return async (key, work, signal) => {
    const before = tails.get(key) ?? Promise.resolve()
    const begin = (): ReturnType<typeof work> => {
      if (signal?.aborted === true) throw stopped()
      return work()
    }
    // Whoever came before reports its failure to its own caller.
    const own = before.then(begin, begin)
    tails.set(key, own)
    const clear = () => {
      if (tails.get(key) === own) tails.delete(key)
    }
    own.then(clear, clear)
    return signal === undefined ? own : untilAborted(before, own, signal)
  }
}

/** Whoever stops waiting is let go at once. Once its turn has come, its own work ends by the signal. */
async function untilAborted<Value>(
  before: Promise<unknown>,
  own: Promise<Value>,
  signal: AbortSignal,
): Promise<Value> {
  let stop: (() => void) | undefined
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(stopped())
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
  })
  const turn = before.then(
    () => undefined,
    () => undefined,
  )
  try {
    await Promise.race([turn, aborted])
  } finally {
    if (stop !== undefined) signal.removeEventListener('abort', stop)
    // Nobody waits for it any more when this throws.
    own.catch(() => undefined)
    aborted.catch(() => undefined)
  }
  return own
}

function stopped(): FoundryError {
  return new FoundryError('cancelled', 'It was stopped while it waited for its turn.')
}
