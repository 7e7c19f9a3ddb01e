/** What a job shows of itself while it runs. */
export interface Progress {
  stage: string | null
  progress: number | null
  log: string
}

export interface ProgressWriter {
  stage(text: string, progress?: number): void
  log(text: string): void
  /** Writes what waits. Whatever is said afterwards is dropped: the job is over. */
  end(): void
}

/** Progress is for people: a few writes a second are enough. */
const INTERVAL_MS = 200
const LOG_LIMIT_CHARACTERS = 200_000

/** Collects what a job says about itself and writes it a few times a second, and once at its end. */
export function createProgress(write: (progress: Progress) => void): ProgressWriter {
  const current: Progress = { stage: null, progress: null, log: '' }
  let timer: NodeJS.Timeout | null = null
  let ended = false

  function flush(): void {
    timer = null
    current.log = current.log.slice(-LOG_LIMIT_CHARACTERS)
    write({ ...current })
  }

  function later(): void {
    if (!ended) timer ??= setTimeout(flush, INTERVAL_MS)
  }

  return {
    stage(text, value) {
      current.stage = text
      current.progress = value === undefined || Number.isNaN(value) ? null : Math.min(1, Math.max(0, value))
      later()
    },
    log(text) {
      current.log += text
      // Not at every word of a talkative installer: cutting copies the whole.
      if (current.log.length > 2 * LOG_LIMIT_CHARACTERS)
        current.log = current.log.slice(-LOG_LIMIT_CHARACTERS)
      later()
    },
    end() {
      ended = true
      if (timer === null) return
      clearTimeout(timer)
      flush()
    },
  }
}
