import type { ChangeAction, Comparison, FileNames, PatchPart } from '@shared/changes'
import type { CheckpointId, TaskId } from '@shared/ids'
import { call } from '../../client/call'
import { showError, showToast } from '../../ui/toast'
import { counted } from '../sync/sync-text'

export interface ChangeRequest {
  action: ChangeAction
  comparison: Comparison
  files: readonly FileNames[]
  part: PatchPart
  version: string | null
}

const done: Record<ChangeAction, string> = { discard: 'Discarded', stage: 'Staged', unstage: 'Unstaged' }

/** Does it, says so, and offers to take it back. */
export async function changeFiles(taskId: TaskId, request: ChangeRequest): Promise<boolean> {
  const result = await call('task.changeFiles', { taskId, ...request, files: request.files.map(namesOnly) })
  if (!result.ok) {
    showError(result.error)
    return false
  }
  const [file] = request.files
  const what =
    request.part === 'file'
      ? request.files.length === 1
        ? (file?.path ?? '')
        : counted(request.files.length, 'file', 'files')
      : `a part of ${file?.path ?? 'a file'}`
  const { undo } = result.value
  showToast(
    `${done[request.action]} ${what}`,
    undefined,
    undo === null ? undefined : undoAction(taskId, undo),
  )
  return true
}

/** Puts files back to what they were at a checkpoint; all of them where null. */
export async function restoreFiles(
  taskId: TaskId,
  checkpointId: CheckpointId,
  files: readonly FileNames[] | null,
): Promise<boolean> {
  const result = await call('task.restoreFiles', {
    taskId,
    checkpointId,
    files: files === null ? null : files.map(namesOnly),
  })
  if (!result.ok) {
    showError(result.error)
    return false
  }
  const what =
    files === null
      ? 'all files'
      : files.length === 1
        ? files[0]?.path
        : counted(files.length, 'file', 'files')
  showToast(`Restored ${what}`, undefined, undoAction(taskId, result.value.undo))
  return true
}

const namesOnly = ({ path, oldPath }: FileNames): FileNames => ({ path, oldPath })

function undoAction(taskId: TaskId, undo: string) {
  return {
    label: 'Undo',
    run: () =>
      void call('task.undoFiles', { taskId, undo }).then((result) => {
        if (result.ok) showToast('Taken back')
        else showError(result.error)
      }),
  }
}
