import type { Organization } from '@shared/domain'
import { FolderOpen, LogIn, Plus } from 'lucide-react'
import { openRepository } from '../../app/open-repository'
import { openNewTask, openOrganizations, openRepositories, openSignIn } from '../../app/workspace'
import { useEntities, useTopicPhase } from '../../client/topics'
import { Button } from '../../ui/button'
import { useAccounts } from '../accounts/use-accounts'
import { SidebarButton } from '../task/sidebar-button'

/** What stands in the middle while no task is open: on a first run, what this is and the one step to take. */
export function Start({ organization }: { organization: Organization }) {
  const phase = useTopicPhase('organization', organization.id)
  const repositories = useEntities('organization', organization.id, 'repository')
  const signedIn = useAccounts().length > 0
  if (phase === 'loading') return null
  const usable = [...repositories.values()].some(
    ({ localPath, github }) => localPath !== null || (github !== null && !github.gone && !github.hidden),
  )
  const { title, text } = wordsOf(organization, usable)
  return (
    <div className="relative flex h-full flex-col items-center justify-center gap-16 overflow-y-auto p-24 text-center">
      <span className="absolute start-8 top-8">
        <SidebarButton />
      </span>
      <h1 className="max-w-form text-20 font-semibold break-words">{title}</h1>
      <p className="max-w-form text-14 text-text-muted">{text}</p>
      {usable ? (
        <Button tone="accent" icon={<Plus className="size-16" />} onClick={() => openNewTask()}>
          Start a task
        </Button>
      ) : (
        <>
          <div className="flex flex-wrap justify-center gap-8">
            <Button
              tone="accent"
              icon={<FolderOpen className="size-16" />}
              onClick={() => void openRepository()}
            >
              Open repository
            </Button>
            {organization.github !== null ? (
              <Button onClick={openRepositories}>Show repositories</Button>
            ) : signedIn ? (
              <Button onClick={() => openOrganizations()}>Choose organizations</Button>
            ) : (
              <Button icon={<LogIn className="size-16" />} onClick={() => openSignIn()}>
                Sign in to GitHub
              </Button>
            )}
          </div>
          <p className="text-12 text-text-faint">
            Or drop a folder with a git repository on this window.
            {organization.github === null && !signedIn && ' No account is needed for that.'}
          </p>
        </>
      )}
    </div>
  )
}

function wordsOf(organization: Organization, usable: boolean): { title: string; text: string } {
  if (usable)
    return {
      title: 'No task is open',
      text:
        organization.github === null
          ? 'Choose a task from the list, or start a new one.'
          : 'Choose a task from the list, where each open pull request is one too, or start a new one.',
    }
  if (organization.github === null) {
    return {
      title: 'Welcome to Foundry',
      text: 'Foundry lets coding agents work on your git repositories: each task gets a branch and a checkout of its own, and your folder stays as it is.',
    }
  }
  return {
    title: organization.name,
    text: 'No repository of it is known yet. Its repositories and pull requests are read from GitHub; a clone of one can be opened meanwhile.',
  }
}
