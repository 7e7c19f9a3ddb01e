import { parentPort } from 'node:worker_threads'
import { openSocketHere } from './terminal-socket'
import type { SocketNews, SocketOrder } from './terminal-socket-client'
import type { TerminalSocket } from './types'

// The thread that reads the output of terminals, and does nothing else.
const port = parentPort
if (port === null) throw new Error('This file is a worker')
const sockets = new Map<number, TerminalSocket>()
const tell = (news: SocketNews, transfer: ArrayBuffer[] = []): void => port.postMessage(news, transfer)

port.on('message', (order: SocketOrder) => {
  const { id } = order
  if (order.type === 'send') return sockets.get(id)?.send(order.text)
  if (order.type === 'close') {
    sockets.get(id)?.close()
    sockets.delete(id)
    return
  }
  const socket = openSocketHere(order.url, order.token, {
    data: (bytes, ends) => tell({ type: 'data', id, bytes, ends: [...ends] }, [bytes.buffer as ArrayBuffer]),
    word: (text) => tell({ type: 'word', id, text }),
    closed(reason) {
      sockets.delete(id)
      tell({ type: 'closed', id, reason })
    },
  })
  sockets.set(id, socket)
})
