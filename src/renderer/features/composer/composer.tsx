import type { Repository, SessionDetail, Settings, TaskDetail } from '@shared/domain'
import type { ErrorValue } from '@shared/errors'
import { ArrowUp, Square } from 'lucide-react'
import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { useSettings } from '../../app/app-state'
import { call } from '../../client/call'
import { useEntities } from '../../client/topics'
import { Button } from '../../ui/button'
import { ErrorNotice } from '../../ui/notice'
import { RunningTime } from '../../ui/time'
import { showError } from '../../ui/toast'
import { usageParts } from '../transcript/items'
import { CompletionList, useCompletion } from './completion'
import { choicesFor } from './completion-choices'
import { DraftKeeper } from './draft'
import { PromptQueue } from './queue'
import { SessionOptions } from './session-options'

/** Two presses of Escape within this time stop the turn: one alone is too easy to hit. */
const doubleEscapeMs = 600

interface ComposerProps {
  task: TaskDetail
  repository: Repository | undefined
  session: SessionDetail
  /** Why nothing can be sent now; null when it can. */
  blocked: string | null
}

/**
 * Where prompts are written. What is typed lives in the text field alone: a keystroke renders nothing but the
 * send button, and only when the field becomes empty or stops being so.
 */
export function Composer({ task, repository, session, blocked }: ComposerProps) {
  const sendWith: Settings['sendWith'] = useSettings()?.sendWith ?? 'enter'
  const field = useRef<HTMLTextAreaElement>(null)
  const [draft] = useState(() => new DraftKeeper(session.id, session.draft))
  const [empty, setEmpty] = useState(draft.text.trim() === '')
  const [error, setError] = useState<ErrorValue | null>(null)
  /** The turn that a person asked to stop, by when it began. */
  const [stoppedTurn, setStoppedTurn] = useState<number | null>(null)
  const escapedAt = useRef(0)
  const running = session.status === 'running' || session.status === 'needs_input'
  const stopping = running && stoppedTurn === (session.runningSince ?? 0)

  useEffect(() => {
    const flush = () => draft.flush()
    window.addEventListener('pagehide', flush)
    return () => {
      window.removeEventListener('pagehide', flush)
      flush()
    }
  }, [draft])
  useEffect(() => field.current?.focus({ preventScroll: true }), [])

  const put = (text: string) => {
    if (field.current !== null) field.current.value = text
    draft.change(text)
    setEmpty(text.trim() === '')
  }
  const sessions = useEntities('task', task.id, 'session')
  const completion = useCompletion(
    field,
    (trigger) => choicesFor(trigger, { task, repository, session, sessions: [...sessions.values()] }),
    (text, caret) => {
      put(text)
      field.current?.focus()
      field.current?.setSelectionRange(caret, caret)
    },
  )
  const send = async () => {
    completion.close()
    const text = draft.text
    if (text.trim() === '' || blocked !== null) return
    setError(null)
    put('')
    const result = await call('session.send', { sessionId: session.id, text })
    if (result.ok) {
      if (draft.text === '') draft.sent()
      return
    }
    setError(result.error)
    // What was typed since stays; what could not be sent comes back in front of it.
    put(draft.text === '' ? text : `${text}\n\n${draft.text}`)
  }
  const stop = async () => {
    setStoppedTurn(session.runningSince ?? 0)
    const result = await call('session.stop', { sessionId: session.id })
    if (result.ok) return
    setStoppedTurn(null)
    showError(result.error)
  }
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    // While an input method composes, Enter chooses a candidate.
    if (event.nativeEvent.isComposing) return
    if (completion.onKey(event)) return event.preventDefault()
    if (event.key === 'Escape' && running) {
      const now = performance.now()
      if (now - escapedAt.current < doubleEscapeMs) void stop()
      escapedAt.current = now
      event.preventDefault()
    }
    if (event.key !== 'Enter' || event.shiftKey || event.altKey) return
    const modifier = event.metaKey || event.ctrlKey
    if (sendWith === 'mod_enter' && !modifier) return
    event.preventDefault()
    void send()
  }

  return (
    <section aria-label="Composer" className="mx-auto w-full max-w-column shrink-0 px-16 pb-12">
      {error !== null && (
        <div className="mb-8">
          <ErrorNotice error={error} />
        </div>
      )}
      <PromptQueue
        sessionId={session.id}
        running={running}
        onDropped={(text) => put(draft.text === '' ? text : `${text}\n\n${draft.text}`)}
      />
      <div className="relative rounded-10 border border-line-strong bg-surface-1 focus-within:border-focus">
        {completion.shown !== null && <CompletionList shown={completion.shown} />}
        <textarea
          ref={field}
          {...completion.fieldProps}
          aria-label="Prompt"
          aria-describedby="composer-state"
          defaultValue={draft.text}
          disabled={blocked !== null}
          placeholder={running ? 'Write the next prompt; it is sent when this turn ends' : 'Ask for a change'}
          dir="auto"
          spellCheck={false}
          className="grows block max-h-composer-max min-h-composer-min w-full overflow-y-auto rounded-10 bg-transparent px-12 py-8 text-14 outline-none disabled:opacity-60"
          onChange={(event) => {
            const text = event.currentTarget.value
            draft.change(text)
            const blank = text.trim() === ''
            if (blank !== empty) setEmpty(blank)
            completion.look()
          }}
          onSelect={completion.look}
          onBlur={() => {
            completion.close()
            draft.flush()
          }}
          onKeyDown={onKeyDown}
        />
        <div className="flex min-w-0 flex-wrap items-center gap-4 px-6 pb-6">
          <SessionOptions session={session} repository={repository} disabled={blocked !== null} />
          <div className="ms-auto flex min-w-0 items-center justify-end gap-4">
            <output id="composer-state" className="min-w-0 truncate px-4 text-end text-12 text-text-faint">
              {blocked ?? <TurnState session={session} stopping={stopping} />}
            </output>
            {running && (
              <Button
                size="small"
                icon={<Square className="size-12" />}
                title="Stop the turn (Escape twice)"
                busy={stopping}
                onClick={() => void stop()}
              >
                {stopping ? 'Stopping' : 'Stop'}
              </Button>
            )}
            <Button
              size="small"
              tone="accent"
              icon={<ArrowUp className="size-12" />}
              disabled={empty || blocked !== null}
              onClick={() => void send()}
            >
              Send
            </Button>
          </div>
        </div>
      </div>
    </section>
  )
}

function TurnState({ session, stopping }: { session: SessionDetail; stopping: boolean }) {
  if (stopping) return 'Stopping the turn'
  if (session.status === 'needs_input')
    return <span className="text-warning">The agent waits for your answer</span>
  if (session.status === 'running') {
    return session.runningSince === null ? (
      'Running'
    ) : (
      <>
        Running <RunningTime since={session.runningSince} />
      </>
    )
  }
  const { usage } = session
  if (usage?.contextUsed !== undefined && usage.contextSize !== undefined && usage.contextSize > 0) {
    return `Context ${Math.round((usage.contextUsed / usage.contextSize) * 100)} % full`
  }
  return usageParts(usage).join(', ')
}
