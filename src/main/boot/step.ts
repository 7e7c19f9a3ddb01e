import type { Log } from './services'

export interface Phase {
  readonly name: string
  /** Epoch milliseconds. */
  readonly startedAt: number
  readonly durationMs: number
}

/** A phase of the start failed; `cause` is what it threw. */
export class BootFailure extends Error {
  readonly phase: string

  constructor(phase: string, cause: unknown) {
    super(`The start failed in the phase "${phase}"`, { cause })
    this.name = 'BootFailure'
    this.phase = phase
  }
}

export interface Steps {
  /** Those that ended well, in order. */
  readonly phases: readonly Phase[]
  /**
   * Runs one phase of the start, times it and logs it.
   *
   * @throws BootFailure
   */
  step<Value>(name: string, run: () => Promise<Value> | Value): Promise<Value>
}

export function createSteps(log: Pick<Log, 'info'>): Steps {
  const phases: Phase[] = []
  return {
    phases,
    async step(name, run) {
      const startedAt = Date.now()
      const start = performance.now()
      try {
        const value = await run()
        const durationMs = performance.now() - start
        phases.push({ name, startedAt, durationMs })
        log.info(`${name}: ${durationMs.toFixed(1)} ms`)
        return value
      } catch (error) {
        throw new BootFailure(name, error)
      }
    },
  }
}
