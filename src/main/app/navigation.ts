import type { WebContents } from 'electron'
import type { NavigationTarget } from '@shared/bridge'

/** More than a person could have asked for before the window is up. */
const KEPT = 10

export interface NavigationBuffer {
  /** Delivers now, or as soon as the page listens. */
  show(target: NavigationTarget): void
  /** The page of these contents listens now. */
  listening(contents: WebContents): void
  /** It no longer does: it loads anew, or is gone. */
  silent(contents: WebContents): void
}

/** Holds what is to be shown until the page of the main window has said that it listens. */
export function createNavigationBuffer(
  send: (contents: WebContents, target: NavigationTarget) => void,
): NavigationBuffer {
  let waiting: NavigationTarget[] = []
  let reader: WebContents | null = null
  return {
    show(target) {
      if (reader === null) waiting = [...waiting, target].slice(-KEPT)
      else send(reader, target)
    },
    listening(contents) {
      reader = contents
      const held = waiting
      waiting = []
      for (const target of held) send(contents, target)
    },
    silent(contents) {
      if (reader === contents) reader = null
    },
  }
}
