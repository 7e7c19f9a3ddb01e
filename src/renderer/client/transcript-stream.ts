import type { TranscriptMessage } from '@shared/domain'
import { bridge } from './bridge'
import { endPort, requestPort } from './ports'

export interface TranscriptListener {
  onTail(message: Extract<TranscriptMessage, { type: 'tail' }>): void
  onBatch(message: Extract<TranscriptMessage, { type: 'batch' }>): void
}

/**
 * Opens a session's stream. Each batch is acknowledged once it was handled, which is how main learns that the
 * window keeps up. Returns the function that closes it.
 */
export function openTranscript(sessionId: string, listener: TranscriptListener): () => void {
  let port: MessagePort | null = null
  let closed = false
  const receive = (received: MessagePort): void => {
    if (closed) {
      endPort(received)
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
  }
  requestPort((requestId) => bridge().openTranscript(sessionId, requestId), receive)
  return () => {
    closed = true
    if (port !== null) endPort(port)
  }
}
