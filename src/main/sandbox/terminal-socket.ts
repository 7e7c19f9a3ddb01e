import { WebSocket, type RawData } from 'ws'
import type { OpenTerminalSocket } from './types'

/** A connection read by this thread. It is never paused: what the server cannot give away it gives up. */
export const openSocketHere: OpenTerminalSocket = (url, token, events) => {
  const socket = new WebSocket(url, {
    headers: { authorization: `Bearer ${token}` },
    perMessageDeflate: false,
  })
  let batch: Uint8Array[] = []
  let ends: number[] = []
  let length = 0
  let open = true

  // A flood comes in thousands of frames, which are handed on together.
  function flush(): void {
    if (ends.length === 0) return
    // Into a buffer of its own: frames are parts of larger ones.
    const bytes = new Uint8Array(length)
    for (const [index, part] of batch.entries()) bytes.set(part, (ends[index] ?? 0) - part.length)
    const all = ends
    batch = []
    ends = []
    length = 0
    events.data(bytes, all)
  }
  function end(reason: string): void {
    if (!open) return
    open = false
    flush()
    events.closed(reason)
  }

  socket.on('message', (data, isBinary) => {
    if (!open) return
    const bytes = bytesOf(data)
    if (!isBinary) {
      flush()
      return events.word(Buffer.from(bytes).toString('utf8'))
    }
    if (ends.length === 0)
      setImmediate(() => {
        if (open) flush()
      })
    batch.push(bytes)
    length += bytes.length
    ends.push(length)
  })
  socket.on('error', (error) => end(error.message))
  socket.on('close', () => end('The connection was closed.'))

  return {
    send(text) {
      if (socket.readyState === WebSocket.OPEN) socket.send(text)
    },
    close() {
      open = false
      socket.close()
    },
  }
}

function bytesOf(data: RawData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data)
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data
}
