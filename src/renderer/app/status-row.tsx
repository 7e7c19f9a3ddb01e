import { useEffect } from 'react'
import type { Organization, Waiting } from '@shared/domain'
import { openAnywhere, useOrganizations } from '../features/organizations/use-organizations'
import { useTaskGroups } from '../features/sidebar/use-task-groups'
import { BudgetStatus, SyncStatus } from '../features/sync/sync-status'
import { useEntities, useEntity } from '../client/topics'
import { Menu } from '../ui/menu'
import { StatusGlyph } from '../ui/status-glyph'
import { nextWaitingEvent, shortcutText } from './keymap'
import { openSettings, taskOf, useWorkspace } from './workspace'

/** The line at the bottom: what runs, what waits for a person, what the app itself is doing. */
export function StatusRow({ organization }: { organization: Organization | undefined }) {
  return (
    <footer
      aria-label="Status"
      className="box-content flex h-status shrink-0 items-center gap-12 overflow-hidden border-t border-line bg-surface-1 px-12 text-11 text-text-muted"
    >
      {organization !== undefined && (
        <>
          <SyncStatus organization={organization} />
          <WaitingForInput />
          <Counts organizationId={organization.id} />
          <BudgetStatus organization={organization} />
        </>
      )}
      <Jobs />
      <FailedCleanUps />
    </footer>
  )
}

/** What waits for the person, wherever it is: one is opened at once, of several one is chosen. */
function WaitingForInput() {
  const sessions = useEntity('app', null, 'waiting', 'waiting')?.sessions ?? none
  const organizations = useOrganizations()
  /** The next one after the task on screen, and so on round. */
  const openNext = () => {
    const { view } = useWorkspace.getState()
    const at = sessions.findIndex(({ taskId }) => taskId === taskOf(view))
    const next = sessions[(at + 1) % sessions.length]
    if (next !== undefined) void openAnywhere(next)
  }
  useEffect(() => {
    window.addEventListener(nextWaitingEvent, openNext)
    return () => window.removeEventListener(nextWaitingEvent, openNext)
  })
  if (sessions.length === 0) return null
  const button = (
    <button
      type="button"
      title={`Next one that waits for you: ${shortcutText('Shift+J')}`}
      className="hit-area flex shrink-0 items-center gap-4 text-warning hover:underline"
      onClick={sessions.length === 1 ? openNext : undefined}
    >
      <span aria-hidden className="inline-flex">
        <StatusGlyph status="needs_input" />
      </span>
      {sessions.length} {sessions.length === 1 ? 'needs' : 'need'} input
    </button>
  )
  if (sessions.length === 1) return button
  return (
    <Menu
      align="start"
      trigger={button}
      groups={[
        sessions.map((session) => ({
          key: session.sessionId,
          label: session.title,
          hint: organizations.find(({ id }) => id === session.organizationId)?.name,
          onSelect: () => void openAnywhere(session),
        })),
      ]}
    />
  )
}

const none: Waiting['sessions'] = []

function Counts({ organizationId }: { organizationId: string }) {
  const { counts } = useTaskGroups(organizationId)
  return (
    <>
      <span className="shrink-0">
        {counts.running === 0 ? 'Nothing running' : `${counts.running} running`}
      </span>
      {counts.provisioning > 0 && <span className="shrink-0">{counts.provisioning} preparing</span>}
    </>
  )
}

function Jobs() {
  const jobs = useEntities('app', null, 'job')
  const running = [...jobs.values()].filter((job) => job.state === 'running' || job.state === 'queued')
  const first = running[0]
  if (first === undefined) return null
  return (
    <span className="min-w-0 truncate">
      {running.length > 1 && `${running.length} jobs: `}
      {first.stage ?? 'Working'}
      {first.progress !== null && ` ${Math.round(first.progress * 100)} %`}
    </span>
  )
}

/** Nothing is lost by it, but the disk is not free and a person may have to decide. */
function FailedCleanUps() {
  const failed = useEntity('app', null, 'storage', 'storage')?.failedCleanUps ?? 0
  if (failed === 0) return null
  return (
    <button
      type="button"
      onClick={() => openSettings('storage')}
      className="hit-area ms-auto shrink-0 text-warning hover:underline"
    >
      {failed === 1 ? '1 clean-up failed' : `${failed} clean-ups failed`}
    </button>
  )
}
