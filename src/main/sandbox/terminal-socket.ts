import { WebSocket, type RawData } from 'ws'
import { isServersWord } from './servers-word'
import type { OpenTerminalSocket } from './types'

/** A connection read by this thread. It is never paused: what the server cannot give away it gives up. */
export const openSocketHere: OpenTerminalSocket = (url, token, events) => {
  const socket = new WebSocket(url, {
    headers: { authorization: `Bearer ${token}` },
    perMessageDeflate: false,
  })
  let batch: Uint8Array[] = []
  let frames = 0
  let length = 0
  let lastLength = 0
  let open = true

  // A flood comes in thousands of frames, whose handling one by one would cost more than reading them.
  function flush(): void {
    if (frames === 0) return
    // Into a buffer of its own: frames are parts of larger ones.
    const bytes = new Uint8Array(length)
    let filled = 0
    for (const part of batch) {
      bytes.set(part, filled)
      filled += part.length
    }
    const count = frames
    batch = []
    frames = length = 0
    events.data(bytes, count, lastLength)
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
    if (frames === 0)
      setImmediate(() => {
        if (open) flush()
      })
    frames += 1
    lastLength = isServersWord(bytes) ? 0 : bytes.length
    if (lastLength === 0) return
    batch.push(bytes)
    length += bytes.length
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
