import type { GitState, TaskDetail } from '@shared/domain'
import { useEffect, useRef } from 'react'

/** A state older than this is read again when it is looked at, and when somebody comes back to the window. */
const staleMs = 3000

/** Whether there is a checkout to ask. */
export const canRead = ({ sandbox, status }: TaskDetail): boolean =>
  sandbox !== null && sandbox.state !== 'preparing' && status !== 'archived'

/** The state is read when it is first shown and when somebody comes back to it; turns and commands tell of changes. */
export function useRefresh(git: GitState | undefined, ready: boolean, refresh: () => void): void {
  const readAt = useRef(0)
  useEffect(() => {
    readAt.current = git?.refreshedAt ?? 0
  }, [git])
  useEffect(() => {
    if (!ready) return undefined
    if (Date.now() - readAt.current > staleMs) refresh()
    const onFocus = () => {
      if (Date.now() - readAt.current > staleMs) refresh()
    }
    window.addEventListener('focus', onFocus)
    return () => window.removeEventListener('focus', onFocus)
  }, [ready, refresh])
}
