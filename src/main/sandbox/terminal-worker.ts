import { parentPort } from 'node:worker_threads'
import { openReaderHere } from './terminal-reader'
import type { ReaderNews, ReaderOrder } from './terminal-thread'
import type { TerminalReader } from './types'

// The thread that reads the output of terminals, and does nothing else.
const port = parentPort
if (port === null) throw new Error('This file is a worker')
const readers = new Map<number, TerminalReader>()
const tell = (news: ReaderNews, transfer: ArrayBuffer[] = []): void => port.postMessage(news, transfer)

port.on('message', (order: ReaderOrder) => {
  const { id } = order
  if (order.type === 'write') return readers.get(id)?.write(order.bytes)
  if (order.type === 'resize') return readers.get(id)?.resize(order.columns, order.rows)
  if (order.type === 'close') {
    readers.get(id)?.close()
    readers.delete(id)
    return
  }
  const reader = openReaderHere(order.address, {
    ready: () => tell({ type: 'ready', id }),
    data: (bytes) => tell({ type: 'data', id, bytes }, [bytes.buffer as ArrayBuffer]),
    exit(exitCode) {
      readers.delete(id)
      tell({ type: 'exit', id, exitCode })
    },
    failed(reason) {
      readers.delete(id)
      tell({ type: 'failed', id, reason })
    },
  })
  readers.set(id, reader)
})
