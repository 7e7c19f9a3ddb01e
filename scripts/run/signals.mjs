/** One press of Ctrl-C arrives more than once: from the terminal and from every process above us. */
const SAME_PRESS_MS = 1_000
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP']

export const INTERRUPTED = 130

/** Who is to be asked when we are asked to end; the last one first. */
const holders = []
let askedAt

/**
 * From now on a signal ends us through `exit`, and what we hold with us; while something runs, whoever
 * runs it decides (`holdSignals`).
 */
export function exitOnSignals() {
  for (const signal of SIGNALS) {
    if (!process.listeners(signal).includes(handle)) process.on(signal, handle)
  }
}

/**
 * Until the returned function is called, the first signal calls `first` and one that comes later `again`.
 * That function tells whether there was one.
 */
export function holdSignals(first, again) {
  exitOnSignals()
  const holder = { first, again }
  holders.push(holder)
  return () => {
    holders.splice(holders.indexOf(holder), 1)
    return askedAt !== undefined
  }
}

function handle() {
  const holder = holders.at(-1)
  if (!holder) process.exit(INTERRUPTED)
  if (askedAt === undefined) {
    askedAt = Date.now()
    holder.first()
  } else if (Date.now() - askedAt > SAME_PRESS_MS) {
    holder.again()
  }
}
