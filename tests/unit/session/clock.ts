import type { Clock } from '../../../src/main/session/clock'

/** Time that passes when a test says so. */
export class ManualClock implements Clock {
  time = 1000
  #timers: { due: number; run: () => void }[] = []

  now(): number {
    return this.time
  }

  after(milliseconds: number, run: () => void): () => void {
    const timer = { due: this.time + milliseconds, run }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  pass(milliseconds: number): void {
    const end = this.time + milliseconds
    for (;;) {
      const next = this.#timers.filter((timer) => timer.due <= end).toSorted((a, b) => a.due - b.due)[0]
      if (next === undefined) break
      this.#timers = this.#timers.filter((timer) => timer !== next)
      this.time = Math.max(this.time, next.due)
      next.run()
    }
    this.time = end
  }
}
