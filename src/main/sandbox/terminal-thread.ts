import { Worker } from 'node:worker_threads'
import type { OpenTerminalReader, TerminalAddress, TerminalReaderEvents } from './types'

/** What goes to the thread that reads terminals. */
export type ReaderOrder =
  | { type: 'open'; id: number; address: TerminalAddress }
  | { type: 'write'; id: number; bytes: Uint8Array }
  | { type: 'resize'; id: number; columns: number; rows: number }
  | { type: 'close'; id: number }

/** What comes from it. */
export type ReaderNews =
  | { type: 'ready'; id: number }
  | { type: 'data'; id: number; bytes: Uint8Array }
  | { type: 'exit'; id: number; exitCode: number | null }
  | { type: 'failed'; id: number; reason: string }

/**
 * Terminals that a thread of its own reads: however busy main is, the server gets rid of its output, and whatever it takes
 * to find what the server gave up holds up nobody. The thread is there while there are terminals.
 */
export function createTerminalThread(file: URL): OpenTerminalReader {
  const listeners = new Map<number, TerminalReaderEvents>()
  let worker: Worker | null = null
  let last = 0

  function start(): Worker {
    const started = new Worker(file)
    started.on('message', (news: ReaderNews) => {
      const events = listeners.get(news.id)
      if (events === undefined) return
      if (news.type === 'ready') return events.ready()
      if (news.type === 'data') return events.data(news.bytes)
      drop(news.id)
      if (news.type === 'exit') events.exit(news.exitCode)
      else events.failed(news.reason)
    })
    started.on('error', (error) => {
      if (worker === started) worker = null
      for (const [id, events] of listeners) {
        listeners.delete(id)
        events.failed(String(error))
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

  const tell = (order: ReaderOrder): void => worker?.postMessage(order)

  return (address, events) => {
    worker ??= start()
    const id = ++last
    listeners.set(id, events)
    tell({ type: 'open', id, address })
    return {
      write: (bytes) => tell({ type: 'write', id, bytes }),
      resize: (columns, rows) => tell({ type: 'resize', id, columns, rows }),
      close() {
        if (!listeners.has(id)) return
        tell({ type: 'close', id })
        drop(id)
      },
    }
  }
}
