import type { Repository } from '@shared/domain'
import { FolderPlus, X } from 'lucide-react'
import { openRepository } from '../../app/open-repository'
import { IconButton } from '../../ui/button'
import { CaptionedControl } from '../../ui/field'
import { SearchSelect } from '../../ui/select'

/** Most a command takes. */
const MOST = 20

/** The repository a task is for, and others that get one from the same prompt. */
export function RepositoryChoice({
  repositories,
  chosen,
  others,
  onChoose,
  onOthers,
}: {
  repositories: readonly Repository[]
  chosen: Repository | undefined
  others: readonly Repository[]
  onChoose: (repositoryId: Repository['id']) => void
  onOthers: (repositoryIds: Repository['id'][]) => void
}) {
  const taken = new Set([chosen?.id, ...others.map(({ id }) => id)])
  const left = repositories.filter(({ id }) => !taken.has(id))
  return (
    <div className="flex flex-col gap-8">
      <CaptionedControl caption="Repository">
        <div className="flex items-center gap-4">
          <div className="min-w-0 flex-1">
            <SearchSelect
              label="Repository"
              value={chosen?.id ?? null}
              placeholder="Choose a repository"
              empty="No repository matches."
              choices={repositories.map(choiceOf)}
              onChange={(id) => onChoose(id as Repository['id'])}
            />
          </div>
          <IconButton label="Open another repository" onClick={() => void openRepository()}>
            <FolderPlus className="size-16" />
          </IconButton>
        </div>
      </CaptionedControl>
      {others.length > 0 && (
        <ul aria-label="Also in" className="flex flex-wrap gap-4">
          {others.map((one) => (
            <li
              key={one.id}
              className="flex max-w-full items-center gap-2 rounded-6 border border-line ps-8 pe-2 text-12"
            >
              <span className="min-w-0 truncate">{one.github?.fullName ?? one.name}</span>
              <IconButton
                label={`Not in ${one.name}`}
                onClick={() => onOthers(others.filter(({ id }) => id !== one.id).map(({ id }) => id))}
              >
                <X className="size-12" />
              </IconButton>
            </li>
          ))}
        </ul>
      )}
      {others.length > 0 && (
        <p className="text-12 text-text-faint">
          Each task starts from the branch checked out in your folder, or else from the default branch.
        </p>
      )}
      {left.length > 0 && chosen !== undefined && others.length < MOST - 1 && (
        <SearchSelect
          label="Also in another repository"
          value={null}
          look="quiet"
          placeholder={others.length === 0 ? 'Also in another repository' : 'And in another one'}
          empty="No repository matches."
          choices={left.map(choiceOf)}
          onChange={(id) => onOthers([...others.map((one) => one.id), id as Repository['id']])}
        />
      )}
    </div>
  )
}

function choiceOf({ id, name, localPath, github }: Repository) {
  const hint = [github?.fullName ?? '', localPath ?? 'From GitHub'].filter((part) => part !== '').join(' · ')
  return { value: id, label: name, hint }
}
