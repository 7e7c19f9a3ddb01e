import { attachmentLimits } from '@shared/attachment-limits'
import type { Attachment, Repository, SessionDetail, Settings, TaskDetail } from '@shared/domain'
import type { ErrorValue } from '@shared/errors'
import { ArrowUp, Paperclip, Square } from 'lucide-react'
import { type ClipboardEvent, type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { useSettings } from '../../app/app-state'
import { useSpellCheck } from '../../app/spelling'
import { focusComposerEvent } from '../../app/panels'
import { call } from '../../client/call'
import { peekTopic, useEntities } from '../../client/topics'
import { Button, IconButton } from '../../ui/button'
import { ErrorNotice } from '../../ui/notice'
import { bytesText, RunningTime } from '../../ui/time'
import { showError } from '../../ui/toast'
import { transcriptOf } from '../transcript/session-transcript'
import { usageParts } from '../transcript/turn-words'
import { Attachments } from './attachments'
import { CompletionList, useCompletion } from './completion'
import { choicesFor } from './completion-choices'
import { DraftKeeper } from './draft'
import { PromptQueue } from './queue'
import { useInsertions } from './insertion'
import { SavedPrompts } from './saved-prompts'
import { SessionOptions } from './session-options'
import { usePromptHistory } from './use-history'

/** Two presses of Escape within this time stop the turn: one alone is too easy to hit. */
const doubleEscapeMs = 600

/** Longer text than this is kept as a file when it is pasted: the prompt stays readable. */
const longPaste = { characters: 4000, lines: 60 }

function isLong(text: string): boolean {
  if (text.length > longPaste.characters) return true
  return text.split('\n', longPaste.lines + 1).length > longPaste.lines
}

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
  const spellCheck = useSpellCheck()
  const sendWith: Settings['sendWith'] = useSettings()?.sendWith ?? 'enter'
  const field = useRef<HTMLTextAreaElement>(null)
  const chooser = useRef<HTMLInputElement>(null)
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
  useInsertions(task.id, (text) => put(draft.text === '' ? text : `${draft.text}\n\n${text}`))
  const sessions = useEntities('task', task.id, 'session')
  const completion = useCompletion(
    field,
    (trigger) =>
      choicesFor(trigger, {
        task,
        repository,
        session,
        sessions: [...sessions.values()],
        savedPrompts: [...peekTopic('app', null).savedPrompt.values()],
      }),
    (text, caret) => {
      put(text)
      field.current?.focus()
      field.current?.setSelectionRange(caret, caret)
    },
  )
  useEffect(() => {
    const focus = () => field.current?.focus()
    window.addEventListener(focusComposerEvent, focus)
    return () => window.removeEventListener(focusComposerEvent, focus)
  }, [])
  const onHistoryKey = usePromptHistory(() => draft.text, put)
  const send = async () => {
    completion.close()
    const text = draft.text
    if (text.trim() === '' || blocked !== null) return
    setError(null)
    put('')
    if (!running) transcriptOf(session.id).expectPrompt()
    const result = await call('session.send', { sessionId: session.id, text })
    if (result.ok) {
      if (draft.text === '') draft.sent()
      return
    }
    transcriptOf(session.id).expectNothing()
    setError(result.error)
    // What was typed since stays; what could not be sent comes back in front of it.
    put(draft.text === '' ? text : `${text}\n\n${draft.text}`)
  }
  const attach = async (name: string, mimeType: string, content: Uint8Array<ArrayBuffer>) => {
    const result = await call('session.attach', { sessionId: session.id, name, mimeType, content })
    if (!result.ok) showError(result.error)
  }
  const attachFiles = async (files: Iterable<File>) => {
    for (const file of files) {
      if (file.size > attachmentLimits.bytes)
        showError({
          kind: 'invalid_input',
          message: `${file.name} is larger than ${bytesText(attachmentLimits.bytes)}.`,
          next: 'Put it into the checkout, and point at it with @.',
        })
      else
        await attach(
          // The end of a long name tells more, and what it is.
          file.name === '' ? 'picture' : file.name.slice(-200),
          file.type === '' ? 'application/octet-stream' : file.type,
          new Uint8Array(await file.arrayBuffer()),
        )
    }
  }
  const onPaste = (event: ClipboardEvent) => {
    const files = [...event.clipboardData.files]
    const text = event.clipboardData.getData('text/plain')
    if (files.length > 0 && text === '') {
      event.preventDefault()
      void attachFiles(files)
    } else if (isLong(text)) {
      event.preventDefault()
      void attach(
        `Pasted text ${session.attachments.length + 1}.txt`,
        'text/plain',
        new TextEncoder().encode(text),
      )
    }
  }
  const detach = async (attachment: Attachment) => {
    const result = await call('session.detach', { attachmentId: attachment.id })
    if (!result.ok) showError(result.error)
    return result.ok
  }
  const unfold = async (attachment: Attachment) => {
    const content = await call('session.attachment', { attachmentId: attachment.id })
    if (!content.ok) return showError(content.error)
    const text = new TextDecoder().decode(content.value)
    if (await detach(attachment)) put(draft.text === '' ? text : `${draft.text}\n\n${text}`)
    field.current?.focus()
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
    if (completion.onKey(event) || onHistoryKey(event)) return event.preventDefault()
    if (event.key === 'r' && event.ctrlKey && !event.shiftKey && !event.altKey) {
      event.preventDefault()
      completion.search()
      return
    }
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
      {/* What is dropped here could be chosen with the button below as well. */}
      {/* oxlint-disable-next-line jsx-a11y/no-static-element-interactions */}
      <div
        className="relative rounded-10 border border-line-strong bg-surface-1 focus-within:border-focus"
        onDragOver={(event) => event.dataTransfer.types.includes('Files') && event.preventDefault()}
        onDrop={(event) => {
          if (event.dataTransfer.files.length === 0) return
          event.preventDefault()
          event.stopPropagation()
          if (blocked === null) void attachFiles(event.dataTransfer.files)
        }}
      >
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
          spellCheck={spellCheck}
          className="grows block max-h-composer-max min-h-composer-min w-full overflow-y-auto rounded-10 bg-transparent px-12 py-8 text-14 outline-none disabled:opacity-60"
          onChange={(event) => {
            const text = event.currentTarget.value
            draft.change(text)
            const blank = text.trim() === ''
            if (blank !== empty) setEmpty(blank)
            completion.look()
          }}
          onSelect={completion.look}
          onPaste={onPaste}
          onBlur={() => {
            completion.close()
            draft.flush()
          }}
          onKeyDown={onKeyDown}
        />
        {session.attachments.length > 0 && (
          <div className="flex flex-col gap-4 px-12 pb-8">
            <Attachments
              attachments={session.attachments}
              onRemove={(attachment) => void detach(attachment)}
              onUnfold={(attachment) => void unfold(attachment)}
            />
            {session.takesImages === false &&
              session.attachments.some(({ mimeType }) => mimeType.startsWith('image/')) && (
                <p className="text-12 text-text-muted">
                  This agent takes no pictures in a message: it is told where the file is.
                </p>
              )}
          </div>
        )}
        <div className="flex min-w-0 flex-wrap items-center gap-4 px-6 pb-6">
          <IconButton
            label="Attach files"
            disabled={blocked !== null}
            onClick={() => chooser.current?.click()}
          >
            <Paperclip className="size-16" />
          </IconButton>
          <SavedPrompts
            disabled={blocked !== null}
            read={() => draft.text}
            onInsert={(text) => {
              put(draft.text === '' ? text : `${draft.text}\n\n${text}`)
              field.current?.focus()
            }}
          />
          <input
            ref={chooser}
            type="file"
            multiple
            hidden
            aria-label="Files to attach"
            onChange={(event) => {
              void attachFiles([...(event.currentTarget.files ?? [])])
              event.currentTarget.value = ''
            }}
          />
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
