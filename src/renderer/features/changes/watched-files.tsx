import type { TaskId } from '@shared/ids'
import { useVisible } from '../../app/visible'
import { useEntity } from '../../client/topics'

/** Has the files of a checkout watched while the window is looked at, and says where they are not. */
export function WatchedFiles({ taskId }: { taskId: TaskId }) {
  return useVisible() ? <Watched taskId={taskId} /> : null
}

function Watched({ taskId }: { taskId: TaskId }) {
  const problem = useEntity('files', taskId, 'watch', 'watch')?.problem ?? null
  if (problem === null) return null
  return (
    <span className="shrink-0" title={[problem.message, problem.next].join(' ')}>
      Files are not watched
    </span>
  )
}
