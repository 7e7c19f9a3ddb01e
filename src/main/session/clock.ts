/** Time as this folder knows it; tests bring their own. */
export interface Clock {
  now(): number
  /** Runs once after so many milliseconds. Returns the function that prevents it. */
  after(milliseconds: number, run: () => void): () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(milliseconds, run) {
    const timer = setTimeout(run, milliseconds)
    return () => clearTimeout(timer)
  },
}
