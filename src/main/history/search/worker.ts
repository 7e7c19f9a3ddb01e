import { parentPort, workerData } from 'node:worker_threads'
import { FindThread } from './find-thread'
import { IndexThread } from './index-thread'
import type { FindOrder, IndexOrder, SearchThread } from './worker-messages'

// A thread of the search: it keeps the index, or answers questions to it.
const port = parentPort
if (port === null) throw new Error('This file is a worker')
const thread = workerData as SearchThread
if (thread.role === 'index') {
  const index = new IndexThread(port, thread)
  port.on('message', (order: IndexOrder) => index.order(order))
  await index.run()
  port.close()
} else {
  const find = new FindThread(thread, (answer) => port.postMessage(answer))
  port.on('message', (order: FindOrder) => find.order(order))
}
