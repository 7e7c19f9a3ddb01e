import type { ErrorValue } from '@shared/errors'
import type { TurnLines } from '@shared/provenance'
import type { TaskId, TurnId } from '@shared/ids'
import { useEffect, useState } from 'react'
import { create } from 'zustand'
import { showPanel } from '../../app/panels'
import { chooseFile, showTask } from '../../app/workspace'
import { call } from '../../client/call'
import { Button } from '../../ui/button'
import { Dialog } from '../../ui/dialog'
import { ErrorNotice } from '../../ui/notice'
import { Waiting } from '../../ui/progress'
import { counted } from '../sync/sync-text'
import { leftText, linesText } from './origin-text'

interface Asked {
  taskId: TaskId
  turnId: TurnId
}

const useAsked = create<{ asked: Asked | null }>(() => ({ asked: null }))

/** Shows the lines of a turn that are left. */
export function askForTurnLines(asked: Asked): void {
  useAsked.setState({ asked })
}

/** So many places of one file are listed. */
const MOST_RANGES = 50

/** What is left of a turn, read when it is asked for and when `changedAt` is another time. */
function useTurnLines(
  asked: Asked | null,
  changedAt?: number,
): { lines: TurnLines | null; error: ErrorValue | null } {
  const [read, setRead] = useState<{ turnId: TurnId; lines: TurnLines } | null>(null)
  const [failed, setFailed] = useState<{ turnId: TurnId; error: ErrorValue } | null>(null)
  const { taskId, turnId } = asked ?? { taskId: null, turnId: null }
  useEffect(() => {
    if (taskId === null) return undefined
    let current = true
    void call('task.turnLines', { taskId, turnId }).then((result) => {
      if (!current) return
      if (result.ok) setRead({ turnId, lines: result.value })
      setFailed(result.ok ? null : { turnId, error: result.error })
    })
    return () => {
      current = false
    }
    // A newer state of the checkout asks again.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [taskId, turnId, changedAt])
  return {
    lines: turnId !== null && read?.turnId === turnId ? read.lines : null,
    error: turnId !== null && failed?.turnId === turnId ? failed.error : null,
  }
}

/** How many lines of a turn are left; a press lists them. */
export function TurnLinesButton({ taskId, turnId, changedAt }: Asked & { changedAt: number | undefined }) {
  const { lines, error } = useTurnLines({ taskId, turnId }, changedAt)
  if (lines === null || error !== null) return null
  return (
    <Button size="small" tone="quiet" onClick={() => askForTurnLines({ taskId, turnId })}>
      {leftText(lines)}
    </Button>
  )
}

/** The lines of a turn that are left, by file. */
export function TurnLinesDialog({ taskId }: { taskId: TaskId }) {
  const asked = useAsked((state) => state.asked)
  const shown = asked?.taskId === taskId ? asked : null
  const { lines, error } = useTurnLines(shown)
  if (shown === null) return null
  const close = () => useAsked.setState({ asked: null })
  const show = (path: string, line: number) => {
    close()
    showTask(taskId)
    chooseFile({ taskId, path, line })
    showPanel()
  }
  return (
    <Dialog
      open
      onClose={close}
      title="What is left of this turn"
      description={lines === null ? undefined : noteOf(lines)}
    >
      {error !== null ? (
        <ErrorNotice error={error} />
      ) : lines === null ? (
        <Waiting>Following the lines</Waiting>
      ) : (
        <ul aria-label="Files" className="flex flex-col gap-12">
          {lines.files.map((file) => (
            <li key={file.path} className="flex min-w-0 flex-col gap-4">
              <p className="flex min-w-0 items-baseline gap-8">
                <code className="code-text min-w-0 flex-1 break-all">{file.path}</code>
                <span className="shrink-0 text-12 text-text-faint">
                  {counted(file.lines, 'line', 'lines')}
                </span>
              </p>
              <div className="flex flex-wrap gap-4">
                {file.ranges.slice(0, MOST_RANGES).map((range) => (
                  <Button
                    key={range.from}
                    size="small"
                    aria-label={`${linesText(range)} of ${file.path}`}
                    onClick={() => show(file.path, range.from)}
                  >
                    {linesText(range)}
                  </Button>
                ))}
                {file.ranges.length > MOST_RANGES && (
                  <span className="text-12 text-text-muted">
                    and {counted(file.ranges.length - MOST_RANGES, 'other place', 'other places')}
                  </span>
                )}
              </div>
            </li>
          ))}
        </ul>
      )}
    </Dialog>
  )
}

function noteOf(lines: TurnLines): string {
  const notes = [`${leftText(lines)}.`]
  if (lines.shared > 0)
    notes.push(
      `${lines.shared.toLocaleString()} of them were written while a turn of another session ran too.`,
    )
  if (lines.incomplete)
    notes.push('A turn changed so much that the record of it was cut: there may be more than is listed here.')
  return notes.join(' ')
}
