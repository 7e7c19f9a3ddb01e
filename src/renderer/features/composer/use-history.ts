import { type KeyboardEvent, useRef } from 'react'
import { call } from '../../client/call'
import { showError } from '../../ui/toast'

/**
 * What was sent before, in any task: Arrow up in an empty field goes back through it, Arrow down forward again, to the
 * empty field at the end.
 */
export function usePromptHistory(
  read: () => string,
  put: (text: string) => void,
): (event: KeyboardEvent) => boolean {
  const list = useRef<readonly string[]>([])
  /** What of the list stands in the field; -1 while nothing does. */
  const at = useRef(-1)

  const show = (place: number) => {
    at.current = place
    put(list.current[place] ?? '')
  }
  const begin = async () => {
    const result = await call('session.history', { words: '' })
    if (!result.ok) return showError(result.error)
    list.current = result.value
    // Meanwhile something may have been typed.
    if (read() === '' && result.value.length > 0) show(0)
  }
  return (event) => {
    if (event.shiftKey || event.altKey || event.ctrlKey || event.metaKey) return false
    const text = read()
    const browsing = at.current >= 0 && text === list.current[at.current]
    if (!browsing) at.current = -1
    if (event.key === 'ArrowUp' && text === '') {
      void begin()
      return true
    }
    if (!browsing) return false
    if (event.key === 'ArrowUp') {
      if (at.current + 1 < list.current.length) show(at.current + 1)
      return true
    }
    if (event.key !== 'ArrowDown') return false
    show(at.current - 1)
    return true
  }
}
