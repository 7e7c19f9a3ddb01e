import { parentPort, workerData } from 'node:worker_threads'
import { FoundryError, toErrorValue } from '@shared/errors'
import type { TransferContext, TransferNews, TransferOrder, TransferThread, Written } from './messages'
import { work } from './work'

// One export or import, on a thread of its own.
const port = parentPort
if (port === null) throw new Error('This file is a worker')
const thread = workerData as TransferThread

/** Told no more often than this. */
const TELL_MS = 100
/** How often orders are looked for. */
const LISTEN_MS = 10

let cancelled = false
let told = 0
let listened = 0
let lastId = 0
const waiting = new Map<number, { resolve(written: Written): void; reject(error: unknown): void }>()

const tell = (news: TransferNews): void => port.postMessage(news)

port.on('message', (order: TransferOrder) => {
  if (order.type === 'cancel') {
    cancelled = true
    return
  }
  const waits = waiting.get(order.id)
  waiting.delete(order.id)
  if (order.type === 'written') waits?.resolve(order.written)
  else {
    const { kind, message, next, detail } = order.error
    waits?.reject(
      new FoundryError(kind, message, {
        ...(next === undefined ? {} : { next }),
        ...(detail === undefined ? {} : { detail }),
      }),
    )
  }
})

const context: TransferContext = {
  async step(done, stage) {
    const now = performance.now()
    if (now - told > TELL_MS) {
      told = now
      tell({ type: 'progress', done, ...(stage === undefined ? {} : { stage }) })
    }
    if (now - listened > LISTEN_MS) {
      await new Promise((resolve) => setImmediate(resolve))
      listened = performance.now()
    }
    if (cancelled) throw new FoundryError('cancelled', 'Stopped.')
  },
  async write(writes) {
    const id = (lastId += 1)
    return new Promise<Written>((resolve, reject) => {
      waiting.set(id, { resolve, reject })
      tell({ type: 'write', id, writes })
    })
  },
}

try {
  tell({ type: 'done', report: await work(thread, context) })
} catch (error) {
  tell({ type: 'failed', error: toErrorValue(error) })
}
port.close()
