import type { Editor } from '@shared/editors'
import type { TaskId } from '@shared/ids'
import { useSyncExternalStore } from 'react'
import { showError } from '../ui/toast'
import { call } from './call'

let known: readonly Editor[] = []
let asked = false
const listeners = new Set<() => void>()

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  // Asked once a window, and not while it opens: looking for programs reads many folders.
  if (!asked) {
    asked = true
    requestIdleCallback(() => void look())
  }
  return () => listeners.delete(listener)
}

async function look(): Promise<void> {
  const result = await call('app.editors')
  if (!result.ok) return showError(result.error)
  known = result.value
  for (const listener of listeners) listener()
}

/** The person's editors; empty until they were looked for. */
export function useEditors(): readonly Editor[] {
  return useSyncExternalStore(subscribe, () => known)
}

/** Opens the checkout of a task, or a file of it at a line. */
export async function openInEditor(
  taskId: TaskId,
  editor: Editor,
  path: string | null,
  line: number | null,
): Promise<void> {
  const result = await call('task.openInEditor', { taskId, editorId: editor.id, path, line })
  if (!result.ok) showError(result.error)
}
