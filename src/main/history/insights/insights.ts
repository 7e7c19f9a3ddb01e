import { Worker } from 'node:worker_threads'
import { FoundryError, fromErrorValue } from '@shared/errors'
import type { Insights, InsightsQuestion } from '@shared/insights'
import type { InsightsAnswer, InsightsOrder, InsightsThreadOptions } from './thread'

/** Figures of what was done. They are counted on a thread that is there only while somebody looks at them. */
export interface InsightsReader {
  /**
   * A question takes the place of the one before.
   *
   * @throws FoundryError `cancelled` when another one was asked meanwhile
   */
  read(question: InsightsQuestion): Promise<Insights>
  /** Ends the thread. */
  close(): Promise<void>
}

/** The thread ends when nobody asked for so long. */
const IDLE_MS = 60_000

interface Asked {
  resolve(answer: InsightsAnswer): void
  reject(error: unknown): void
}

export function createInsights(
  options: InsightsThreadOptions & { script: URL; reportError(error: unknown, what: string): void },
): InsightsReader {
  const { script, directory, nativeBinding, reportError } = options
  const newest = new Int32Array(new SharedArrayBuffer(4))
  const asked = new Map<number, Asked>()
  let thread: Worker | null = null
  let idle: ReturnType<typeof setTimeout> | undefined
  let lastId = 0
  let closed = false

  async function end(error: unknown): Promise<void> {
    clearTimeout(idle)
    const ended = thread?.terminate()
    thread = null
    for (const { reject } of asked.values()) reject(error)
    asked.clear()
    await ended
  }

  function begin(): Worker {
    clearTimeout(idle)
    idle = setTimeout(() => {
      if (asked.size === 0) void end(null)
    }, IDLE_MS)
    idle.unref()
    if (thread !== null) return thread
    const workerData: InsightsThreadOptions = { directory, nativeBinding }
    const worker = new Worker(script, { workerData })
    thread = worker
    worker.on('message', (answer: InsightsAnswer) => {
      asked.get(answer.id)?.resolve(answer)
      asked.delete(answer.id)
      // Only somebody who waits for an answer keeps a process from ending.
      if (asked.size === 0) worker.unref()
    })
    worker.on('error', (error) => {
      reportError(error, 'counting for insights')
      if (thread === worker) void end(error)
    })
    return worker
  }

  return {
    async read(question) {
      if (closed) throw new FoundryError('cancelled', 'Foundry is closing.')
      const id = (lastId += 1)
      Atomics.store(newest, 0, id)
      const answer = await new Promise<InsightsAnswer>((resolve, reject) => {
        asked.set(id, { resolve, reject })
        const worker = begin()
        worker.ref()
        worker.postMessage({ id, question, newest } satisfies InsightsOrder)
      })
      if ('insights' in answer) return answer.insights
      throw fromErrorValue(answer.error)
    },
    async close() {
      closed = true
      await end(new FoundryError('cancelled', 'Foundry is closing.'))
    },
  }
}
