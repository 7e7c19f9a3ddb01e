import type { TaskDetail } from '@shared/domain'
import { lazy, Suspense } from 'react'
import { type PanelTab, choosePanelTab, useWorkspace } from '../../app/workspace'
import { reportError } from '../../client/report'
import { cx } from '../../ui/cx'
import { ErrorBoundary } from '../../ui/error-boundary'
import { PullRequestGlyph, pullRequestStatus } from '../../ui/pull-request-glyph'
import { Waiting } from '../../ui/progress'
import type { ScriptsOfTask } from '../scripts/use-task-scripts'

export const ChangesPanel = lazy(async () => ({
  default: (await import('../changes/changes-panel')).ChangesPanel,
}))
const PullRequestPanel = lazy(async () => ({
  default: (await import('../publish/pull-request-panel')).PullRequestPanel,
}))

export const FilesPanel = lazy(async () => ({
  default: (await import('../files/files-panel')).FilesPanel,
}))
const ScriptsPanel = lazy(async () => ({ default: (await import('../scripts/scripts-panel')).ScriptsPanel }))
const TaskHistory = lazy(async () => ({ default: (await import('../history/task-history')).TaskHistory }))

export const panelNames: Record<PanelTab, string> = {
  changes: 'Changes',
  files: 'Files',
  pull_request: 'Pull request',
  scripts: 'Scripts',
  history: 'History',
}
const tabs = ['changes', 'files', 'pull_request', 'scripts', 'history'] as const
const contents: Record<PanelTab, string> = {
  changes: 'The list of changes',
  files: 'The files',
  pull_request: 'The pull request',
  scripts: 'The list of scripts',
  history: 'The history',
}

/** What stands beside the sessions of a task: what changed, what becomes of it, and what was done. */
export function TaskPanel({
  task,
  organizationId,
  scripts,
}: {
  task: TaskDetail
  organizationId: string
  scripts: ScriptsOfTask
}) {
  const tab = useWorkspace((state) => state.panelTab)
  return (
    <div className="flex h-full min-h-0 flex-col">
      <div
        role="tablist"
        aria-label="Panel"
        className="flex h-strip shrink-0 items-center gap-4 border-b border-line px-8"
      >
        {tabs.map((one) => (
          <button
            key={one}
            type="button"
            role="tab"
            data-tab={one}
            aria-selected={tab === one}
            tabIndex={tab === one ? 0 : -1}
            onClick={() => choosePanelTab(one)}
            onKeyDown={(event) => {
              const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key]
              if (step === undefined) return
              event.preventDefault()
              const other = tabs.at((tabs.indexOf(one) + step) % tabs.length) ?? one
              choosePanelTab(other)
              event.currentTarget.parentElement?.querySelector<HTMLElement>(`[data-tab=${other}]`)?.focus()
            }}
            className={cx(
              'flex h-24 min-w-0 items-center gap-6 rounded-4 px-8 text-12',
              tab === one ? 'bg-surface-3 text-text' : 'text-text-muted hover:bg-surface-2',
            )}
          >
            {one === 'pull_request' && task.pullRequest !== null && (
              <PullRequestGlyph status={pullRequestStatus(task.pullRequest)} />
            )}
            <span className="truncate">{panelNames[one]}</span>
            {one === 'pull_request' && task.pullRequest !== null && (
              <span className="text-text-faint">#{task.pullRequest.number}</span>
            )}
          </button>
        ))}
      </div>
      <div className="min-h-0 flex-1">
        <ErrorBoundary key={tab} what={contents[tab]} onError={reportError}>
          <Suspense fallback={<Waiting>Opening</Waiting>}>
            {tab === 'changes' ? (
              <ChangesPanel task={task} wide={false} />
            ) : tab === 'files' ? (
              <FilesPanel task={task} wide={false} />
            ) : tab === 'scripts' ? (
              <ScriptsPanel task={task} known={scripts} />
            ) : tab === 'history' ? (
              <TaskHistory task={task} />
            ) : (
              <PullRequestPanel task={task} organizationId={organizationId} />
            )}
          </Suspense>
        </ErrorBoundary>
      </div>
    </div>
  )
}
