import { Worker } from 'node:worker_threads'
import { FoundryError } from '@shared/errors'
import type { HistoryPage, HistorySummary } from '@shared/history'
import type { RecordAnswer, RecordOrder, RecordRequest, RecordThread, TimelineRequest } from './messages'

/** The history of tasks, told from what is stored alone, on a thread of its own. */
export interface TaskRecord {
  timeline(request: TimelineRequest): Promise<HistoryPage>
  summary(request: RecordRequest & { from: number }): Promise<HistorySummary>
  close(): void
}

export interface TaskRecordOptions extends RecordThread {
  script: URL
  reportError(error: unknown, what: string): void
}

/** A thread costs memory: it ends when nobody asked for so long. */
const IDLE_MS = 60_000

interface Waiting {
  resolve(answer: RecordAnswer): void
  reject(error: unknown): void
}

export function createTaskRecord(options: TaskRecordOptions): TaskRecord {
  const { script, directory, nativeBinding, reportError } = options
  let thread: Worker | null = null
  let idle: ReturnType<typeof setTimeout> | undefined
  let closed = false
  let lastId = 0
  const waiting = new Map<number, Waiting>()

  function end(error: unknown): void {
    clearTimeout(idle)
    void thread?.terminate()
    thread = null
    for (const { reject } of waiting.values()) reject(error)
    waiting.clear()
  }

  function running(): Worker {
    clearTimeout(idle)
    idle = setTimeout(() => {
      if (waiting.size === 0) end(null)
    }, IDLE_MS)
    idle.unref()
    if (thread !== null) return thread
    const worker = new Worker(script, { workerData: { directory, nativeBinding } satisfies RecordThread })
    thread = worker
    worker.on('message', (answer: RecordAnswer) => {
      waiting.get(answer.id)?.resolve(answer)
      waiting.delete(answer.id)
      // Only somebody who waits for an answer keeps a process from ending.
      if (waiting.size === 0) worker.unref()
    })
    worker.on('error', (error) => {
      reportError(error, 'reading the history of a task')
      if (thread === worker) end(error)
    })
    return worker
  }

  async function ask(order: RecordOrder): Promise<RecordAnswer> {
    if (closed) throw new FoundryError('cancelled', 'Foundry is closing.')
    const answer = await new Promise<RecordAnswer>((resolve, reject) => {
      waiting.set(order.id, { resolve, reject })
      const worker = running()
      worker.ref()
      worker.postMessage(order)
    })
    if (!('error' in answer)) return answer
    const { kind, message, next, detail } = answer.error
    throw new FoundryError(kind, message, {
      ...(next === undefined ? {} : { next }),
      ...(detail === undefined ? {} : { detail }),
    })
  }

  return {
    async timeline(request) {
      const answer = await ask({ type: 'timeline', id: (lastId += 1), request })
      if (!('page' in answer)) throw new Error('The history gave no page')
      return answer.page
    },
    async summary(request) {
      const answer = await ask({ type: 'summary', id: (lastId += 1), request })
      if (!('summary' in answer)) throw new Error('The history gave no summary')
      return answer.summary
    },
    close() {
      closed = true
      end(new FoundryError('cancelled', 'Foundry is closing.'))
    },
  }
}
