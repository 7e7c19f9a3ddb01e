import { useSyncExternalStore } from 'react'

/** Whether the window can be seen at all: what is only to be looked at rests while it cannot. */
export function useVisible(): boolean {
  return useSyncExternalStore(onVisibility, isVisible)
}

function onVisibility(listener: () => void): () => void {
  document.addEventListener('visibilitychange', listener)
  return () => document.removeEventListener('visibilitychange', listener)
}

function isVisible(): boolean {
  return document.visibilityState === 'visible'
}
