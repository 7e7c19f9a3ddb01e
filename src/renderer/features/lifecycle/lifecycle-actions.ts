import type { TaskId } from '@shared/ids'
import { create } from 'zustand'
import { openStart, useWorkspace } from '../../app/workspace'
import { call } from '../../client/call'
import { showError, showToast } from '../../ui/toast'

/** As far as actions on a task need to know it. */
export interface NamedTask {
  id: TaskId
  title: string
}

/** Why some archived tasks stay so. */
export const readOnlyReason = 'No git repository is known for it'
export const readOnlyText = `${readOnlyReason}, so it can be read and searched but not worked on.`

interface Questions {
  /** Tasks that a person wants to delete, until they have decided about what is lost. */
  deleting: readonly NamedTask[] | null
  /** The organization whose old checkouts a person wants to be rid of. */
  pruning: string | null
  /** The task of which somebody wants to see what is kept for offline reading. */
  keeping: NamedTask | null
}

export const useQuestions = create<Questions>(() => ({ deleting: null, pruning: null, keeping: null }))

/** Asks what becomes of the work in tasks. The question stands over whatever is open. */
export function askToDelete(deleting: readonly NamedTask[]): void {
  if (deleting.length > 0) useQuestions.setState({ deleting })
}

/** Shows what can go, before anything does. */
export function askToPrune(organizationId: string): void {
  useQuestions.setState({ pruning: organizationId })
}

/** Shows what is kept of a task, and offers to keep it. */
export function showPack({ id, title }: NamedTask): void {
  useQuestions.setState({ keeping: { id, title } })
}

export function closeQuestion(): void {
  useQuestions.setState({ deleting: null, pruning: null, keeping: null })
}

/** False when it could not be done, which is said. */
export async function archiveTasks(tasks: readonly NamedTask[]): Promise<boolean> {
  const [first] = tasks
  if (first === undefined) return true
  const result = await call('task.archiveMany', { taskIds: tasks.map(({ id }) => id) })
  if (!result.ok) {
    showError(result.error)
    return false
  }
  showToast(
    tasks.length === 1 ? `"${first.title}" is archived` : `${tasks.length} tasks are archived`,
    tasks.length === 1
      ? 'It stays readable, with its checkout.'
      : 'They stay readable, with their checkouts.',
    { label: 'Undo', run: () => void unarchiveTasks(tasks) },
  )
  return true
}

export async function unarchiveTasks(tasks: readonly NamedTask[]): Promise<void> {
  for (const { id } of tasks) {
    const result = await call('task.unarchive', { taskId: id })
    if (!result.ok) return showError(result.error)
  }
}

export async function stopTask({ id }: NamedTask): Promise<void> {
  const result = await call('task.stop', { taskId: id })
  if (!result.ok) showError(result.error)
}

/** What is nowhere else is secured by main, so nothing has to be asked. */
export async function freeDisk(tasks: readonly NamedTask[]): Promise<void> {
  const [first] = tasks
  if (first === undefined) return
  const result = await call('task.prune', { taskIds: tasks.map(({ id }) => id) })
  if (!result.ok) return showError(result.error)
  showToast(
    tasks.length === 1
      ? `The checkout of "${first.title}" is being removed`
      : `${tasks.length} checkouts are being removed`,
    'What is not pushed is kept in the store of the repository, and comes back with the checkout.',
  )
}

/** A view of something that is gone shows nothing to stay for. */
export function leaveDeleted(tasks: readonly NamedTask[]): void {
  const { view } = useWorkspace.getState()
  if (view.type === 'task' && tasks.some(({ id }) => id === view.taskId)) openStart()
}
