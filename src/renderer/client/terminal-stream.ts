import type { TerminalMessage, TerminalRequest } from '@shared/terminals'
import { bridge } from './bridge'
import { endPort, requestPort } from './ports'

export interface TerminalPort {
  /** Kept until the port is there. */
  send(request: TerminalRequest): void
  close(): void
}

/** Opens the stream of a terminal. What came has to be acknowledged once it is drawn. */
export function openTerminalStream(
  terminalId: string,
  onMessage: (message: TerminalMessage) => void,
): TerminalPort {
  let port: MessagePort | null = null
  let closed = false
  let early: TerminalRequest[] = []
  const receive = (received: MessagePort): void => {
    if (closed) {
      endPort(received)
      return
    }
    port = received
    received.onmessage = (event: MessageEvent<TerminalMessage>) => onMessage(event.data)
    for (const request of early) received.postMessage(request)
    early = []
  }
  requestPort((requestId) => bridge().openTerminal(terminalId, requestId), receive)
  return {
    send(request) {
      if (port === null) early.push(request)
      else port.postMessage(request)
    },
    close() {
      closed = true
      if (port !== null) endPort(port)
    },
  }
}
