import type { Repository } from '@shared/domain'
import { ExternalLink, Eye, EyeOff, FolderOpen, GitPullRequest, Plus } from 'lucide-react'
import { openExternal } from '../../app/open-external'
import { openRepository } from '../../app/open-repository'
import { openNewTask } from '../../app/workspace'
import { Button } from '../../ui/button'
import { CopyButton } from '../../ui/copy-button'
import { Disclosure } from '../../ui/disclosure'
import { Notice } from '../../ui/notice'
import { AgoTime } from '../../ui/time'
import { Fact } from '../accounts/account-facts'
import { showPullRequestsOf } from '../pull-requests/pull-requests-state'
import { counted } from '../sync/sync-text'
import { RepositoryPolicyForm } from '../policies/repository-policy'
import { RepositoryScriptsForm } from '../scripts/repository-scripts'
import { Branches } from './branches'
import { canHaveTasks, setHidden } from './repository-actions'
import { repositoryMarks } from './repository-order'

const icon = 'size-12'

/** One repository: what it is on GitHub, where it is on this computer, and what can be done with it. */
export function RepositoryDetail({ repository }: { repository: Repository }) {
  const { github, localPath } = repository
  const marks = repositoryMarks(repository)
  return (
    <div className="flex h-full min-w-0 flex-col">
      <div className="flex min-w-0 shrink-0 flex-col gap-16 p-16">
        <header className="flex min-w-0 flex-col gap-4">
          <h2 className="text-16 font-semibold break-words" data-selectable dir="auto">
            {github?.fullName ?? repository.name}
          </h2>
          {marks.length > 0 && <p className="text-12 text-text-muted">{marks.join(' · ')}</p>}
        </header>
        {github?.gone === true && (
          <Notice tone="warning">
            GitHub does not have it any more, or does not show it to this account. What was read stays.
          </Notice>
        )}
        <dl className="flex flex-col gap-4 text-12" data-selectable>
          <Fact name="Folder">
            {localPath === null ? (
              'None on this computer'
            ) : (
              <span className="inline-flex max-w-full items-center gap-4">
                <code className="code-text min-w-0 break-all">{localPath}</code>
                <CopyButton label="Copy path" text={() => localPath} />
              </span>
            )}
          </Fact>
          {repository.defaultBranch !== null && (
            <Fact name="Default branch">
              <code className="code-text break-all">{repository.defaultBranch}</code>
            </Fact>
          )}
          {github !== null && (
            <>
              <Fact name="Pull requests">{counted(github.openPullRequests, 'open one', 'open ones')}</Fact>
              {github.pushedAt !== null && (
                <Fact name="Last push">
                  <AgoTime at={github.pushedAt} />
                </Fact>
              )}
            </>
          )}
        </dl>
        <div className="flex flex-wrap gap-6">
          {canHaveTasks(repository) && (
            <Button size="small" icon={<Plus className={icon} />} onClick={() => openNewTask(repository.id)}>
              New task
            </Button>
          )}
          {localPath === null && (
            <Button size="small" icon={<FolderOpen className={icon} />} onClick={() => void openRepository()}>
              Open your clone
            </Button>
          )}
          {github !== null && (
            <>
              <Button
                size="small"
                icon={<GitPullRequest className={icon} />}
                onClick={() => showPullRequestsOf(repository.id)}
              >
                Show pull requests
              </Button>
              <Button
                size="small"
                icon={<ExternalLink className={icon} />}
                onClick={() => void openExternal(github.url)}
              >
                Open on GitHub
              </Button>
              <Button
                size="small"
                icon={github.hidden ? <Eye className={icon} /> : <EyeOff className={icon} />}
                onClick={() => void setHidden(repository, !github.hidden)}
              >
                {github.hidden ? 'Show in lists' : 'Hide'}
              </Button>
            </>
          )}
        </div>
        {localPath === null && (
          <p className="text-12 text-text-faint">
            A task works from a folder on this computer. Clone it with git, then open that folder here.
          </p>
        )}
      </div>
      {canHaveTasks(repository) && (
        <div className="shrink-0 px-16 pb-16">
          <Disclosure key={repository.id} label="Scripts">
            {() => <RepositoryScriptsForm repository={repository} />}
          </Disclosure>
          <Disclosure key={`${repository.id} permissions`} label="Permissions">
            {() => <RepositoryPolicyForm repositoryId={repository.id} />}
          </Disclosure>
        </div>
      )}
      {github !== null && <Branches repository={repository} />}
    </div>
  )
}
