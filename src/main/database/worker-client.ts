import { Worker } from 'node:worker_threads'
import type { BackupProgress, WorkerAnswer, WorkerRequest, WorkerTasks } from './worker-tasks'

/** What the code of a failure says when the task was given up. */
export const CANCELLED = 'CANCELLED'

/** Off-thread work on database files; see `worker-tasks.ts`. Rejects with the code of SQLite where it has one. */
export interface DatabaseWorker {
  ask<Type extends keyof WorkerTasks>(
    type: Type,
    input: WorkerTasks[Type]['input'],
    options?: AskOptions,
  ): Promise<WorkerTasks[Type]['output']>
}

export interface AskOptions {
  progress?: (progress: BackupProgress) => void
  signal?: AbortSignal
}

/** Starts the worker for one request and lets it go: such work is rare, and an idle thread costs memory. */
export function createDatabaseWorker(script: URL, nativeBinding: string | undefined): DatabaseWorker {
  return {
    ask(type, input, { progress, signal } = {}) {
      return new Promise((resolve, reject) => {
        const worker = new Worker(script)
        const cancel = (): void => worker.postMessage('cancel')
        worker.once('error', reject)
        worker.once('exit', (code) => {
          signal?.removeEventListener('abort', cancel)
          reject(new Error(`The database worker ended with code ${code}`))
        })
        worker.on('message', (message: WorkerAnswer | { progress: BackupProgress }) => {
          if ('progress' in message) return progress?.(message.progress)
          if ('failure' in message) reject(Object.assign(new Error(message.failure), { code: message.code }))
          else resolve(message.value as WorkerTasks[typeof type]['output'])
          void worker.terminate()
        })
        worker.postMessage({ ...input, type, nativeBinding } as WorkerRequest)
        if (signal?.aborted === true) cancel()
        else signal?.addEventListener('abort', cancel)
      })
    },
  }
}
