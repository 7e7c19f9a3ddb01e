/** Runs something later; returns what calls it off. */
export type Schedule = (milliseconds: number, run: () => void) => () => void

/** Keeps no process alive that has nothing else to do. */
export const scheduleTimer: Schedule = (milliseconds, run) => {
  const timer = setTimeout(run, milliseconds)
  timer.unref()
  return () => clearTimeout(timer)
}
