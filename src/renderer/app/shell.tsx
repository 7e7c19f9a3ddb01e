import { formatDeepLink } from '@shared/deep-link'
import { lazy, Suspense, useEffect, useState } from 'react'
import { Sidebar } from '../features/sidebar/sidebar'
import { NeedsGitHub } from '../features/onboarding/needs-github'
import { Start } from '../features/onboarding/start'
import { usePolicyDialog } from '../features/policies/policy-question'
import { useTransfer } from '../features/transfer/transfer-state'
import { DataBanner } from '../features/data/data-banner'
import { WaitingLink } from '../features/links/waiting-link'
import { useOrganization } from '../features/organizations/use-organizations'
import { ReconnectBanner } from '../features/sync/reconnect-banner'
import { retryTopic, useTopicError, useTopicPhase } from '../client/topics'
import { Button } from '../ui/button'
import { ErrorBoundary } from '../ui/error-boundary'
import { ErrorNotice } from '../ui/notice'
import { Waiting } from '../ui/progress'
import { Splitter } from '../ui/splitter'
import { Toasts } from '../ui/toast'
import { TooltipProvider } from '../ui/tooltip'
import { useAppState, useSettings } from './app-state'
import { UncleanExitBanner } from './banner'
import { useFrameLayout } from './frame-layout'
import { type Held, startDrop } from './link-input'
import { Overlay } from './overlay'
import { markShell, markUsable, whenUsable } from './readiness'
import { reportError } from '../client/report'
import { StatusRow } from './status-row'
import { setTheme } from './theme'
import { setLayout, sidebarLimits, useWorkspace } from './workspace'

const loadTaskView = () => import('../features/task/task-view')
const TaskView = lazy(async () => ({ default: (await loadTaskView()).TaskView }))
const NewTask = lazy(async () => ({ default: (await import('../features/new-task/new-task')).NewTask }))
const SignIn = lazy(async () => ({ default: (await import('../features/accounts/sign-in')).SignIn }))
const OrganizationChooser = lazy(async () => ({
  default: (await import('../features/organizations/chooser')).OrganizationChooser,
}))
const PullRequestsView = lazy(async () => ({
  default: (await import('../features/pull-requests/pull-requests-view')).PullRequestsView,
}))
const RepositoriesView = lazy(async () => ({
  default: (await import('../features/repositories/repositories-view')).RepositoriesView,
}))
const ActivityView = lazy(async () => ({
  default: (await import('../features/history/activity-view')).ActivityView,
}))
const InsightsView = lazy(async () => ({
  default: (await import('../features/insights/insights-view')).InsightsView,
}))
const SearchView = lazy(async () => ({
  default: (await import('../features/search/search-view')).SearchView,
}))
const BackToResults = lazy(async () => ({
  default: (await import('../features/search/back-to-results')).BackToResults,
}))
const BoardView = lazy(async () => ({ default: (await import('../features/board/board-view')).BoardView }))
const SideBySide = lazy(async () => ({
  default: (await import('../features/side-by-side/side-by-side')).SideBySide,
}))
const LinkView = lazy(async () => ({ default: (await import('../features/links/link-view')).LinkView }))
const LinkDialog = lazy(async () => ({
  default: (await import('../features/links/link-dialog')).LinkDialog,
}))
const TransferDialogs = lazy(async () => ({
  default: (await import('../features/transfer/transfer-dialogs')).TransferDialogs,
}))
const PolicyDialog = lazy(async () => ({
  default: (await import('../features/policies/policy-dialog')).PolicyDialog,
}))
// Nobody is asked anything before there is something to click.
const Questions = lazy(async () => {
  await whenUsable
  return { default: (await import('./questions')).Questions }
})
const SettingsDialog = lazy(async () => ({
  default: (await import('../features/settings/settings-dialog')).SettingsDialog,
}))

/** The frame: sidebar, the view in the middle, the line at the bottom, and what floats above. */
export function Shell() {
  const organizationId = useAppState()?.organizationId
  const organization = useOrganization(organizationId)
  const theme = useSettings()?.theme
  const settingsOpen = useWorkspace((state) => state.settingsOpen)
  const linkDialogOpen = useWorkspace((state) => state.linkDialogOpen)
  const transferShown = useTransfer((state) => state.question !== null)
  const policyShown = usePolicyDialog((state) => state.repositoryId !== null)
  const [held, setHeld] = useState<Held | null>(null)
  useEffect(markShell, [])
  useEffect(() => startDrop(setHeld), [])
  useEffect(() => {
    if (theme !== undefined) setTheme(theme)
  }, [theme])

  return (
    <TooltipProvider>
      <div className="relative flex h-full flex-col overflow-hidden">
        <DataBanner />
        <UncleanExitBanner />
        <WaitingLink />
        {organization !== undefined && <ReconnectBanner key={organization.id} organization={organization} />}
        <Frame organizationId={organizationId} />
        {organizationId !== undefined && <Readiness organizationId={organizationId} />}
        <StatusRow organization={organization} />
        {held !== null && (
          <div className="pointer-events-none absolute inset-0 z-40 flex items-center justify-center border-2 border-accent bg-backdrop">
            <p className="rounded-6 bg-surface-2 px-16 py-8 text-14 shadow-float">
              {held === 'folder' ? 'Drop a folder to open it as a repository' : 'Drop the link to follow it'}
            </p>
          </div>
        )}
      </div>
      {settingsOpen && (
        <Suspense fallback={null}>
          <SettingsDialog />
        </Suspense>
      )}
      {linkDialogOpen && (
        <Suspense fallback={null}>
          <LinkDialog />
        </Suspense>
      )}
      {organizationId !== undefined && policyShown && (
        <Suspense fallback={null}>
          <PolicyDialog organizationId={organizationId} />
        </Suspense>
      )}
      {transferShown && (
        <Suspense fallback={null}>
          <TransferDialogs />
        </Suspense>
      )}
      <Suspense fallback={null}>
        <Questions />
      </Suspense>
      <Toasts />
    </TooltipProvider>
  )
}

/** Says when the list, whether it is shown or folded away, can be used. Rendered after it, so that its rows are there. */
function Readiness({ organizationId }: { organizationId: string }) {
  const tasks = useTopicPhase('tasks', organizationId)
  const repositories = useTopicPhase('organization', organizationId)
  const known = tasks !== 'loading' && repositories !== 'loading'
  useEffect(() => {
    if (!known) return
    markUsable()
    // The first task a person opens should not wait for its code.
    const idle = requestIdleCallback(() => void loadTaskView(), { timeout: 5000 })
    return () => cancelIdleCallback(idle)
  }, [known])
  return null
}

function Frame({ organizationId }: { organizationId: string | undefined }) {
  const { sidebar } = useFrameLayout(false)
  const width = useWorkspace((state) => state.sidebarWidth)
  const backToSearch = useWorkspace((state) => state.backToSearch)
  const list = (
    <ErrorBoundary what="The list of tasks" onError={reportError}>
      <Sidebar organizationId={organizationId} />
    </ErrorBoundary>
  )
  return (
    <div className="relative flex min-h-0 flex-1">
      {sidebar === 'beside' && (
        <>
          <div
            className="w-sidebar shrink-0 border-e border-line"
            style={{ '--sidebar-width': `${width}px` }}
          >
            {list}
          </div>
          <section aria-label="Layout" className="flex">
            <Splitter
              label="Sidebar width"
              side="start"
              value={width}
              {...sidebarLimits}
              onChange={(sidebarWidth) => setLayout({ sidebarWidth })}
            />
          </section>
        </>
      )}
      {sidebar === 'over' && (
        <Overlay side="start">
          <div className="h-full w-sidebar max-w-full" style={{ '--sidebar-width': `${width}px` }}>
            {list}
          </div>
        </Overlay>
      )}
      <main className="relative flex min-w-0 flex-1 flex-col">
        <ErrorBoundary what="This view" onError={reportError}>
          {backToSearch && (
            <Suspense fallback={null}>
              <BackToResults />
            </Suspense>
          )}
          <Suspense fallback={<Waiting>Opening</Waiting>}>
            <Middle organizationId={organizationId} />
          </Suspense>
        </ErrorBoundary>
      </main>
    </div>
  )
}

function Middle({ organizationId }: { organizationId: string | undefined }) {
  const view = useWorkspace((state) => state.view)
  const organization = useOrganization(organizationId)
  const error = useTopicError('app', null)
  if (error !== null && organizationId === undefined) {
    return (
      <div className="p-24">
        <ErrorNotice
          error={error}
          actions={
            <Button size="small" onClick={() => retryTopic('app', null)}>
              Try again
            </Button>
          }
        />
      </div>
    )
  }
  if (organizationId === undefined || organization === undefined) return null
  switch (view.type) {
    case 'task':
      return <TaskView key={view.taskId} taskId={view.taskId} organizationId={organizationId} />
    case 'side_by_side':
      return <SideBySide taskId={view.taskId} organizationId={organizationId} />
    case 'new_task':
      return <NewTask organizationId={organizationId} />
    case 'start':
      return <Start organization={organization} />
    case 'sign_in':
      return <SignIn key={view.asked} host={view.host} />
    case 'organizations':
      return <OrganizationChooser accountId={view.accountId} />
    case 'link':
      return <LinkView key={formatDeepLink(view.link)} link={view.link} />
    case 'board':
      return <BoardView organization={organization} />
    case 'search':
      return <SearchView />
    case 'activity':
      return <ActivityView key={organization.id} organization={organization} />
    case 'insights':
      return <InsightsView key={organization.id} organization={organization} />
    case 'pull_requests':
      return organization.github === null ? (
        <NeedsGitHub what="Pull requests" />
      ) : (
        <PullRequestsView organization={organization} />
      )
    case 'repositories':
      return organization.github === null ? (
        <NeedsGitHub what="Repositories" />
      ) : (
        <RepositoriesView organization={organization} />
      )
  }
}
