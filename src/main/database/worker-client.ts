import { Worker } from 'node:worker_threads'
import type { DatabaseWorker } from './backup'
import type { WorkerAnswer, WorkerRequest } from './worker-tasks'

type Unbound<Request> = Request extends unknown ? Omit<Request, 'nativeBinding'> : never

/** Starts the worker for one request and lets it go: such work is rare, and an idle thread costs memory. */
export function createDatabaseWorker(script: URL, nativeBinding: string | undefined): DatabaseWorker {
  function ask(request: Unbound<WorkerRequest>): Promise<string | null> {
    return new Promise((resolve, reject) => {
      const worker = new Worker(script)
      worker.once('error', reject)
      worker.once('exit', (code) => reject(new Error(`The database worker ended with code ${code}`)))
      worker.once('message', (answer: WorkerAnswer) => {
        if ('failure' in answer) reject(Object.assign(new Error(answer.failure), { code: answer.code }))
        else resolve(answer.value)
        void worker.terminate()
      })
      worker.postMessage({ ...request, nativeBinding })
    })
  }
  return {
    async backup(source, target) {
      await ask({ type: 'backup', source, target })
    },
    check: (file, thorough) => ask({ type: 'check', file, thorough }),
    async checkpoint(file) {
      await ask({ type: 'checkpoint', file })
    },
  }
}
