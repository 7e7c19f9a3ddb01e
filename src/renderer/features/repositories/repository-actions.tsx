import type { Repository } from '@shared/domain'
import { Copy, ExternalLink, Eye, EyeOff, GitPullRequest, Plus } from 'lucide-react'
import { openExternal } from '../../app/open-external'
import { openNewTask } from '../../app/workspace'
import { call } from '../../client/call'
import { copyText } from '../../ui/copy-button'
import type { MenuGroups } from '../../ui/menu'
import { showError } from '../../ui/toast'
import { showPullRequestsOf } from '../pull-requests/pull-requests-state'

const icon = 'size-12'

/** Takes a repository out of the lists, or puts it back. On GitHub nothing changes. */
export async function setHidden(repository: Repository, hidden: boolean): Promise<void> {
  const result = await call('organization.setHidden', { repositoryId: repository.id, hidden })
  if (!result.ok) showError(result.error)
}

/** With a folder here, or known from GitHub and still there. */
export function canHaveTasks({ localPath, github }: Repository): boolean {
  return localPath !== null || (github !== null && !github.gone)
}

/** What can be done with a repository from its list. */
export function repositoryMenuOf(repository: Repository): MenuGroups {
  const { github, localPath } = repository
  return [
    [
      ...(canHaveTasks(repository)
        ? [
            {
              label: 'New task',
              icon: <Plus className={icon} />,
              onSelect: () => openNewTask(repository.id),
            },
          ]
        : []),
      ...(localPath === null
        ? []
        : [{ label: 'Copy path', icon: <Copy className={icon} />, onSelect: () => copyText(localPath) }]),
    ],
    github === null
      ? []
      : [
          {
            label: 'Show pull requests',
            icon: <GitPullRequest className={icon} />,
            onSelect: () => showPullRequestsOf(repository.id),
          },
          {
            label: 'Open on GitHub',
            icon: <ExternalLink className={icon} />,
            onSelect: () => void openExternal(github.url),
          },
        ],
    github === null
      ? []
      : [
          {
            label: github.hidden ? 'Show in lists' : 'Hide',
            icon: github.hidden ? <Eye className={icon} /> : <EyeOff className={icon} />,
            onSelect: () => void setHidden(repository, !github.hidden),
          },
        ],
  ]
}
