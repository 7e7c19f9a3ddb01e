import { parentPort } from 'node:worker_threads'
import { answer, type WorkerRequest } from './worker-tasks'

/** Database work that takes long, on a thread of its own. */
parentPort?.on('message', (request: WorkerRequest) => {
  parentPort?.postMessage(answer(request))
})
