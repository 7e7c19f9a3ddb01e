import type { Log, RunningWork } from '../boot/services'

/** What a proper end may take. Servers are told to stop at once, so it takes a fraction of this. */
export const FORCE_AFTER_MS = 15_000

export interface QuitSteps {
  /** Null until the coordinators are up, and in the recovery window. */
  work(): RunningWork | null
  /** Asks the person; true means "Stop and quit". */
  ask(work: RunningWork): Promise<boolean>
  /** Windows go first: nothing can be started any more, and quitting looks as quick as it is meant. */
  hideWindows(): void
  /** Ends what is left after the coordinators, in order. */
  close(): Promise<void>
  /** Ends the process. */
  exit(code: number): void
  log: Log
}

export interface Quit {
  /** Asks when something runs, then ends properly. A second request while asking changes nothing. */
  request(): void
  /** Ends properly without asking: signals, and a machine that shuts down. A second one forces. */
  stop(reason: string): void
  /** True once nothing can bring the app back. */
  readonly stopping: boolean
}

/** The one way out: asks, stops the work, closes the databases, ends the process. */
export function createQuit(steps: QuitSteps): Quit {
  let state: 'running' | 'asking' | 'stopping' = 'running'

  function force(reason: string): void {
    steps.log.error(`quit by force: ${reason}`)
    steps.exit(1)
  }

  async function end(): Promise<void> {
    const timer = setTimeout(
      () => force(`stopping took more than ${FORCE_AFTER_MS / 1000} s`),
      FORCE_AFTER_MS,
    )
    steps.hideWindows()
    let code = 0
    try {
      await steps.work()?.shutdown()
    } catch (error) {
      code = 1
      steps.log.error('the coordinators did not stop properly', error)
    }
    try {
      await steps.close()
    } catch (error) {
      code = 1
      steps.log.error('closing failed', error)
    }
    clearTimeout(timer)
    steps.exit(code)
  }

  function stop(reason: string): void {
    if (state === 'stopping') {
      force(`${reason}, again`)
      return
    }
    state = 'stopping'
    steps.log.info(`stopping: ${reason}`)
    end().catch((error: unknown) => force(String(error)))
  }

  function somethingRuns(work: RunningWork): boolean {
    try {
      return work.runningTurns().length > 0 || (work.runningJobs?.().length ?? 0) > 0
    } catch (error) {
      // Whoever wants to leave can, also with a database that cannot say what runs: it is stopped properly.
      steps.log.error('what runs could not be read before quitting', error)
      return false
    }
  }

  async function look(work: RunningWork): Promise<void> {
    try {
      await work.look?.()
    } catch (error) {
      steps.log.error('what runs could not be looked at before quitting', error)
    }
  }

  async function request(): Promise<void> {
    if (state !== 'running') return
    const work = steps.work()
    if (work === null) {
      stop('the person quit')
      return
    }
    state = 'asking'
    try {
      if (work.look !== undefined) await look(work)
      // A signal may have come meanwhile, or while the question was open.
      if (state !== 'asking') return
      const runs = somethingRuns(work)
      const confirmed = !runs || (await steps.ask(work))
      if (state !== 'asking') return
      state = 'running'
      if (confirmed) stop(runs ? 'the person quit, and stopped what ran' : 'the person quit')
    } catch (error) {
      if (state === 'asking') state = 'running'
      throw error
    }
  }

  return {
    request() {
      request().catch((error: unknown) => steps.log.error('the question before quitting failed', error))
    },
    stop,
    get stopping() {
      return state === 'stopping'
    },
  }
}
