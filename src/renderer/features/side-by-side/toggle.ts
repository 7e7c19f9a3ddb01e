import { openSideBySide, openTask, useWorkspace } from '../../app/workspace'
import { peekTopic } from '../../client/topics'
import { showToast } from '../../ui/toast'

/** From a task to all that were made from its prompt, and back. */
export function toggleSideBySide(): void {
  const { view } = useWorkspace.getState()
  if (view.type === 'side_by_side') return openTask(view.taskId)
  const group = view.type === 'task' ? peekTopic('task', view.taskId).task.get(view.taskId)?.group : undefined
  if (view.type === 'task' && group !== undefined && group.length > 1) return openSideBySide(view.taskId)
  showToast(
    'Nothing stands side by side here',
    'Open a task that was given to several agents with “Compare with another agent”.',
  )
}
