import { Worker } from 'node:worker_threads'
import type { OpenTerminalSocket, TerminalSocketEvents } from './types'

/** What goes to the thread that reads terminals. */
export type SocketOrder =
  | { type: 'open'; id: number; url: string; token: string }
  | { type: 'send'; id: number; text: string }
  | { type: 'close'; id: number }

/** What comes from it. */
export type SocketNews =
  | { type: 'data'; id: number; bytes: Uint8Array; ends: number[] }
  | { type: 'word'; id: number; text: string }
  | { type: 'closed'; id: number; reason: string }

/**
 * Connections that a thread of its own reads: however busy main is, the server gets rid of its output. The thread is
 * there while there are terminals.
 */
export function createSocketThread(file: URL): OpenTerminalSocket {
  const listeners = new Map<number, TerminalSocketEvents>()
  let worker: Worker | null = null
  let last = 0

  function start(): Worker {
    const started = new Worker(file)
    started.on('message', (news: SocketNews) => {
      const events = listeners.get(news.id)
      if (events === undefined) return
      if (news.type === 'data') return events.data(news.bytes, news.ends)
      if (news.type === 'word') return events.word(news.text)
      drop(news.id)
      events.closed(news.reason)
    })
    started.on('error', (error) => {
      if (worker === started) worker = null
      for (const [id, events] of listeners) {
        listeners.delete(id)
        events.closed(String(error))
      }
    })
    started.unref()
    return started
  }

  function drop(id: number): void {
    listeners.delete(id)
    if (listeners.size > 0 || worker === null) return
    void worker.terminate()
    worker = null
  }

  const tell = (order: SocketOrder): void => worker?.postMessage(order)

  return (url, token, events) => {
    worker ??= start()
    const id = ++last
    listeners.set(id, events)
    tell({ type: 'open', id, url, token })
    return {
      send: (text) => tell({ type: 'send', id, text }),
      close() {
        if (!listeners.has(id)) return
        tell({ type: 'close', id })
        drop(id)
      },
    }
  }
}
