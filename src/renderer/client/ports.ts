const waiting = new Map<string, (port: MessagePort) => void>()
let listening = false

/**
 * Asks for a port and hands it on when it arrives: ports cannot cross the context bridge, so that each comes as a message
 * of this window.
 */
export function requestPort(ask: (requestId: string) => void, receive: (port: MessagePort) => void): void {
  listenForPorts()
  const requestId = crypto.randomUUID()
  waiting.set(requestId, receive)
  ask(requestId)
}

/** Says that nobody reads it any more. */
export function endPort(port: MessagePort): void {
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
