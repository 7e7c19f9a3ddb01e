import { WebSocket, type RawData } from 'ws'

export interface TerminalSocket {
  send(text: string): void
  close(): void
}

/** What a connection tells, in the order in which it happens. */
export interface TerminalSocketEvents {
  /** Output, in the frames in which it came: the server's record has one entry for each. */
  frames(frames: readonly Uint8Array[]): void
  /** A word of the server itself, as JSON. */
  word(text: string): void
  /** The last call, unless it was us who closed. */
  closed(reason: string): void
}

/**
 * Connects at once; whether that worked is told by the events. The connection is never paused: what the server cannot give
 * away it gives up.
 */
export function openSocket(url: string, token: string, events: TerminalSocketEvents): TerminalSocket {
  const socket = new WebSocket(url, {
    headers: { authorization: `Bearer ${token}` },
    perMessageDeflate: false,
  })
  let batch: Uint8Array[] = []
  let open = true

  // A flood comes in thousands of frames, which are handed on together.
  function flush(): void {
    if (batch.length === 0) return
    const frames = batch
    batch = []
    events.frames(frames)
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
    if (batch.length === 0)
      setImmediate(() => {
        if (open) flush()
      })
    batch.push(bytes)
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
