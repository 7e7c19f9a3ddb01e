import type { Organization } from '@shared/domain'
import {
  Archive,
  BookMarked,
  FolderPlus,
  GitPullRequest,
  PanelLeftClose,
  Plus,
  Search,
  Settings as SettingsIcon,
  X,
} from 'lucide-react'
import { type ReactNode, useEffect, useMemo, useRef } from 'react'
import { focusFilterEvent, shortcutText } from '../../app/keymap'
import { openRepository } from '../../app/open-repository'
import { togglePanel } from '../../app/panels'
import {
  openNewTask,
  openPullRequests,
  openRepositories,
  setSettingsOpen,
  useWorkspace,
} from '../../app/workspace'
import { retryTopic, useTopicError, useTopicPhase } from '../../client/topics'
import { Button, IconButton } from '../../ui/button'
import { cx } from '../../ui/cx'
import { EmptyState, ErrorNotice } from '../../ui/notice'
import { Waiting } from '../../ui/progress'
import { OrganizationSwitcher } from '../organizations/switcher'
import { useOrganization } from '../organizations/use-organizations'
import { linkIn } from '../links/follow-link'
import { countText } from '../sync/sync-text'
import { useSync } from '../sync/use-sync'
import { FilterLink, followFilter } from './filter-link'
import { setFilter, setShowArchived, useSidebar } from './sidebar-state'
import { sidebarRows } from './task-groups'
import { TaskTree } from './task-tree'
import { useTaskGroups } from './use-task-groups'

/** Repositories and their tasks, and the ways to make more of either. */
export function Sidebar({ organizationId }: { organizationId: string | undefined }) {
  const organization = useOrganization(organizationId)
  return (
    <nav aria-label="Tasks" className="flex h-full min-h-0 flex-col bg-surface-1">
      <div className="flex h-title shrink-0 items-center gap-4 px-8">
        <div className="min-w-0 flex-1">
          <OrganizationSwitcher organizationId={organizationId} />
        </div>
        <IconButton label="Settings" shortcut={shortcutText(',')} onClick={() => setSettingsOpen(true)}>
          <SettingsIcon className="size-16" />
        </IconButton>
        <IconButton label="Hide sidebar" shortcut={shortcutText('B')} onClick={() => togglePanel('sidebar')}>
          <PanelLeftClose className="size-16" />
        </IconButton>
      </div>
      {organization !== undefined && organization.github !== null && <Lists organization={organization} />}
      <div className="flex shrink-0 items-center gap-4 px-8 pb-6">
        <div className="min-w-0 flex-1">
          <Button
            size="small"
            wide
            icon={<Plus className="size-12" />}
            onClick={() => openNewTask()}
            disabled={organizationId === undefined}
            title={shortcutText('N')}
          >
            New task
          </Button>
        </div>
        <IconButton label="Open repository" onClick={() => void openRepository()}>
          <FolderPlus className="size-16" />
        </IconButton>
      </div>
      {organizationId === undefined ? (
        <Waiting>Reading tasks</Waiting>
      ) : (
        <TaskList organizationId={organizationId} fromGitHub={(organization?.github ?? null) !== null} />
      )}
    </nav>
  )
}

/** What is known of GitHub, beside the tasks. */
function Lists({ organization }: { organization: Organization }) {
  const counts = useSync(organization.id)?.counts
  const view = useWorkspace((state) => state.view.type)
  return (
    <div className="flex shrink-0 flex-col px-8 pb-6">
      <ListEntry
        label="Pull requests"
        shortcut={shortcutText('Shift+G')}
        count={counts?.openPullRequests}
        countWords="open"
        icon={<GitPullRequest aria-hidden className="size-12" />}
        current={view === 'pull_requests'}
        onOpen={openPullRequests}
      />
      <ListEntry
        label="Repositories"
        shortcut={shortcutText('Shift+O')}
        count={counts?.repositories}
        countWords="known"
        icon={<BookMarked aria-hidden className="size-12" />}
        current={view === 'repositories'}
        onOpen={openRepositories}
      />
    </div>
  )
}

function ListEntry({
  label,
  shortcut,
  count,
  countWords,
  icon,
  current,
  onOpen,
}: {
  label: string
  shortcut: string
  count: number | undefined
  countWords: string
  icon: ReactNode
  current: boolean
  onOpen: () => void
}) {
  const known = count !== undefined && count > 0
  return (
    <button
      type="button"
      aria-label={known ? `${label}, ${countText(count)} ${countWords}` : label}
      aria-current={current ? 'page' : undefined}
      title={`${label} (${shortcut})`}
      onClick={onOpen}
      className={cx(
        'flex h-control min-w-0 items-center gap-8 rounded-6 px-4 text-start',
        current ? 'bg-surface-3 text-text' : 'text-text-muted hover:bg-surface-2 hover:text-text',
      )}
    >
      <span className="inline-flex size-16 shrink-0 items-center justify-center">{icon}</span>
      <span className="min-w-0 flex-1 truncate">{label}</span>
      {known && <span className="text-12 text-text-faint">{countText(count)}</span>}
    </button>
  )
}

function TaskList({ organizationId, fromGitHub }: { organizationId: string; fromGitHub: boolean }) {
  const groups = useTaskGroups(organizationId)
  const tasksPhase = useTopicPhase('tasks', organizationId)
  const repositoriesPhase = useTopicPhase('organization', organizationId)
  const tasksError = useTopicError('tasks', organizationId)
  const repositoriesError = useTopicError('organization', organizationId)
  const { filter, showArchived, collapsed } = useSidebar()
  const rows = useMemo(
    () => sidebarRows(groups, { filter, showArchived, collapsed }),
    [groups, filter, showArchived, collapsed],
  )
  const ready = tasksPhase === 'ready' && repositoriesPhase === 'ready'

  const error = tasksError ?? repositoriesError
  if (!ready && error === null) return <Waiting>Reading tasks</Waiting>
  return (
    <>
      <FilterField />
      <FilterLink />
      {error !== null && (
        <div className="p-8">
          <ErrorNotice
            error={error}
            actions={
              <Button
                size="small"
                onClick={() => {
                  retryTopic('tasks', organizationId)
                  retryTopic('organization', organizationId)
                }}
              >
                Read again
              </Button>
            }
          />
        </div>
      )}
      {rows.length > 0 ? (
        <TaskTree rows={rows} />
      ) : linkIn(filter) !== null ? null : filter !== '' ? (
        <EmptyState
          title="No task matches"
          action={
            <Button size="small" onClick={() => setFilter('')}>
              Clear filter
            </Button>
          }
        >
          Titles, branches and repositories were looked through
          {showArchived ? '.' : '. Archived tasks were not.'}
        </EmptyState>
      ) : (
        <EmptyState title={fromGitHub ? 'No tasks yet' : 'No repositories yet'}>
          {fromGitHub
            ? 'Open your clone of a repository to start a task in it.'
            : 'Open a folder with a git repository, or drop it on this window.'}
        </EmptyState>
      )}
    </>
  )
}

function FilterField() {
  const filter = useSidebar((state) => state.filter)
  const showArchived = useSidebar((state) => state.showArchived)
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => {
    const focus = () => input.current?.select()
    window.addEventListener(focusFilterEvent, focus)
    return () => window.removeEventListener(focusFilterEvent, focus)
  }, [])
  return (
    <div className="flex shrink-0 items-center gap-4 px-8 pb-6">
      <div className="relative min-w-0 flex-1">
        <Search
          aria-hidden
          className="pointer-events-none absolute inset-y-0 start-8 my-auto size-12 text-text-faint"
        />
        <input
          ref={input}
          type="text"
          role="searchbox"
          aria-label="Filter tasks"
          placeholder="Filter tasks"
          spellCheck={false}
          value={filter}
          onChange={(event) => setFilter(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Escape' && filter !== '') {
              event.stopPropagation()
              setFilter('')
            }
            if (event.key === 'Enter' && followFilter()) event.preventDefault()
          }}
          className="h-control w-full rounded-6 border border-line bg-surface-0 ps-24 pe-24"
        />
        {filter !== '' && (
          <span className="absolute inset-y-0 end-2 flex items-center">
            <IconButton label="Clear filter" onClick={() => setFilter('')}>
              <X className="size-12" />
            </IconButton>
          </span>
        )}
      </div>
      <IconButton
        label={showArchived ? 'Hide archived tasks' : 'Show archived tasks'}
        pressed={showArchived}
        onClick={() => setShowArchived(!showArchived)}
      >
        <Archive className="size-16" />
      </IconButton>
    </div>
  )
}
