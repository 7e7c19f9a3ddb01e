import { CircleCheck, CircleDashed, CircleDot, GitFork } from 'lucide-react'
import { memo, type ReactNode, useContext } from 'react'
import { call } from '../../client/call'
import { useSettings } from '../../app/app-state'
import { choosePanelTab, chooseTurn, setLayout, showTask } from '../../app/workspace'
import { useCall } from '../../client/use-call'
import { Button } from '../../ui/button'
import { cx } from '../../ui/cx'
import { Disclosure } from '../../ui/disclosure'
import { ErrorNotice } from '../../ui/notice'
import { LightCopyButton } from '../../ui/light-button'
import { bytesText, exactTime, MessageTime, wordedDuration } from '../../ui/time'
import { Attachments } from '../composer/attachments'
import { selectSession } from '../sessions/session-actions'
import type { TaskId } from '@shared/ids'
import type { PlanEntry } from '@shared/transcript/acp'
import { Checkout } from './checkout-path'
import { CutNotice } from './cut-notice'
import { LongText } from './long-text'
import type { Line } from './line-list'
import { Markdown, MarkdownBlocks } from './markdown'
import { PermissionCard } from './permission-card'
import type { SessionTranscript } from './session-transcript'
import { Steps } from './steps'
import { withoutTurns } from './text-guard'
import { ToolCard } from './tool-card'
import { TurnMenuButton } from './turn-menu'
import type { ViewItem } from '@shared/transcript/view-items'
import { stopWords, usageParts } from './turn-words'

interface LineProps {
  line: Line
  transcript: SessionTranscript
  /** The end of what is being written. */
  live: boolean
  /** Part of what the line looks like, kept outside of it: passed so that a change draws it again. */
  unfolded: boolean | undefined
}

/** One line of the transcript. Drawn again only when the line itself is another. */
export const TranscriptLine = memo(function TranscriptLine({ line, transcript, live }: LineProps) {
  switch (line.type) {
    case 'item':
      return <Item item={line.item} transcript={transcript} live={live} />
    case 'steps':
      return <Steps line={line} transcript={transcript} />
    case 'part':
      return (
        <article aria-label={line.first ? 'Agent' : 'Agent, continued'} className="group relative min-w-0">
          <MarkdownBlocks blocks={line.blocks} definitions={line.definitions} />
          {line.cuts.map((cut) => (
            <CutNotice key={cut.first} cut={cut} transcript={transcript} />
          ))}
          {line.first && !live && (
            <CopyCorner label="Copy message" text={() => transcript.textOf(line.itemKey)} />
          )}
        </article>
      )
  }
})

function CopyCorner({ label, text }: { label: string; text: () => string }) {
  return (
    <span className="absolute end-0 top-0 rounded-4 bg-surface-0 opacity-0 transition-opacity group-hover:opacity-100 focus-within:opacity-100">
      <LightCopyButton label={label} text={text} />
    </span>
  )
}

function Item({ item, transcript, live }: { item: ViewItem; transcript: SessionTranscript; live: boolean }) {
  switch (item.type) {
    case 'prompt':
      return <Prompt item={item} transcript={transcript} />
    case 'message':
      return (
        <article aria-label="Agent" className="group relative min-w-0">
          <Markdown text={item.text} />
          <Cuts item={item} transcript={transcript} />
          {!live && <CopyCorner label="Copy message" text={() => item.text} />}
        </article>
      )
    case 'thought':
      return (
        <article aria-label="Thought">
          <Disclosure
            label={<ThoughtLabel text={item.text} live={live} />}
            open={transcript.unfolded.get(item.key) ?? false}
            onOpenChange={(open) => transcript.setUnfolded(item.key, open)}
          >
            {() => (
              <div className="border-s-2 border-line ps-12 text-text-muted">
                <Markdown text={item.text} />
                <Cuts item={item} transcript={transcript} />
              </div>
            )}
          </Disclosure>
        </article>
      )
    case 'tool':
      return (
        <article aria-label={`Tool call: ${item.tool.title}`}>
          <ToolCard item={item} transcript={transcript} />
        </article>
      )
    case 'plan':
      return <Plan entries={item.entries} />
    case 'permission':
      return <PermissionCard recorded={item.permission} />
    case 'turn_ended':
      return <TurnEnd item={item} transcript={transcript} />
    case 'error':
      return (
        <article aria-label="Error">
          <ErrorNotice error={item.error} />
        </article>
      )
    case 'forked':
      return <Forked item={item} />
    case 'memory_boundary':
      return <MemoryBoundary item={item} transcript={transcript} />
    case 'note':
      return item.detail === '' ? (
        <p className="text-12 text-text-faint">{item.text}</p>
      ) : (
        <Disclosure label={<span className="text-12 text-text-faint">{item.text}</span>}>
          {() => <LongText text={item.detail} look="boxed" />}
        </Disclosure>
      )
  }
}

/** What the thought begins with: enough to know whether to unfold it. */
function ThoughtLabel({ text, live }: { text: string; live: boolean }) {
  return (
    <span className="text-12">
      {live ? 'Thinking' : 'Thought'}{' '}
      <span className="text-text-faint">
        {withoutTurns(text.slice(0, 160).replaceAll(/[\s*_`#]+/g, ' '))}
      </span>
    </span>
  )
}

function Cuts({ item, transcript }: { item: ViewItem; transcript: SessionTranscript }): ReactNode {
  return item.cuts.map((cut) => <CutNotice key={cut.first} cut={cut} transcript={transcript} />)
}

/** A pasted file in a prompt is folded to what a glance needs. */
const promptPreview = 1200

function Prompt({
  item,
  transcript,
}: {
  item: Extract<ViewItem, { type: 'prompt' }>
  transcript: SessionTranscript
}) {
  const long = item.text.length > promptPreview
  const open = transcript.unfolded.get(item.key) ?? false
  const text = long && !open ? `${item.text.slice(0, promptPreview)}…` : item.text
  return (
    <article aria-label="You" className="group relative min-w-0 rounded-10 bg-surface-2 px-12 py-8">
      <div className="text-14 break-words whitespace-pre-wrap" dir="auto" data-selectable>
        {withoutTurns(text)}
      </div>
      {item.attachments !== undefined && (
        <div className="mt-6">
          <Attachments attachments={item.attachments} />
        </div>
      )}
      <footer className="mt-4 flex items-center gap-8 text-11 text-text-faint">
        <MessageTime at={item.at} />
        {long && (
          <Button
            size="small"
            tone="quiet"
            aria-expanded={open}
            onClick={() => transcript.setUnfolded(item.key, !open)}
          >
            {open ? 'Show less' : `Show all (${bytesText(item.text.length)})`}
          </Button>
        )}
        <span className="ms-auto opacity-0 transition-opacity group-hover:opacity-100 focus-within:opacity-100">
          <LightCopyButton label="Copy prompt" text={() => item.text} />
          {item.turnId !== null && (
            <TurnMenuButton
              sessionId={transcript.sessionId}
              turnId={item.turnId}
              label="Actions of this prompt"
            />
          )}
        </span>
      </footer>
      <Cuts item={item} transcript={transcript} />
    </article>
  )
}

const planIcons = { pending: CircleDashed, in_progress: CircleDot, completed: CircleCheck }
const planWords = { pending: 'To do', in_progress: 'In progress', completed: 'Done' }

function Plan({ entries }: { entries: readonly PlanEntry[] }) {
  const done = entries.filter((entry) => entry.status === 'completed').length
  return (
    <article aria-label="Plan" className="rounded-6 border border-line bg-surface-1 p-12">
      <h2 className="mb-6 text-12 text-text-muted">
        Plan, {done} of {entries.length} done
      </h2>
      <ul className="flex flex-col gap-4" data-selectable>
        {entries.map((entry, index) => {
          const Icon = planIcons[entry.status]
          return (
            <li key={`${index}:${entry.content}`} className="flex gap-8">
              <span className="sr-only">{planWords[entry.status]}:</span>
              <Icon
                aria-hidden
                className={cx(
                  'mt-2 size-16 shrink-0',
                  entry.status === 'completed'
                    ? 'text-success'
                    : entry.status === 'in_progress'
                      ? 'text-info'
                      : 'text-text-faint',
                )}
              />
              <span
                className={cx('min-w-0 break-words', entry.status === 'completed' && 'text-text-muted')}
                dir="auto"
              >
                {entry.content}
              </span>
            </li>
          )
        })}
      </ul>
    </article>
  )
}

function TurnEnd({
  item,
  transcript,
}: {
  item: Extract<ViewItem, { type: 'turn_ended' }>
  transcript: SessionTranscript
}) {
  const reason = stopWords[item.stopReason] ?? item.stopReason
  const parts = [reason, wordedDuration(item.durationMs), ...usageParts(item.usage)]
  const { checkpoint, turnId } = item
  const taskId = useContext(Checkout)?.taskId
  return (
    <article aria-label="Turn ended" className="group flex items-center gap-12 py-4 text-12 text-text-faint">
      <span aria-hidden className="h-1 min-w-12 flex-1 bg-line" />
      <span
        title={exactTime(item.at)}
        className={cx('min-w-0 text-center break-words', reason !== '' && 'text-text-muted')}
      >
        {parts.filter(Boolean).join(' · ')}
        {checkpoint !== null && checkpoint.files > 0 && (
          <>
            {' · '}
            <button
              type="button"
              title="Show the changes"
              onClick={() => showChanges(taskId)}
              className="rounded-4 underline-offset-2 hover:text-text hover:underline"
            >
              {checkpoint.files} {checkpoint.files === 1 ? 'file' : 'files'} +{checkpoint.added} −
              {checkpoint.removed}
            </button>
          </>
        )}
      </span>
      {turnId !== null && (
        <span className="flex">
          <LightCopyButton label="Copy turn as markdown" text={() => transcript.markdownOf(turnId)} />
          <TurnMenuButton sessionId={transcript.sessionId} turnId={turnId} label="Actions of this turn" />
        </span>
      )}
      <span aria-hidden className="h-1 min-w-12 flex-1 bg-line" />
    </article>
  )
}

function showChanges(taskId: TaskId | undefined): void {
  if (taskId !== undefined) showTask(taskId)
  choosePanelTab('changes')
  setLayout({ panelOpen: true })
}

export /** Where the session comes from. */
function Forked({ item }: { item: Extract<ViewItem, { type: 'forked' }> }) {
  const { sessionId, upTo, name, prompt, again } = item
  const taskId = useContext(Checkout)?.taskId
  const show = () => {
    if (taskId === undefined) return
    selectSession(taskId, sessionId)
    if (upTo !== null) chooseTurn({ sessionId, turnId: upTo })
  }
  return (
    <article aria-label="Forked" className="flex min-w-0 items-center gap-8 text-12 text-text-muted">
      <GitFork aria-hidden className="size-12 shrink-0 text-text-faint" />
      <span className="min-w-0 flex-1 break-words" data-selectable>
        {again ? 'A turn of ' : 'Forked from '}
        <bdi>“{withoutTurns(name)}”</bdi>
        {again ? ' is done again' : ''}
        {upTo === null ? ', from its beginning' : ', after '}
        {upTo !== null && <bdi>“{withoutTurns(prompt)}”</bdi>}
      </span>
      <Button size="small" tone="quiet" onClick={show}>
        Show it
      </Button>
    </article>
  )
}

function MemoryBoundary({
  item,
  transcript,
}: {
  item: Extract<ViewItem, { type: 'memory_boundary' }>
  transcript: SessionTranscript
}) {
  const told = useSettings()?.briefCharacters ?? 12_000
  const telling = useCall<unknown>()
  const more = Math.min(200_000, Math.max(told, item.brief.length) * 2)
  const sessionId = transcript.sessionId as `session_${string}`
  return (
    <section aria-label="The agent remembers from here" className="flex min-w-0 flex-col gap-8 py-4">
      <div className="flex items-center gap-12 text-12 text-warning">
        <span aria-hidden className="h-1 min-w-12 flex-1 bg-warning" />
        The agent remembers from here
        <span aria-hidden className="h-1 min-w-12 flex-1 bg-warning" />
      </div>
      <p className="text-center text-12 text-text-muted" data-selectable>
        {item.reason}{' '}
        {item.brief === ''
          ? 'It was told nothing of what stands above.'
          : `It was told about ${item.turnsTold} of ${item.turnsTotal} turns.`}
      </p>
      {item.brief !== '' && (
        <Disclosure label="What it was told">{() => <LongText text={item.brief} look="boxed" />}</Disclosure>
      )}
      {item.turnsTold < item.turnsTotal && (
        <div className="flex justify-center">
          <Button
            size="small"
            busy={telling.busy}
            title={`Starts the agent afresh with up to ${bytesText(more)} of the conversation`}
            onClick={() => void telling.run(() => call('session.tellMore', { sessionId, characters: more }))}
          >
            Tell it more
          </Button>
        </div>
      )}
      {telling.error !== null && <ErrorNotice error={telling.error} />}
    </section>
  )
}
