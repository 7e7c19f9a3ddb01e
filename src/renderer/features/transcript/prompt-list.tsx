import type { SentPrompt } from '@shared/domain'
import { useEffect, useState } from 'react'
import type { ErrorValue } from '@shared/errors'
import { chooseSession, chooseTurn } from '../../app/workspace'
import { call } from '../../client/call'
import { ErrorNotice } from '../../ui/notice'
import { Waiting } from '../../ui/progress'
import { MessageTime } from '../../ui/time'
import { withoutTurns } from './text-guard'

/** What was asked for in all sessions of a task, newest first. A press shows it where it stands. */
export function PromptList({
  taskId,
  sessionId,
  onChosen,
}: {
  taskId: string
  sessionId: string
  onChosen: () => void
}) {
  const [prompts, setPrompts] = useState<readonly SentPrompt[] | null>(null)
  const [error, setError] = useState<ErrorValue | null>(null)
  useEffect(() => {
    let current = true
    void call('session.prompts', { taskId: taskId as `task_${string}` }).then((result) => {
      if (!current) return
      if (result.ok) setPrompts(result.value)
      else setError(result.error)
    })
    return () => {
      current = false
    }
  }, [taskId])
  if (error !== null) return <ErrorNotice error={error} />
  if (prompts === null) return <Waiting>Reading the prompts</Waiting>
  if (prompts.length === 0) return <p className="text-text-muted">Nothing was asked yet.</p>
  return (
    <ol aria-label="Prompts" className="flex flex-col">
      {prompts.map((prompt) => (
        <li key={prompt.turnId}>
          <button
            type="button"
            onClick={() => {
              if (prompt.sessionId !== sessionId) chooseSession(taskId, prompt.sessionId)
              chooseTurn({ sessionId: prompt.sessionId, turnId: prompt.turnId })
              onChosen()
            }}
            className="flex w-full min-w-0 items-baseline gap-8 rounded-4 px-8 py-4 text-start hover:bg-surface-3"
          >
            <span dir="auto" className="min-w-0 flex-1 truncate">
              {withoutTurns(prompt.text.replaceAll(/\s+/g, ' '))}
            </span>
            {prompt.sessionId !== sessionId && (
              <span className="shrink-0 text-11 text-text-faint">other session</span>
            )}
            <span className="shrink-0 text-11 text-text-faint">
              <MessageTime at={prompt.at} />
            </span>
          </button>
        </li>
      ))}
    </ol>
  )
}
