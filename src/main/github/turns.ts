const waiting: (() => void)[] = []
let planned = false

/**
 * Waits for a turn on the main thread. Turns of the event loop are handed out one at a time, in the order in which they
 * were asked for: pieces of work that all wait for "the next one" would otherwise all be done in it, one after the other,
 * and everything else on this thread would wait for their sum.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve)
    plan()
  })
}

function plan(): void {
  if (planned) return
  planned = true
  setImmediate(() => {
    planned = false
    waiting.shift()?.()
    if (waiting.length > 0) plan()
  })
}
