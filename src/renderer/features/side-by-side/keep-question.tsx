import { openTask } from '../../app/workspace'
import { useCall } from '../../client/use-call'
import { Button } from '../../ui/button'
import { Dialog } from '../../ui/dialog'
import { StatusBadge } from '../../ui/status-glyph'
import { archiveTasks } from '../lifecycle/lifecycle-actions'
import { counted } from '../sync/sync-text'
import { isWorking, type Member } from './members'

/** Asks before the others go, and says which they are. They are archived, which can be undone. */
export function KeepQuestion({
  kept,
  others,
  onClose,
}: {
  kept: Member
  others: readonly Member[]
  onClose: () => void
}) {
  const keeping = useCall()
  const keep = () =>
    void keeping.run(async () => {
      const done = await archiveTasks(others.map(({ task }) => task))
      onClose()
      if (done) openTask(kept.task.id)
      return { ok: true, value: undefined }
    })
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Keep ${kept.name}`}
      description={
        others.length === 0
          ? 'No other task is left to be archived.'
          : others.length === 1
            ? 'The other task is archived: it stays readable, with its checkout, and can be brought back.'
            : `The other ${others.length} tasks are archived: they stay readable, with their checkouts, and can be brought back.`
      }
      footer={
        <>
          <Button tone="quiet" onClick={onClose}>
            Cancel
          </Button>
          {others.length > 0 && (
            <Button tone="accent" busy={keeping.busy} onClick={keep}>
              Archive {counted(others.length, 'task', 'tasks')}
            </Button>
          )}
        </>
      }
    >
      {others.length > 0 && (
        <ul aria-label="Tasks to archive" className="flex flex-col rounded-6 border border-line">
          {others.map(({ task }) => (
            <li key={task.id} className="flex items-center gap-8 border-b border-line p-8 last:border-b-0">
              <span className="min-w-0 flex-1 break-words" dir="auto">
                {task.title}
              </span>
              <StatusBadge status={task.status} />
            </li>
          ))}
        </ul>
      )}
      {others.some(({ task }) => isWorking(task)) && (
        <p className="pt-8 text-text-muted">What still runs in them is stopped.</p>
      )}
    </Dialog>
  )
}
