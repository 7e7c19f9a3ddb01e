import type { Organization, Repository } from '@shared/domain'
import { Archive, EyeOff, Folder, FolderOpen, GitFork, Lock, Unplug } from 'lucide-react'
import { memo, useMemo } from 'react'
import { create } from 'zustand'
import { useTopic } from '../../client/topics'
import { Button, IconButton } from '../../ui/button'
import { cx } from '../../ui/cx'
import { ListBox } from '../../ui/list-box'
import { EmptyState } from '../../ui/notice'
import { PullRequestGlyph } from '../../ui/pull-request-glyph'
import { exactTime, shortAge, useNow } from '../../ui/time'
import { AgeLine } from '../sync/age-line'
import { syncNow } from '../sync/sync-actions'
import { counted, countText } from '../sync/sync-text'
import { useSync } from '../sync/use-sync'
import { FilterField, ListFrame } from '../task/list-frame'
import { repositoryMenuOf } from './repository-actions'
import { RepositoryDetail } from './repository-detail'
import { filterRepositories, repositoryMarks } from './repository-order'
import { useRepositoryOrder } from './use-repositories'

const useRepositoriesView = create<{ text: string; showHidden: boolean; selectedId: string | null }>(() => ({
  text: '',
  showHidden: false,
  selectedId: null,
}))

const keyOf = (repository: Repository) => repository.id

/** Every repository of an organization that is known, whether or not it has a folder here. */
export function RepositoriesView({ organization }: { organization: Organization }) {
  const { text, showHidden, selectedId } = useRepositoriesView()
  const ordered = useRepositoryOrder(organization.id)
  const complete = useTopic('organization', organization.id, (state) => state.complete)
  const sync = useSync(organization.id)
  const now = useNow()
  const rows = useMemo(() => filterRepositories(ordered, { text, showHidden }), [ordered, text, showHidden])
  const hidden = useMemo(() => ordered.filter((one) => one.github?.hidden === true).length, [ordered])
  const selected = ordered.find((one) => one.id === selectedId) ?? null
  return (
    <ListFrame
      title="Repositories"
      count={`${countText(ordered.length)} in ${organization.name}${complete ? '' : ', more are being read'}`}
      tools={
        <>
          <FilterField
            label="Filter repositories"
            value={text}
            onChange={(next) => useRepositoriesView.setState({ text: next })}
          />
          <span className="flex-1" />
          {hidden > 0 && (
            <IconButton
              label={showHidden ? `Leave out hidden ones (${hidden})` : `Show hidden ones (${hidden})`}
              pressed={showHidden}
              onClick={() => useRepositoriesView.setState({ showHidden: !showHidden })}
            >
              <EyeOff className="size-16" />
            </IconButton>
          )}
        </>
      }
      detailLabel={selected === null ? '' : `Repository ${selected.name}`}
      onCloseDetail={() => useRepositoriesView.setState({ selectedId: null })}
      detail={selected === null ? null : <RepositoryDetail key={selected.id} repository={selected} />}
    >
      <AgeLine sync={sync} />
      {rows.length > 0 ? (
        <ListBox
          label="Repositories"
          rows={rows}
          keyOf={keyOf}
          nameOf={nameOf}
          rowHeight={32}
          selectedKey={selectedId}
          onSelect={(one) => useRepositoriesView.setState({ selectedId: one.id })}
          menuFor={repositoryMenuOf}
          subject={`${organization.id} ${text} ${String(showHidden)}`}
        >
          {(one) => (
            <RepositoryRow
              repository={one}
              age={
                one.github === null || one.github.pushedAt === null ? '' : shortAge(one.github.pushedAt, now)
              }
            />
          )}
        </ListBox>
      ) : text !== '' ? (
        <EmptyState
          title="No repository matches"
          action={
            <Button size="small" onClick={() => useRepositoriesView.setState({ text: '' })}>
              Clear filter
            </Button>
          }
        >
          Names and folders were looked through{hidden > 0 && !showHidden ? '. Hidden ones were not.' : '.'}
        </EmptyState>
      ) : ordered.length > 0 ? (
        <EmptyState title="All repositories are hidden">Show hidden ones with the button above.</EmptyState>
      ) : (
        <EmptyState
          title="No repositories yet"
          action={
            sync?.state === 'running' ? undefined : (
              <Button onClick={() => void syncNow(organization.id)}>Sync now</Button>
            )
          }
        >
          {sync?.state === 'running'
            ? 'They appear here while they are read.'
            : sync?.syncedAt === null || sync === undefined
              ? 'They appear here once they were read from GitHub.'
              : `${organization.name} has none that this account may see.`}
        </EmptyState>
      )}
    </ListFrame>
  )
}

function nameOf(repository: Repository): string {
  const parts = [repository.name, ...repositoryMarks(repository)]
  const open = repository.github?.openPullRequests ?? 0
  if (open > 0) parts.push(counted(open, 'open pull request', 'open pull requests'))
  if (repository.localPath !== null) parts.push('with a folder here')
  return parts.join(', ')
}

const RepositoryRow = memo(function RepositoryRow({
  repository,
  age,
}: {
  repository: Repository
  /** Since its last push: told by the list, so that no row keeps a clock. */
  age: string
}) {
  const { github } = repository
  const faint = github?.gone === true || github?.isArchived === true || github?.hidden === true
  const open = github?.openPullRequests ?? 0
  const pushedAt = github?.pushedAt ?? null
  return (
    <div className="flex h-full min-w-0 items-center gap-8 px-12">
      <span
        className="inline-flex shrink-0 text-text-muted"
        title={repository.localPath ?? 'No folder on this computer'}
      >
        {repository.localPath === null ? (
          <Folder aria-hidden className="size-12 opacity-50" />
        ) : (
          <FolderOpen aria-hidden className="size-12" />
        )}
      </span>
      <span
        className={cx('min-w-0 truncate', faint && 'text-text-faint')}
        title={github?.fullName ?? repository.name}
        dir="auto"
      >
        {repository.name}
      </span>
      <Marks repository={repository} />
      <span className="min-w-0 flex-1 truncate text-end text-12 text-text-faint" dir="ltr">
        {repository.localPath}
      </span>
      {open > 0 && (
        <span
          className="flex shrink-0 items-center gap-4 text-12 text-text-muted"
          title={counted(open, 'open pull request', 'open pull requests')}
        >
          <span aria-hidden className="inline-flex">
            <PullRequestGlyph status="open" />
          </span>
          {countText(open)}
        </span>
      )}
      <span
        className="w-32 shrink-0 text-end text-11 text-text-faint"
        title={pushedAt === null ? undefined : `Last push ${exactTime(pushedAt)}`}
      >
        {age}
      </span>
    </div>
  )
})

function Marks({ repository }: { repository: Repository }) {
  const { github } = repository
  if (github === null) return null
  const icon = 'size-12 shrink-0'
  return (
    <span className="flex shrink-0 items-center gap-6 text-text-faint">
      {github.isPrivate && (
        <span title="Private">
          <Lock aria-hidden className={icon} />
        </span>
      )}
      {github.isFork && (
        <span title="Fork">
          <GitFork aria-hidden className={icon} />
        </span>
      )}
      {github.isArchived && (
        <span title="Archived on GitHub">
          <Archive aria-hidden className={icon} />
        </span>
      )}
      {github.hidden && (
        <span title="Hidden">
          <EyeOff aria-hidden className={icon} />
        </span>
      )}
      {github.gone && (
        <span title="Gone from GitHub" className="text-warning">
          <Unplug aria-hidden className={icon} />
        </span>
      )}
    </span>
  )
}
