import type { SessionSummary, TaskDetail } from '@shared/domain'
import { lazy, Suspense, useMemo } from 'react'
import { useFrameLayout } from '../../app/frame-layout'
import { Overlay } from '../../app/overlay'
import { reportError } from '../../client/report'
import { panelLimits, setLayout, useWorkspace } from '../../app/workspace'
import { useEntities, useEntity } from '../../client/topics'
import { ErrorBoundary } from '../../ui/error-boundary'
import { EmptyState } from '../../ui/notice'
import { Waiting } from '../../ui/progress'
import { Splitter } from '../../ui/splitter'
import { ScriptsNotice } from '../scripts/scripts-notice'
import { useTaskScripts } from '../scripts/use-task-scripts'
import { activeSession, inOrder } from '../sessions/active-session'
import { NewSession } from '../sessions/new-session'
import { SessionStrip } from '../sessions/session-strip'
import { SessionView } from '../sessions/session-view'
import { NotOpen } from './not-open'
import { isPreparing, newestProvisioning, Provisioning } from './provisioning'
import { GroupStrip } from '../side-by-side/group-strip'
import { SidebarButton } from './sidebar-button'
import { RepositoryNotice } from './repository-notice'
import { ChangesPanel, FilesPanel, panelNames, TaskPanel } from './task-panel'
import { TurnLinesDialog } from '../changes/turn-lines'
import { TitleRow } from './title-row'
import { VirtualTask } from './virtual-task'

const QuickOpen = lazy(async () => ({ default: (await import('../files/quick-open')).QuickOpen }))
const TerminalDock = lazy(async () => ({ default: (await import('../terminal/terminal-dock')).TerminalDock }))

/** One task: its sessions in the middle, what they changed beside them. */
export function TaskView({ taskId, organizationId }: { taskId: string; organizationId: string }) {
  const task = useEntity('task', taskId, 'task', taskId)
  if (task !== undefined) return <OpenTask task={task} organizationId={organizationId} />
  return (
    <>
      <header className="flex h-title shrink-0 items-center gap-8 border-b border-line px-12">
        <SidebarButton />
      </header>
      <NotOpen
        taskId={taskId}
        heading="h1"
        waiting="Opening the task"
        gone="This task does not exist any more"
      >
        It may have been removed together with its repository.
      </NotOpen>
    </>
  )
}

function OpenTask({ task, organizationId }: { task: TaskDetail; organizationId: string }) {
  // Without a checkout there are no changes to show, and the pull request stands in the middle.
  const hasPanel = task.status !== 'virtual'
  const { panel } = useFrameLayout(hasPanel)
  const width = useWorkspace((state) => state.panelWidth)
  const tab = useWorkspace((state) => state.panelTab)
  const scripts = useTaskScripts(task)
  const wide = useWorkspace((state) => state.panelWide) && hasPanel
  const quickOpen = useWorkspace((state) => state.quickOpen)
  const wideTab = tab === 'files' ? 'files' : 'changes'
  const terminalOpen = useWorkspace((state) => state.terminalOpen) && hasPanel
  const terminalWide = useWorkspace((state) => state.terminalWide)
  const terminalBeside = panel === 'beside' && !wide && !terminalWide
  const terminal = terminalOpen && (
    <ErrorBoundary what="The terminal" onError={reportError}>
      <Suspense fallback={null}>
        <TerminalDock task={task} scripts={scripts} canBeWide={panel === 'beside' && !wide} />
      </Suspense>
    </ErrorBoundary>
  )
  const beside = <TaskPanel task={task} organizationId={organizationId} scripts={scripts} />
  return (
    <section aria-label={`Task: ${task.title}`} className="relative flex min-h-0 flex-1 flex-col">
      <TitleRow task={task} organizationId={organizationId} panelShown={panel !== 'away'} />
      {hasPanel && quickOpen && (
        <Suspense fallback={null}>
          <QuickOpen task={task} />
        </Suspense>
      )}
      <GroupStrip task={task} organizationId={organizationId} />
      <div className="flex min-h-0 flex-1 overflow-hidden">
        {wide && (
          <section aria-label={panelNames[wideTab]} className="min-w-0 flex-1 bg-surface-1">
            <ErrorBoundary
              key={wideTab}
              what={wideTab === 'files' ? 'The files' : 'The list of changes'}
              onError={reportError}
            >
              <Suspense fallback={<Waiting>Opening</Waiting>}>
                {wideTab === 'files' ? <FilesPanel task={task} wide /> : <ChangesPanel task={task} wide />}
              </Suspense>
            </ErrorBoundary>
          </section>
        )}
        {!wide && (
          <div className="flex min-w-0 flex-1 flex-col">
            <RepositoryNotice task={task} organizationId={organizationId} />
            <ScriptsNotice task={task} known={scripts} />
            <Middle task={task} organizationId={organizationId} />
          </div>
        )}
        {panel === 'beside' && !wide && (
          <>
            <Splitter
              label="Panel width"
              side="end"
              value={width}
              {...panelLimits}
              onChange={(panelWidth) => setLayout({ panelWidth })}
            />
            <div
              className="flex w-panel shrink-0 flex-col border-s border-line bg-surface-1"
              style={{ '--panel-width': `${width}px` }}
            >
              <section aria-label={panelNames[tab]} className="min-h-0 flex-1">
                {beside}
              </section>
              {terminalBeside && terminal}
            </div>
          </>
        )}
      </div>
      {!terminalBeside && terminal}
      <TurnLinesDialog taskId={task.id} />
      {panel === 'over' && !wide && (
        <Overlay side="end">
          <section
            aria-label={panelNames[tab]}
            className="h-full w-panel max-w-full bg-surface-1"
            style={{ '--panel-width': `${width}px` }}
          >
            {beside}
          </section>
        </Overlay>
      )}
    </section>
  )
}

function Middle({ task, organizationId }: { task: TaskDetail; organizationId: string }) {
  const sessions = useEntities('task', task.id, 'session')
  const jobs = useEntities('task', task.id, 'job')
  const chosen = useWorkspace((state) => state.chosenSessions[task.id])
  const ordered = useMemo(() => inOrder(sessions), [sessions])
  const active = activeSession(ordered, chosen, task.activeSessionId)
  const provisioning = newestProvisioning(jobs)
  const preparing = isPreparing(task, provisioning)
  if (isUntouched(task, ordered)) return <VirtualTask task={task} organizationId={organizationId} />
  return (
    <>
      <SessionStrip task={task} sessions={ordered} activeId={active?.id ?? null} />
      {preparing && <Provisioning task={task} job={provisioning} />}
      <ErrorBoundary key={active?.id} what="This session" onError={reportError}>
        {active !== undefined ? (
          <SessionView
            key={active.id}
            task={task}
            organizationId={organizationId}
            sessionId={active.id}
            quiet={preparing}
          />
        ) : (
          !preparing && <NoSession task={task} />
        )}
      </ErrorBoundary>
    </>
  )
}

function NoSession({ task }: { task: TaskDetail }) {
  return (
    <EmptyState title="No open session" action={<NewSession task={task} look="button" />}>
      {task.status === 'archived'
        ? 'The task is archived. Its closed sessions can be read from the strip above.'
        : 'Start a new session, or reopen a closed one from the strip above.'}
    </EmptyState>
  )
}

/** Nobody has worked on it here: it is its pull request, open or ended, and no more. */
function isUntouched(task: TaskDetail, sessions: readonly SessionSummary[]): boolean {
  if (task.status === 'virtual') return true
  return (
    task.status === 'archived' && task.pullRequest !== null && task.sandbox === null && sessions.length === 0
  )
}
