import type { TaskDetail } from '@shared/domain'
import { useEntity } from '../../client/topics'
import { Notice } from '../../ui/notice'

/** What became of a task's repository on GitHub, where that limits what can be done here. */
export function RepositoryNotice({ task, organizationId }: { task: TaskDetail; organizationId: string }) {
  const github = useEntity('organization', organizationId, 'repository', task.repositoryId)?.github
  if (github == null || (!github.gone && !github.isArchived)) return null
  return (
    <div className="mx-auto w-full max-w-column shrink-0 px-16 pt-12">
      {github.gone ? (
        <Notice tone="warning">
          {github.fullName} is not on GitHub any more, or not shown to your account. The task, its history and
          its checkout stay; nothing can be published.
        </Notice>
      ) : (
        <Notice>
          {github.fullName} is archived on GitHub. It can be read and worked on here, but nothing can be
          published.
        </Notice>
      )}
    </div>
  )
}
