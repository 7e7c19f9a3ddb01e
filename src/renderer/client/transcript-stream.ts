import type { TranscriptMessage } from '@shared/domain'
import { bridge } from './bridge'

export interface TranscriptListener {
  onTail(message: Extract<TranscriptMessage, { type: 'tail' }>): void
  onBatch(message: Extract<TranscriptMessage, { type: 'batch' }>): void
}

const waiting = new Map<string, (port: MessagePort) => void>()
let listening = false

/**
 * Opens a session's stream. Each batch is acknowledged once it was handled, which is how main learns that the
 * window keeps up. Returns the function that closes it.
 */
export function openTranscript(sessionId: string, listener: TranscriptListener): () => void {
  listenForPorts()
  const requestId = crypto.randomUUID()
  let port: MessagePort | null = null
  let closed = false
  waiting.set(requestId, (received) => {
    if (closed) {
      end(received)
      return
    }
    port = received
    received.onmessage = (event: MessageEvent<TranscriptMessage>) => {
      const message = event.data
      if (message.type === 'tail') listener.onTail(message)
      else {
        listener.onBatch(message)
        received.postMessage({ type: 'ack', sequence: message.sequence })
      }
    }
  })
  bridge().openTranscript(sessionId, requestId)
  return () => {
    closed = true
    if (port !== null) end(port)
  }
}

function end(port: MessagePort): void {
  port.onmessage = null
  port.postMessage({ type: 'close' })
  port.close()
}

function listenForPorts(): void {
  if (listening) return
  listening = true
  window.addEventListener('message', (event) => {
    if (event.source !== window || !isPortMessage(event.data)) return
    const deliver = waiting.get(event.data.requestId)
    const port = event.ports[0]
    if (deliver === undefined || port === undefined) return
    waiting.delete(event.data.requestId)
    deliver(port)
  })
}

function isPortMessage(data: unknown): data is { type: 'foundry:port'; requestId: string } {
  return (
    typeof data === 'object' &&
    data !== null &&
    'type' in data &&
    data.type === 'foundry:port' &&
    'requestId' in data &&
    typeof data.requestId === 'string'
  )
}
