import type { Permission } from '@shared/domain'
import { ShieldQuestion } from 'lucide-react'
import { type RefObject, useEffect, useMemo, useRef } from 'react'
import { isMeant, isTaken } from '../../app/keymap'
import { bridge } from '../../client/bridge'
import { call } from '../../client/call'
import { useEntities, useEntity } from '../../client/topics'
import { useCall } from '../../client/use-call'
import { Button } from '../../ui/button'
import { cx } from '../../ui/cx'
import { ErrorNotice } from '../../ui/notice'
import { StatusGlyph } from '../../ui/status-glyph'
import { policyWords, proposalWords } from '../policies/policy-text'
import { readToolCall } from '@shared/transcript/acp'
import { EditDiff } from './edit-diff'
import { LongText } from './long-text'
import { withUnseen } from './text-guard'

/** A question of the agent. Pending it is the loudest thing in the transcript; afterwards it says what was answered. */
export function PermissionCard({ recorded }: { recorded: Permission }) {
  // The session's topic is ahead of the record for as long as it knows the request.
  const live = useEntity('session', recorded.sessionId, 'permission', recorded.id)
  const permission = live ?? recorded
  const answering = useCall<unknown>()
  const answer = (optionId: string) =>
    void answering.run(() => call('session.answerPermission', { permissionId: permission.id, optionId }))
  const isNext = useIsNext(permission)
  const card = useRef<HTMLElement>(null)
  useAnswerKeys(card, isNext && !answering.busy, (nth) => {
    const option = permission.options[nth]
    if (option !== undefined) answer(option.id)
  })
  const tool = useMemo(() => readToolCall(permission.toolCall), [permission.toolCall])
  const words = useMemo(() => describe(tool.rawInput, tool.output), [tool])
  const pending = permission.state === 'pending'
  const title = permission.title.trim() === '' ? 'The agent asks for permission' : permission.title
  return (
    <section
      ref={card}
      aria-label={`Permission: ${title}`}
      className={cx(
        'flex min-w-0 flex-col gap-8 rounded-6 border p-12',
        pending ? 'border-warning bg-warning-surface' : 'border-line bg-surface-1',
      )}
    >
      <header className="flex min-w-0 items-center gap-8">
        {pending ? (
          <StatusGlyph status="needs_input" />
        ) : (
          <ShieldQuestion className="size-12 shrink-0 text-text-faint" />
        )}
        <h2 className="min-w-0 flex-1 font-medium break-words" data-selectable>
          {withUnseen(title)}
        </h2>
        {!pending && <span className="shrink-0 text-12 text-text-muted">{outcome(permission)}</span>}
      </header>
      {tool.edits.map((edit, index) =>
        pending ? (
          <EditDiff key={`${index}:${edit.path}`} edit={edit} whole />
        ) : (
          <p key={`${index}:${edit.path}`} className="text-12 break-all text-text-muted" data-selectable>
            {withUnseen(edit.path)}
          </p>
        ),
      )}
      {words !== '' && pending && tool.edits.length === 0 && (
        <LongText text={withUnseen(words)} look="boxed" />
      )}
      {pending && (
        <div className="flex flex-wrap gap-8">
          {permission.options.map((option, index) => (
            <Button
              key={option.id}
              tone={option.kind === 'allow_once' ? 'accent' : 'plain'}
              disabled={answering.busy}
              {...(isNext && index < 9 ? { 'aria-keyshortcuts': `Alt+${index + 1}` } : {})}
              onClick={() => answer(option.id)}
            >
              {option.name}
              {isNext && index < 9 && (
                <kbd aria-hidden className="text-11 font-normal">
                  {altText(index + 1)}
                </kbd>
              )}
            </Button>
          ))}
          {permission.proposal !== null && (
            <Button
              tone="quiet"
              disabled={answering.busy}
              title="Part of the repository's policy from now on: it stands in the repository's permissions"
              onClick={() =>
                void answering.run(() => call('session.allowAlways', { permissionId: permission.id }))
              }
            >
              {withUnseen(proposalWords(permission.proposal))}
            </Button>
          )}
        </div>
      )}
      {permission.state === 'expired' && (
        <div className="flex flex-wrap items-center gap-8">
          <span className="text-text-muted">The app was closed before this was answered.</span>
          <Button
            size="small"
            busy={answering.busy}
            onClick={() =>
              void answering.run(() => call('session.askAgain', { permissionId: permission.id }))
            }
          >
            Ask again
          </Button>
        </div>
      )}
      {answering.error !== null && <ErrorNotice error={answering.error} />}
    </section>
  )
}

/** Of several requests of a session the keys answer the one that has waited longest. */
function useIsNext({ id, sessionId, state }: Permission): boolean {
  const all = useEntities('session', sessionId, 'permission')
  if (state !== 'pending') return false
  const pending = [...all.values()].filter((one) => one.state === 'pending')
  return pending.toSorted((a, b) => a.createdAt - b.createdAt)[0]?.id === id
}

/** Alt and a number answer from anywhere in the window, and never by typing. */
function useAnswerKeys(
  card: RefObject<HTMLElement | null>,
  active: boolean,
  onAnswer: (nth: number) => void,
): void {
  const latest = useRef(onAnswer)
  useEffect(() => {
    latest.current = onAnswer
  })
  useEffect(() => {
    if (!active) return
    const handle = (event: KeyboardEvent) => {
      // By the place of the key: with Alt it types something else on a Mac.
      const digit = /^Digit([1-9])$/.exec(event.code)?.[1]
      if (digit === undefined || !event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return
      if (isTaken(event) || event.repeat || !isMeant(event, card.current)) return
      event.preventDefault()
      latest.current(Number(digit) - 1)
    }
    window.addEventListener('keydown', handle)
    return () => window.removeEventListener('keydown', handle)
  }, [card, active])
}

const altText = (digit: number): string => (bridge().platform === 'darwin' ? `⌥${digit}` : `Alt+${digit}`)

function outcome(permission: Permission): string {
  switch (permission.state) {
    case 'pending':
      return 'Waiting'
    case 'answered':
      if (permission.policy !== null) return policyWords(permission.policy)
      return permission.options.find((option) => option.id === permission.answer)?.name ?? 'Answered'
    case 'cancelled':
      return 'Cancelled'
    case 'expired':
      return 'Expired'
  }
}

function describe(input: unknown, output: string): string {
  if (typeof input === 'object' && input !== null) {
    if ('command' in input && typeof input.command === 'string') return input.command
    if (Object.keys(input).length > 0) return JSON.stringify(input, null, 2)
  }
  return output
}
