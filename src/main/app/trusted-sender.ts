import type { IpcMainEvent, IpcMainInvokeEvent, WebContents } from 'electron'
import { APP_ORIGIN } from './app-protocol-path'

const ours = new Set<number>()

/** From now on, and until it is gone, its main frame may call. Only for windows that main itself made. */
export function trustWebContents(contents: WebContents): void {
  const { id } = contents
  ours.add(id)
  contents.once('destroyed', () => ours.delete(id))
}

/** True for the main frame of a window of ours while it shows a page of ours. All else is refused. */
export function trustedSender(event: IpcMainEvent | IpcMainInvokeEvent): boolean {
  const frame = event.senderFrame
  // Null once the frame navigated away or is gone.
  if (frame === null) return false
  return ours.has(event.sender.id) && frame.parent === null && frame.origin === APP_ORIGIN
}
