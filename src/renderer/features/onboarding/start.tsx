import { FolderOpen, Plus } from 'lucide-react'
import { openRepository } from '../../app/open-repository'
import { openNewTask } from '../../app/workspace'
import { useEntities, useTopicPhase } from '../../client/topics'
import { Button } from '../../ui/button'
import { SidebarButton } from '../task/sidebar-button'

/** What stands in the middle while no task is open: on a first run, what this is and the one step to take. */
export function Start({ organizationId }: { organizationId: string }) {
  const phase = useTopicPhase('organization', organizationId)
  const repositories = useEntities('organization', organizationId, 'repository')
  if (phase === 'loading') return null
  const first = repositories.size === 0
  return (
    <div className="relative flex h-full flex-col items-center justify-center gap-16 overflow-y-auto p-24 text-center">
      <span className="absolute start-8 top-8">
        <SidebarButton />
      </span>
      <h1 className="text-20 font-semibold">{first ? 'Welcome to Foundry' : 'No task is open'}</h1>
      <p className="max-w-form text-14 text-text-muted">
        {first
          ? 'Foundry lets coding agents work on your git repositories: each task gets a branch and a checkout of its own, and your folder stays as it is.'
          : 'Choose a task from the list, or start a new one.'}
      </p>
      {first ? (
        <>
          <Button
            tone="accent"
            icon={<FolderOpen className="size-16" />}
            onClick={() => void openRepository()}
          >
            Open repository
          </Button>
          <p className="text-12 text-text-faint">Or drop a folder with a git repository on this window.</p>
        </>
      ) : (
        <Button tone="accent" icon={<Plus className="size-16" />} onClick={() => openNewTask()}>
          Start a task
        </Button>
      )}
    </div>
  )
}
