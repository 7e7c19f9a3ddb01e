import type { Settings } from '@shared/domain'
import type { ErrorValue } from '@shared/errors'
import type { TaskId } from '@shared/ids'
import { ArrowUp } from 'lucide-react'
import { type KeyboardEvent, type RefObject, useEffect, useRef, useState } from 'react'
import { useSettings } from '../../app/app-state'
import { useSpellCheck } from '../../app/spelling'
import { call } from '../../client/call'
import { writeStored } from '../../client/storage'
import { useStoredText } from '../../client/use-stored-text'
import { Button } from '../../ui/button'
import { cx } from '../../ui/cx'
import { ErrorNotice } from '../../ui/notice'
import { useInsertions } from '../composer/insertion'
import { counted } from '../sync/sync-text'
import { type Member, recipients, recipientsText, refusal } from './members'

/** The prompt for all of them, for what is put into it from elsewhere. */
export const followUpId = 'side-by-side'

/** One prompt for all of them, or for those that are chosen. */
export function FollowUp({
  draftKey,
  members,
  field,
}: {
  /** What was typed for them is kept under it. */
  draftKey: string
  members: readonly Member[]
  field: RefObject<HTMLTextAreaElement | null>
}) {
  const [text, setText] = useStoredText(draftKey)
  /** What is put into it between two renders, or while it is sent, must not take the place of anything. */
  const latest = useRef(text)
  const change = (next: string) => {
    latest.current = next
    setText(next)
  }
  useInsertions(followUpId, (taken) =>
    change(latest.current === '' ? taken : `${latest.current}\n\n${taken}`),
  )
  // It is named after the first of them, which may be deleted.
  const keptUnder = useRef(draftKey)
  useEffect(() => {
    if (keptUnder.current === draftKey) return
    writeStored(keptUnder.current, null)
    writeStored(draftKey, latest.current === '' ? null : latest.current)
    keptUnder.current = draftKey
  }, [draftKey])
  const spellCheck = useSpellCheck()
  const sendWith: Settings['sendWith'] = useSettings()?.sendWith ?? 'enter'
  /** Those that a person left out. */
  const [left, setLeft] = useState<ReadonlySet<TaskId>>(new Set())
  const [sending, setSending] = useState(false)
  const [failures, setFailures] = useState<readonly { name: string; error: ErrorValue }[]>([])
  const goes = recipients(members, left)
  const empty = text.trim() === ''
  const nobody = goes.length === 0

  const send = async () => {
    if (empty || nobody || sending) return
    setSending(true)
    const results = await Promise.all(
      goes.map(async (member) => ({ member, error: await sendTo(member, text) })),
    )
    setSending(false)
    const failed = results.flatMap(({ member, error }) => (error === null ? [] : [{ member, error }]))
    setFailures(failed.map(({ member, error }) => ({ name: member.name, error })))
    if (failed.length === 0) {
      if (failures.length > 0) setLeft(new Set())
      return change(latest.current.slice(text.length).trimStart())
    }
    // What did not arrive stays in the field, for those it did not reach.
    const missing = new Set(failed.map(({ member }) => member.task.id))
    setLeft(new Set(members.flatMap(({ task }) => (missing.has(task.id) ? [] : [task.id]))))
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing || event.key !== 'Enter' || event.shiftKey || event.altKey) return
    if (sendWith === 'mod_enter' && !event.metaKey && !event.ctrlKey) return
    event.preventDefault()
    void send()
  }
  const toggle = (id: TaskId) => {
    const next = new Set(left)
    if (!next.delete(id)) next.add(id)
    setLeft(next)
  }

  return (
    <section aria-label="Follow-up" className="shrink-0 border-t border-line px-12 py-8">
      <div className="mx-auto flex w-full max-w-column flex-col gap-6">
        {failures.length > 0 && (
          <div className="flex max-h-composer-max flex-col gap-6 overflow-y-auto">
            {failures.map(({ name, error }) => (
              <ErrorNotice
                key={name}
                error={{ ...error, message: `${name} did not get the prompt: ${error.message}` }}
              />
            ))}
          </div>
        )}
        <div className="rounded-10 border border-line-strong bg-surface-1 focus-within:border-focus">
          <textarea
            ref={field}
            aria-label="Prompt to all"
            aria-describedby="follow-up-recipients"
            value={text}
            readOnly={sending}
            placeholder="Ask all of them for a change"
            dir="auto"
            spellCheck={spellCheck}
            className="grows block max-h-composer-max min-h-row w-full overflow-y-auto rounded-10 bg-transparent px-12 py-8 text-14 outline-none"
            onChange={(event) => change(event.currentTarget.value)}
            onKeyDown={onKeyDown}
          />
          <div className="flex min-w-0 flex-wrap items-center gap-6 px-6 pb-6">
            <fieldset aria-label="Who gets it" className="flex min-w-0 flex-wrap gap-4">
              {members.map((member) => (
                <Chip
                  key={member.task.id}
                  member={member}
                  chosen={goes.includes(member)}
                  onToggle={() => toggle(member.task.id)}
                />
              ))}
            </fieldset>
            <output
              id="follow-up-recipients"
              className="min-w-0 flex-1 basis-menu px-4 text-12 break-words text-text-muted"
            >
              {recipientsText(members, left)}
            </output>
            <span className="ms-auto">
              <Button
                size="small"
                tone="accent"
                icon={<ArrowUp className="size-12" />}
                busy={sending}
                disabled={empty}
                reason={nobody ? 'None of them can have a prompt now' : null}
                onClick={() => void send()}
              >
                Send to {counted(goes.length, 'agent', 'agents')}
              </Button>
            </span>
          </div>
        </div>
      </div>
    </section>
  )
}

function Chip({ member, chosen, onToggle }: { member: Member; chosen: boolean; onToggle: () => void }) {
  const reason = refusal(member)
  return (
    <button
      type="button"
      aria-pressed={chosen}
      disabled={reason !== null}
      title={reason === null ? member.name : `${member.name}: ${reason}`}
      onClick={onToggle}
      className={cx(
        'h-24 max-w-tab truncate rounded-4 border px-8 text-12 disabled:opacity-50',
        chosen
          ? 'border-line-strong bg-surface-3 text-text'
          : 'border-line text-text-muted hover:bg-surface-2',
      )}
      dir="auto"
    >
      {member.name}
    </button>
  )
}

/** What went wrong, if anything. */
async function sendTo({ session }: Member, text: string): Promise<ErrorValue | null> {
  if (session === undefined) return null
  const result = await call('session.send', { sessionId: session.id, text })
  return result.ok ? null : result.error
}
