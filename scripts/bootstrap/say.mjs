// What the scripts print: one plain line a step, so that a log reads like a list of what happened.

export function say(line) {
  process.stderr.write(`foundry: ${line}\n`)
}

/** A failure we foresaw: printed as its message alone. A stack trace would only hide what to do. */
export class ExpectedError extends Error {
  name = 'ExpectedError'
}

/** The last resort of every entry point: expected failures in one line, bugs with their stack. */
export function exitWith(error) {
  if (error instanceof ExpectedError) say(error.message)
  else process.stderr.write(`${error?.stack ?? error}\n`)
  process.exit(1)
}

export function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`
}

/** "4.2 s", or minutes from a minute on. */
export function duration(milliseconds) {
  if (milliseconds < 59_950) return `${(milliseconds / 1000).toFixed(1)} s`
  const seconds = Math.round(milliseconds / 1000)
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}
