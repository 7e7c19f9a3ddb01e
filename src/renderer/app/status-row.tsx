import { useEffect } from 'react'
import type { Organization } from '@shared/domain'
import { useTaskGroups } from '../features/sidebar/use-task-groups'
import { BudgetStatus, SyncStatus } from '../features/sync/sync-status'
import { useEntities, useEntity } from '../client/topics'
import { StatusGlyph } from '../ui/status-glyph'
import { nextWaitingEvent, shortcutText } from './keymap'
import { openSettings, openTask, useWorkspace } from './workspace'

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
          <Counts organizationId={organization.id} />
          <BudgetStatus organization={organization} />
        </>
      )}
      <Jobs />
      <FailedCleanUps />
    </footer>
  )
}

function Counts({ organizationId }: { organizationId: string }) {
  const { counts, groups } = useTaskGroups(organizationId)
  /** The next one after the task on screen, and so on round. */
  const openNext = () => {
    const waiting = groups.flatMap(({ tasks }) => tasks.filter(({ status }) => status === 'needs_input'))
    const { view } = useWorkspace.getState()
    const at = waiting.findIndex(({ id }) => view.type === 'task' && view.taskId === id)
    const next = waiting[(at + 1) % waiting.length]
    if (next !== undefined) openTask(next.id)
  }
  useEffect(() => {
    window.addEventListener(nextWaitingEvent, openNext)
    return () => window.removeEventListener(nextWaitingEvent, openNext)
  })
  return (
    <>
      {counts.needsInput > 0 && (
        <button
          type="button"
          onClick={openNext}
          title={`Next task that waits for you (${shortcutText('Shift+J')})`}
          className="hit-area flex shrink-0 items-center gap-4 text-warning hover:underline"
        >
          <span aria-hidden className="inline-flex">
            <StatusGlyph status="needs_input" />
          </span>
          {counts.needsInput} {counts.needsInput === 1 ? 'needs' : 'need'} input
        </button>
      )}
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
