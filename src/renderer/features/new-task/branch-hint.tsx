import type { Repository } from '@shared/domain'
import type { BranchPreview } from '@shared/tasks'
import { openTask } from '../../app/workspace'
import { Button } from '../../ui/button'

/** Why the name that was typed cannot be used in one of the repositories, as far as is known. */
export function previewProblem(previews: readonly BranchPreview[] | null, typed: string): string | null {
  // What is known of another name says nothing about this one.
  const about = previews?.filter(({ branch }) => branch === typed) ?? []
  return about.find(({ problem }) => problem !== null)?.problem ?? null
}

/** What the branch will be called, or what can be done about a name that is taken. */
export function BranchHint({
  previews,
  repositories,
  typed,
  onUse,
}: {
  previews: readonly BranchPreview[] | null
  repositories: ReadonlyMap<string, Repository>
  typed: string
  onUse: (branch: string) => void
}) {
  if (previews === null) return null
  if (typed === '') {
    const several = new Set(previews.map(({ branch }) => branch)).size > 1
    return (
      <output className="mt-4 block min-w-0 text-12 break-words text-text-faint">
        {previews.map(({ repositoryId, branch }) => (
          <span
            key={repositoryId}
            className="block"
            hidden={!several && repositoryId !== previews[0]?.repositoryId}
          >
            {branch === null ? (
              'Will have a name made up at random'
            ) : (
              <>
                Will be <code className="code-text break-all text-text-muted">{branch}</code>
              </>
            )}
            {several && <> in {repositories.get(repositoryId)?.name}</>}
          </span>
        ))}
      </output>
    )
  }
  const taken = previews.find(({ branch, problem }) => branch === typed && problem !== null)
  if (taken === undefined) return null
  const { suggestion, taskId } = taken
  return (
    <div className="mt-4 flex flex-wrap gap-4">
      {suggestion !== null && (
        <Button size="small" onClick={() => onUse(suggestion)}>
          Use {suggestion}
        </Button>
      )}
      {taskId !== null && (
        <Button size="small" onClick={() => openTask(taskId)}>
          Open that task
        </Button>
      )}
    </div>
  )
}
