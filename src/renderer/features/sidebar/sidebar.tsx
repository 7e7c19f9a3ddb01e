import type { Organization } from '@shared/domain'
import {
  BookMarked,
  ChartColumn,
  FolderPlus,
  GitPullRequest,
  History,
  PanelLeftClose,
  Plus,
  Search,
  Settings as SettingsIcon,
  SquareKanban,
} from 'lucide-react'
import type { ReactNode } from 'react'
import { shortcutText } from '../../app/keymap'
import { openRepository } from '../../app/open-repository'
import { togglePanel } from '../../app/panels'
import {
  openActivity,
  openBoard,
  openInsights,
  openNewTask,
  openPullRequests,
  openRepositories,
  openSearch,
  setSettingsOpen,
  useWorkspace,
} from '../../app/workspace'
import { Button, IconButton } from '../../ui/button'
import { cx } from '../../ui/cx'
import { Waiting } from '../../ui/progress'
import { OrganizationSwitcher } from '../organizations/switcher'
import { useOrganization } from '../organizations/use-organizations'
import { countText } from '../sync/sync-text'
import { useSync } from '../sync/use-sync'
import { TaskList } from './task-list'

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
      {organization !== undefined && <Lists organization={organization} />}
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
        <TaskList organizationId={organizationId} />
      )}
    </nav>
  )
}

/** What there is beside the tasks: what is known of GitHub, and what was done. */
function Lists({ organization }: { organization: Organization }) {
  const counts = useSync(organization.id)?.counts
  const view = useWorkspace((state) => state.view.type)
  return (
    <div className="flex shrink-0 flex-col px-8 pb-6">
      <ListEntry
        label="Search everything"
        shortcut={shortcutText('Shift+S')}
        icon={<Search aria-hidden className="size-12" />}
        current={view === 'search'}
        onOpen={openSearch}
      />
      {organization.github !== null && (
        <>
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
        </>
      )}
      <ListEntry
        label="Board"
        shortcut={shortcutText('Shift+D')}
        icon={<SquareKanban aria-hidden className="size-12" />}
        current={view === 'board'}
        onOpen={openBoard}
      />
      <ListEntry
        label="Activity"
        shortcut={shortcutText('Shift+Y')}
        icon={<History aria-hidden className="size-12" />}
        current={view === 'activity'}
        onOpen={openActivity}
      />
      <ListEntry
        label="Insights"
        shortcut={shortcutText('Shift+M')}
        icon={<ChartColumn aria-hidden className="size-12" />}
        current={view === 'insights'}
        onOpen={openInsights}
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
  count?: number | undefined
  countWords?: string
  icon: ReactNode
  current: boolean
  onOpen: () => void
}) {
  const known = count !== undefined && count > 0
  return (
    <button
      type="button"
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
      {known && (
        <span className="text-12 text-text-faint">
          <span className="sr-only">, </span>
          {countText(count)}
          <span className="sr-only"> {countWords}</span>
        </span>
      )}
    </button>
  )
}
