// How long the main thread is at work in one turn of its loop: the time on the wall, without what it waited for a
// processor that another thread had. (The time a thread itself has run for is told in steps of the system's clock, 4 ms
// on many kernels, which is as long as what is looked for.)
import { closeSync, openSync, readSync } from 'node:fs'

/** Watches from now on; `stop` answers the longest turn, in milliseconds. Call it on the main thread. */
export function watchMain(): { stop(): number } {
  const waiting = openWaiting()
  let longest = 0
  let running = true
  let waited = waiting.ms()
  let at = performance.now()
  const turn = (): void => {
    if (!running) return
    const wall = performance.now() - at
    const now = waiting.ms()
    longest = Math.max(longest, wall - (now - waited))
    waited = now
    at = performance.now()
    setImmediate(turn)
  }
  setImmediate(turn)
  return {
    stop() {
      running = false
      waiting.close()
      return longest
    },
  }
}

/** How long the main thread has waited for a processor so far. Only Linux tells: elsewhere other threads count as ours. */
function openWaiting(): { ms(): number; close(): void } {
  if (process.platform !== 'linux') return { ms: () => 0, close: () => undefined }
  // Nanoseconds run, nanoseconds waited, turns. Opened once and read again from its start.
  const file = openSync(`/proc/self/task/${process.pid}/schedstat`, 'r')
  const buffer = Buffer.alloc(128)
  return {
    ms() {
      const size = readSync(file, buffer, 0, buffer.length, 0)
      return Number(buffer.toString('latin1', 0, size).split(' ')[1]) / 1e6
    },
    close: () => closeSync(file),
  }
}
