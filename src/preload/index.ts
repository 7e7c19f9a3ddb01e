import { contextBridge, ipcRenderer, webUtils } from 'electron'
import type { FoundryBridge } from '@shared/bridge'
import { channels } from '@shared/channels'
import type { Result } from '@shared/errors'

/** Invokes without ever rejecting: what IPC itself refuses (a value it cannot copy) is an error value too. */
function invoke<Value>(channel: string, first: unknown, second?: unknown): Promise<Result<Value>> {
  return ipcRenderer.invoke(channel, first, second).catch((error: unknown) => ({
    ok: false,
    error: {
      kind: 'internal',
      message: 'The window could not reach the rest of Foundry.',
      detail: error instanceof Error ? error.message : String(error),
    },
  }))
}

/** Listens to a channel and hands on the payload alone, never the event. */
function listen(channel: string, listener: (payload: never) => void): () => void {
  const forward = (_event: unknown, payload: unknown): void => {
    // Main alone sends on these channels, and the contract says what.
    listener(payload as never)
  }
  ipcRenderer.on(channel, forward)
  return () => {
    ipcRenderer.off(channel, forward)
  }
}

let navigationListeners = 0

const bridge: FoundryBridge = {
  platform: process.platform === 'darwin' || process.platform === 'win32' ? process.platform : 'linux',
  call: (operation, input) => invoke(channels.call, operation, input),
  subscribe: (topic) => invoke(channels.subscribe, topic),
  unsubscribe(topic) {
    ipcRenderer.send(channels.unsubscribe, topic)
  },
  page: (topic, cursor) => invoke(channels.page, topic, cursor),
  onUpdates: (listener) => listen(channels.updates, listener),
  openTranscript(sessionId, requestId) {
    ipcRenderer.send(channels.transcript, sessionId, requestId)
  },
  openTerminal(terminalId, requestId) {
    ipcRenderer.send(channels.terminal, terminalId, requestId)
  },
  onNavigate(listener) {
    const stop = listen(channels.navigate, listener)
    navigationListeners += 1
    // What came before anybody listened waits in main for this.
    if (navigationListeners === 1) ipcRenderer.send(channels.navigate)
    let listening = true
    return () => {
      if (!listening) return
      listening = false
      navigationListeners -= 1
      stop()
    }
  },
  pathForFile(file) {
    return file instanceof File ? webUtils.getPathForFile(file) : ''
  },
}

// Ports cannot cross the context bridge: they reach the page as a message of its own window, which no other
// origin can receive.
ipcRenderer.on(channels.port, (event, { requestId }: { requestId: string }) => {
  window.postMessage({ type: 'foundry:port', requestId }, window.location.origin, event.ports)
})

contextBridge.exposeInMainWorld('foundry', bridge)
