import type { GitState, TaskDetail } from '@shared/domain'
import { useCallback } from 'react'
import { call } from '../../client/call'
import { useEntity } from '../../client/topics'
import { useCall } from '../../client/use-call'
import { canRead, useRefresh } from '../changes/use-refresh'
import { counted } from '../sync/sync-text'
import { lineSums } from './members'

/** How much a member has changed since its base; read when it is first shown. */
export function ChangeCount({ task }: { task: TaskDetail }) {
  const git = useEntity('task', task.id, 'git', 'git')
  const { run } = useCall<GitState>()
  const refresh = useCallback(
    () => void run(() => call('task.refreshGit', { taskId: task.id })),
    [run, task.id],
  )
  useRefresh(git, canRead(task), refresh)
  if (git === undefined) return null
  if (git.problem !== null)
    return (
      <span className="text-danger" title={git.problem.message}>
        changes not known
      </span>
    )
  if (git.baseTotal === 0) return <span className="text-text-faint">no changes yet</span>
  const { added, removed } = lineSums(git.base)
  return (
    <span className="whitespace-nowrap">
      {counted(git.baseTotal, 'file', 'files')} <span className="text-diff-add">+{added}</span>{' '}
      <span className="text-diff-remove">−{removed}</span>
    </span>
  )
}
