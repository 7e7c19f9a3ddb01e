import type { TaskId } from '@shared/ids'
import { createContext, useContext } from 'react'

/** Where the agent of the transcript works; null while there is no task to open files of. */
export const Checkout = createContext<{ taskId: TaskId; directory: string } | null>(null)

/** A path as a person knows it: relative inside the checkout, whole where the agent left it. */
export function relativeTo(directory: string, path: string): string {
  if (directory === '' || !path.startsWith(directory)) return path
  const rest = path.slice(directory.length)
  return /^[/\\]./.test(rest) ? rest.slice(1) : path
}

export function useShownPath(path: string): string {
  return relativeTo(useContext(Checkout)?.directory ?? '', path)
}
