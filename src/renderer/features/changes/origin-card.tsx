import type { Comparison } from '@shared/changes'
import type { ErrorValue } from '@shared/errors'
import type { LineOrigin, OriginTurn } from '@shared/provenance'
import type { TaskId } from '@shared/ids'
import { X } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { useAgentChoice } from '../../app/app-state'
import { showRow, showTurn } from '../../app/workspace'
import { call } from '../../client/call'
import { Button, IconButton } from '../../ui/button'
import { ErrorNotice } from '../../ui/notice'
import { Waiting } from '../../ui/progress'
import { MessageTime } from '../../ui/time'
import { withoutTurns } from '../transcript/text-guard'
import { type AskedLines, askedLines } from './change-blocks'
import type { ChosenRows } from './diff-view'
import { linesText, originText } from './origin-text'

interface Told extends AskedLines {
  readonly origins: readonly LineOrigin[]
}

/** Who wrote the chosen lines, and who removed those that are not there any more. */
export function OriginCard({
  taskId,
  comparison,
  rows,
  onClose,
}: {
  taskId: TaskId
  comparison: Comparison
  rows: ChosenRows
  onClose: () => void
}) {
  const [told, setTold] = useState<readonly Told[] | null>(null)
  const [error, setError] = useState<ErrorValue | null>(null)
  const card = useRef<HTMLElement>(null)
  const { loaded, part } = rows
  useEffect(() => {
    let current = true
    const { path, oldPath } = loaded.file
    void (async () => {
      const answers: Told[] = []
      for (const asked of askedLines(loaded.diff.patch, part.from, part.to)) {
        // Two at most, in the order in which they are shown.
        const result = await call('task.lineOrigins', { taskId, comparison, path, oldPath, ...asked })
        if (!current) return
        if (!result.ok) return setError(result.error)
        answers.push({ ...asked, origins: result.value })
      }
      setTold(answers)
    })()
    return () => {
      current = false
    }
  }, [taskId, comparison, loaded, part])
  const close = useRef(onClose)
  useEffect(() => {
    close.current = onClose
  })
  // It was asked for: the keys go on in it.
  useEffect(() => {
    const element = card.current
    element?.focus()
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return
      event.stopPropagation()
      close.current()
    }
    element?.addEventListener('keydown', onKey)
    return () => element?.removeEventListener('keydown', onKey)
  }, [])
  return (
    <section
      ref={card}
      tabIndex={-1}
      aria-label="Who wrote this"
      className="absolute inset-x-0 bottom-12 mx-auto flex max-h-list w-picker max-w-full flex-col rounded-6 border border-line bg-surface-2 shadow-float outline-none"
    >
      <header className="flex shrink-0 items-center gap-8 border-b border-line py-4 ps-12 pe-4">
        <h3 className="min-w-0 flex-1 truncate font-semibold">Who wrote this</h3>
        <IconButton label="Close" onClick={onClose}>
          <X className="size-12" />
        </IconButton>
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto p-12">
        {error !== null ? (
          <ErrorNotice error={error} />
        ) : told === null ? (
          <Waiting>Reading the record</Waiting>
        ) : (
          <ul className="flex flex-col gap-12">
            {told.flatMap(({ side, origins }) =>
              origins.map((origin) => (
                <Origin
                  key={`${side}${origin.from}`}
                  taskId={taskId}
                  origin={origin}
                  removed={side === 'old'}
                />
              )),
            )}
          </ul>
        )}
      </div>
    </section>
  )
}

function Origin({ taskId, origin, removed }: { taskId: TaskId; origin: LineOrigin; removed: boolean }) {
  return (
    <li className="flex min-w-0 flex-col gap-4">
      <p className="text-12 text-text-muted">
        <span className="text-text">
          {linesText(origin)}
          {removed && ', before the change'}
        </span>
        . {originText(origin, removed)}
      </p>
      {origin.turns.map((turn) => (
        <Turn key={turn.turnId} taskId={taskId} turn={turn} />
      ))}
    </li>
  )
}

/** A turn with its prompt, and its tool calls that hold the lines. */
function Turn({ taskId, turn }: { taskId: TaskId; turn: OriginTurn }) {
  const { agents } = useAgentChoice()
  const agent = agents.find(({ id }) => id === turn.agentId)
  const model =
    agent?.options
      .find(({ category }) => category === 'model')
      ?.values.find(({ value }) => value === turn.modelId)?.name ?? turn.modelId
  const { sessionId, turnId } = turn
  return (
    <div className="flex min-w-0 flex-col gap-4 rounded-4 bg-surface-1 p-8">
      <div className="flex min-w-0 items-baseline gap-8">
        <span dir="auto" className="min-w-0 flex-1 break-words">
          {withoutTurns(turn.prompt)}
        </span>
        <Button size="small" onClick={() => showTurn(taskId, { sessionId, turnId })}>
          Show turn {turn.nth}
        </Button>
      </div>
      <p className="text-12 text-text-faint">
        {[agent?.name ?? turn.agentId, model, withoutTurns(turn.sessionName)]
          .filter((part) => part !== null)
          .join(' · ')}
        {' · '}
        <MessageTime at={turn.startedAt} />
        {turn.endedAt === null && ' · runs now'}
      </p>
      {turn.calls.length > 0 && (
        <ul aria-label="Tool calls" className="flex flex-col gap-2">
          {turn.calls.map(({ toolCallId, title, row, evidence }) => (
            <li key={toolCallId} className="flex min-w-0 items-baseline gap-8">
              <button
                type="button"
                onClick={() => showRow(taskId, sessionId, row)}
                className="min-w-0 truncate rounded-4 text-start underline"
              >
                {withoutTurns(title)}
              </button>
              <span className="shrink-0 text-11 text-text-faint">
                {evidence === 'edit' ? 'its edit holds it' : 'named the file, not the lines'}
              </span>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
