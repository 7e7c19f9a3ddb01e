import { ipcMain, type IpcMainEvent, type IpcMainInvokeEvent, type WebContents } from 'electron'
import { channels } from '@shared/channels'
import type { NavigationTarget } from '@shared/bridge'
import { FoundryError, toErrorValue, type ErrorValue, type Result } from '@shared/errors'
import { trustedSender } from '../app/trusted-sender'
import type { Dispatch } from './dispatch'
import type { OpenFeed } from './feeds'
import type { TopicHub, TopicSubscriber } from './topic-hub'

export interface IpcServices {
  dispatch: Dispatch
  /** Absent in the recovery window, which works without a database. */
  live?: { hub: TopicHub; openTranscript: OpenFeed; openTerminal: OpenFeed }
}

const REFUSED: ErrorValue = { kind: 'invalid_input', message: 'This window may not call Foundry.' }

/**
 * The one place that touches `ipcMain`. Every message is checked for its sender first: only the main frame of
 * a window of ours is answered. Returns the function that takes everything down again.
 *
 * @param starting what stands behind it. A page may load and ask before that is there; its questions wait.
 */
export function registerIpc(
  starting: Promise<IpcServices>,
  reportError: (error: unknown, what: string) => void,
): () => void {
  const subscribers = new Map<number, TopicSubscriber>()
  let services: IpcServices | null = null
  const started = starting.then((value) => (services = value))

  async function liveServices(): Promise<NonNullable<IpcServices['live']>> {
    const { live } = services ?? (await started)
    if (live === undefined)
      throw new FoundryError('unsupported', 'There is nothing to follow while Foundry recovers.')
    return live
  }

  function subscriberOf(contents: WebContents, hub: TopicHub): TopicSubscriber {
    const known = subscribers.get(contents.id)
    if (known !== undefined) return known
    const subscriber: TopicSubscriber = {
      deliver(updates) {
        if (!contents.isDestroyed()) contents.send(channels.updates, updates)
      },
    }
    subscribers.set(contents.id, subscriber)
    const drop = (): void => {
      hub.unsubscribeAll(subscriber)
    }
    // A reloaded page subscribes anew; what the old one read is nobody's any more.
    // (A navigation that was refused starts too, but never arrives.)
    contents.on('did-navigate', drop)
    contents.on('render-process-gone', drop)
    contents.once('destroyed', () => {
      drop()
      subscribers.delete(contents.id)
    })
    return subscriber
  }

  function guarded<Arguments extends unknown[], Value>(
    run: (event: IpcMainInvokeEvent, ...args: Arguments) => Result<Value> | Promise<Result<Value>>,
  ) {
    return async (event: IpcMainInvokeEvent, ...args: Arguments): Promise<Result<Value>> => {
      if (!trustedSender(event)) return { ok: false, error: REFUSED }
      try {
        return await run(event, ...args)
      } catch (error) {
        if (!(error instanceof FoundryError)) reportError(error, 'ipc')
        return { ok: false, error: toErrorValue(error) }
      }
    }
  }

  ipcMain.handle(
    channels.call,
    guarded(async (_event, operation: unknown, input: unknown) =>
      (services ?? (await started)).dispatch(String(operation), input),
    ),
  )
  ipcMain.handle(
    channels.subscribe,
    guarded(async (event, topic: unknown) => {
      const { hub } = await liveServices()
      return { ok: true, value: hub.subscribe(String(topic), subscriberOf(event.sender, hub)) }
    }),
  )
  ipcMain.handle(
    channels.page,
    guarded(async (_event, topic: unknown, cursor: unknown) => {
      const { hub } = await liveServices()
      return { ok: true, value: hub.page(String(topic), String(cursor)) }
    }),
  )
  const onUnsubscribe = (event: IpcMainEvent, topic: unknown): void => {
    const hub = services?.live?.hub
    if (hub !== undefined && trustedSender(event))
      hub.unsubscribe(String(topic), subscriberOf(event.sender, hub))
  }
  const onTranscript = (event: IpcMainEvent, sessionId: unknown, requestId: unknown): void => {
    if (trustedSender(event)) services?.live?.openTranscript(event, sessionId, String(requestId))
  }
  const onTerminal = (event: IpcMainEvent, terminalId: unknown, requestId: unknown): void => {
    if (trustedSender(event)) services?.live?.openTerminal(event, terminalId, String(requestId))
  }
  ipcMain.on(channels.unsubscribe, onUnsubscribe)
  ipcMain.on(channels.transcript, onTranscript)
  ipcMain.on(channels.terminal, onTerminal)

  return () => {
    ipcMain.removeHandler(channels.call)
    ipcMain.removeHandler(channels.subscribe)
    ipcMain.removeHandler(channels.page)
    ipcMain.off(channels.unsubscribe, onUnsubscribe)
    ipcMain.off(channels.transcript, onTranscript)
    ipcMain.off(channels.terminal, onTerminal)
  }
}

/** Tells a window what to show. It only ever shows; nothing starts by itself. */
export function sendNavigation(contents: WebContents, target: NavigationTarget): void {
  contents.send(channels.navigate, target)
}
