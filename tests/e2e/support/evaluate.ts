import type { ElectronApplication } from '@playwright/test'

/** How the inspector says that it lost what an evaluation returned. */
const LOST = 'promise was garbage collected'
const TRIES = 3

/**
 * V8's inspector holds the result of an evaluation weakly and can lose it to the garbage collector, whether or not
 * the function has run (microsoft/playwright#33737). Such an evaluation is done again, so what tests run in the
 * main process must be harmless when it runs twice.
 */
export function keepEvaluations(electron: ElectronApplication): void {
  const evaluate = electron.evaluate.bind(electron) as (...args: unknown[]) => Promise<unknown>
  const again = async (...args: unknown[]): Promise<unknown> => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await evaluate(...args)
      } catch (error) {
        if (attempt === TRIES || !(error instanceof Error) || !error.message.includes(LOST)) throw error
      }
    }
  }
  electron.evaluate = again as ElectronApplication['evaluate']
}
