import { Archive, FolderPlus, PanelLeftClose, Plus, Search, Settings as SettingsIcon, X } from 'lucide-react'
import { useEffect, useMemo, useRef } from 'react'
import { focusFilterEvent, shortcutText } from '../../app/keymap'
import { openRepository } from '../../app/open-repository'
import { togglePanel } from '../../app/panels'
import { openNewTask, setSettingsOpen } from '../../app/workspace'
import { retryTopic, useTopicError, useTopicPhase } from '../../client/topics'
import { Button, IconButton } from '../../ui/button'
import { EmptyState, ErrorNotice } from '../../ui/notice'
import { Waiting } from '../../ui/progress'
import { setFilter, setShowArchived, useSidebar } from './sidebar-state'
import { sidebarRows } from './task-groups'
import { TaskTree } from './task-tree'
import { useTaskGroups } from './use-task-groups'

/** Repositories and their tasks, and the ways to make more of either. */
export function Sidebar({ organizationId }: { organizationId: string | undefined }) {
  return (
    <nav aria-label="Tasks" className="flex h-full min-h-0 flex-col bg-surface-1">
      <div className="flex h-title shrink-0 items-center gap-4 px-8">
        <div className="min-w-0 flex-1">
          <Button
            size="small"
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
        <IconButton label="Settings" shortcut={shortcutText(',')} onClick={() => setSettingsOpen(true)}>
          <SettingsIcon className="size-16" />
        </IconButton>
        <IconButton label="Hide sidebar" shortcut={shortcutText('B')} onClick={() => togglePanel('sidebar')}>
          <PanelLeftClose className="size-16" />
        </IconButton>
      </div>
      {organizationId === undefined ? (
        <Waiting>Reading tasks</Waiting>
      ) : (
        <TaskList organizationId={organizationId} />
      )}
    </nav>
  )
}

function TaskList({ organizationId }: { organizationId: string }) {
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
      ) : filter !== '' ? (
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
        <EmptyState title="No repositories yet">
          Open a folder with a git repository, or drop it on this window.
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
