import { parentPort } from 'node:worker_threads'
import { answer, type WorkerRequest } from './worker-tasks'

/** Database work that takes long, on a thread of its own. Its first message is what to do, any other to give up. */
let cancelled = false
parentPort?.once('message', (request: WorkerRequest) => {
  parentPort?.once('message', () => (cancelled = true))
  void answer(request, {
    progress: (progress) => parentPort?.postMessage({ progress }),
    cancelled: () => cancelled,
  }).then((result) => parentPort?.postMessage(result))
})
