import type { CheckpointEntry } from '@shared/changes'
import type { TaskDetail } from '@shared/domain'
import type { CheckpointId } from '@shared/ids'
import { RotateCcw } from 'lucide-react'
import { useRef, useState } from 'react'
import { Button } from '../../ui/button'
import { Dialog } from '../../ui/dialog'
import { type Choice, SearchSelect } from '../../ui/select'
import { exactTime } from '../../ui/time'
import { counted } from '../sync/sync-text'
import { restoreFiles } from './change-actions'
import { checkpointWords } from './checkpoint-words'
import type { CheckpointList, ComparisonChoice } from './comparison-choice'
import { TurnLinesButton } from './turn-lines'

/** Which turn, or which two, are compared. */
export function TurnChoice({
  task,
  choice,
  onChange,
  checkpoints,
  canRestore,
  changedAt,
}: {
  task: TaskDetail
  choice: ComparisonChoice
  onChange: (change: Partial<ComparisonChoice>) => void
  checkpoints: CheckpointList
  canRestore: boolean
  /** When the checkout was last looked at. */
  changedAt: number | undefined
}) {
  const { entries } = checkpoints
  const [asking, setAsking] = useState(false)
  if (entries === null || entries.length === 0) return null
  const to = choice.to === undefined ? entries[0]?.id : choice.to
  const chosen = entries.find(({ id }) => id === to)
  const choices = entries.map(choiceOf)
  const older = choices.slice(to === null ? 0 : choices.findIndex(({ value }) => value === to) + 1)
  return (
    <div className="flex shrink-0 flex-wrap items-center gap-8 border-b border-line px-8 py-4">
      <div className="flex min-w-0 basis-full items-center gap-8">
        <div className="flex min-w-number flex-1 items-center gap-6">
          <SearchSelect
            label="Turn"
            look="field"
            value={to ?? 'now'}
            choices={[
              { value: 'now', label: 'The files as they are now' },
              ...choices,
              ...moreChoice(checkpoints),
            ]}
            placeholder="Choose a turn"
            empty="No such turn."
            onChange={(value) =>
              value === 'more'
                ? checkpoints.readMore()
                : onChange({ to: value === 'now' ? null : (value as CheckpointId), from: 'before' })
            }
          />
        </div>
        <div className="flex min-w-number flex-1 items-center gap-6">
          <SearchSelect
            label="Compared with"
            look="field"
            value={choice.from ?? 'base'}
            choices={[
              { value: 'before', label: to === null ? 'The newest turn' : 'What was before it' },
              { value: 'base', label: 'The start of the branch' },
              ...older,
              ...moreChoice(checkpoints),
            ]}
            placeholder="Choose what to compare with"
            empty="No such turn."
            onChange={(value) =>
              value === 'more'
                ? checkpoints.readMore()
                : onChange({ from: value === 'base' ? null : (value as CheckpointId | 'before') })
            }
          />
        </div>
      </div>
      {chosen?.turnId != null && choice.from === 'before' && (
        <TurnLinesButton taskId={task.id} turnId={chosen.turnId} changedAt={changedAt} />
      )}
      {chosen !== undefined && canRestore && (
        <Button size="small" icon={<RotateCcw className="size-12" />} onClick={() => setAsking(true)}>
          Restore…
        </Button>
      )}
      {asking && chosen !== undefined && (
        <RestoreQuestion task={task} entry={chosen} onClose={() => setAsking(false)} />
      )}
    </div>
  )
}

function moreChoice({ more }: CheckpointList): Choice[] {
  return more ? [{ value: 'more', label: 'Read older turns' }] : []
}

/** A checkpoint as a choice. */
export function choiceOf(entry: CheckpointEntry): Choice {
  const counts = `${counted(entry.files, 'file', 'files')} +${entry.added} −${entry.removed}`
  return { value: entry.id, label: titleOf(entry), hint: `${exactTime(entry.createdAt)} · ${counts}` }
}

function titleOf(entry: CheckpointEntry): string {
  const prompt = entry.prompt?.trim().split('\n')[0]?.slice(0, 120) ?? ''
  return prompt === '' ? checkpointWords[entry.reason] : prompt
}

function RestoreQuestion({
  task,
  entry,
  onClose,
}: {
  task: TaskDetail
  entry: CheckpointEntry
  onClose: () => void
}) {
  const cancel = useRef<HTMLButtonElement>(null)
  const [busy, setBusy] = useState(false)
  const restore = async () => {
    setBusy(true)
    const done = await restoreFiles(task.id, entry.id, null)
    setBusy(false)
    if (done) onClose()
  }
  return (
    <Dialog
      open
      onClose={onClose}
      initialFocus={cancel}
      title="Restore all files to this turn?"
      description={titleOf(entry)}
      footer={
        <>
          <Button ref={cancel} onClick={onClose}>
            Keep the files as they are
          </Button>
          <Button tone="accent" busy={busy} onClick={() => void restore()}>
            Restore
          </Button>
        </>
      }
    >
      Every file becomes what it was at the end of this turn; files that came later are removed. Ignored
      files, what is staged and the commits of the branch stay. The files as they are now are kept as a
      checkpoint, so that this can be taken back.
    </Dialog>
  )
}
