import {
  ArrowRightLeft,
  Brain,
  ChevronRight,
  FilePen,
  FileText,
  FileX,
  Globe,
  Search,
  ShieldCheck,
  ShieldX,
  SlidersHorizontal,
  SquareTerminal,
  Wrench,
} from 'lucide-react'
import type { PolicyGrounds } from '@shared/permission-policy-schema'
import { type ComponentType, useMemo } from 'react'
import { cx } from '../../ui/cx'
import { Disclosure } from '../../ui/disclosure'
import { LightCopyButton } from '../../ui/light-button'
import { policyWords } from '../policies/policy-text'
import { asRecord, asString, type FileEdit, type ToolCall, type ToolKind } from '@shared/transcript/acp'
import { CutNotice } from './cut-notice'
import { EditDiff } from './edit-diff'
import { lineDiff } from './line-diff'
import { LongText } from './long-text'
import { Markdown } from './markdown'
import { PathLink } from './path-link'
import { withUnseen } from './text-guard'
import type { SessionTranscript } from './session-transcript'
import type { ViewItem } from '@shared/transcript/view-items'

const icons: Record<ToolKind, ComponentType<{ className: string }>> = {
  read: FileText,
  edit: FilePen,
  delete: FileX,
  move: ArrowRightLeft,
  search: Search,
  execute: SquareTerminal,
  think: Brain,
  fetch: Globe,
  switch_mode: SlidersHorizontal,
  other: Wrench,
}

const kindWords: Record<ToolKind, string> = {
  read: 'Read',
  edit: 'Edit',
  delete: 'Delete',
  move: 'Move',
  search: 'Search',
  execute: 'Run',
  think: 'Think',
  fetch: 'Fetch',
  switch_mode: 'Switch mode',
  other: 'Tool',
}

type ToolItem = Extract<ViewItem, { type: 'tool' }>

/** What an agent did with a tool: one line, with what went in and came out underneath. */
export function ToolCard({ item, transcript }: { item: ToolItem; transcript: SessionTranscript }) {
  const { tool } = item
  const Icon = icons[tool.kind]
  const usual =
    tool.edits.length > 0 || tool.status === 'failed' || (tool.kind === 'execute' && tool.output !== '')
  const open = transcript.unfolded.get(item.key) ?? usual
  const title = tool.title.trim() === '' ? kindWords[tool.kind] : tool.title
  const status = statusOf(item)
  return (
    <div className="min-w-0 rounded-6 border border-line bg-surface-1">
      <button
        type="button"
        aria-expanded={open}
        onClick={() => transcript.setUnfolded(item.key, !open)}
        className="flex min-h-row w-full min-w-0 items-center gap-8 rounded-6 px-8 text-start hover:bg-surface-2"
      >
        <Icon className="size-16 shrink-0 text-text-faint" />
        <span className={cx('min-w-0 flex-1 truncate', tool.kind === 'execute' && 'code-text')} title={title}>
          <span className="sr-only">{kindWords[tool.kind]}: </span>
          {withUnseen(title)}
        </span>
        <EditCounts edits={tool.edits} />
        {item.policy !== null && <DecidedByPolicy policy={item.policy} />}
        <span className="sr-only">, </span>
        <span className={cx(status.shown ? 'shrink-0 text-12' : 'sr-only', status.look)}>{status.word}</span>
        <ChevronRight
          aria-hidden
          className={cx('size-12 shrink-0 text-text-faint transition-transform', open && 'rotate-90')}
        />
      </button>
      {open && <Body item={item} transcript={transcript} />}
    </div>
  )
}

function Body({ item, transcript }: { item: ToolItem; transcript: SessionTranscript }) {
  const { tool } = item
  const input = useMemo(() => inputText(tool), [tool])
  const command = tool.kind === 'execute' ? commandOf(tool) : ''
  const language = tool.kind === 'read' ? languageOf(tool.locations[0]?.path ?? tool.title) : ''
  const nothing = tool.edits.length === 0 && tool.output === '' && input === '' && tool.images.length === 0
  return (
    <div className="flex min-w-0 flex-col gap-8 border-t border-line p-8">
      {item.policy !== null && <p className="px-4 text-12 text-text-muted">{policyWords(item.policy)}.</p>}
      {command !== '' && command !== tool.title && (
        <pre className="code-text px-4 break-words whitespace-pre-wrap" aria-label="Command">
          <span aria-hidden className="text-text-faint select-none">
            ${' '}
          </span>
          {withUnseen(command)}
        </pre>
      )}
      {tool.edits.map((edit, index) => (
        // Edits of one call are replaced together, so their order is their identity.
        <EditDiff
          key={`${index}:${edit.path}`}
          edit={edit}
          line={tool.locations.find(({ path }) => path === edit.path)?.line ?? null}
        />
      ))}
      {tool.output !== '' && <Output tool={tool} language={language} />}
      {tool.images.map((src, index) => (
        <img
          key={index}
          src={src}
          alt="Made by the tool"
          className="max-h-output max-w-full self-start rounded-4"
        />
      ))}
      {input !== '' && (
        <Disclosure label="Input" trailing={<LightCopyButton label="Copy input" text={() => input} />}>
          {() => <LongText text={input} look="boxed" />}
        </Disclosure>
      )}
      {tool.locations.length > 0 && tool.edits.length === 0 && (
        <ul className="px-4 text-12 text-text-muted" data-selectable>
          {tool.locations.slice(0, 20).map((location, index) => (
            <li key={`${index}:${location.path}`} className="truncate" title={location.path}>
              <PathLink path={location.path} line={location.line} />
            </li>
          ))}
        </ul>
      )}
      {nothing && <p className="px-4 text-text-faint">Nothing was reported.</p>}
      {item.cuts.map((cut) => (
        <CutNotice key={cut.first} cut={cut} transcript={transcript} />
      ))}
    </div>
  )
}

/** That no person was asked; the words say by what. */
function DecidedByPolicy({ policy }: { policy: PolicyGrounds }) {
  const Icon = policy.decision === 'allow' ? ShieldCheck : ShieldX
  return (
    <span
      title={policyWords(policy)}
      className={cx(
        'flex shrink-0 items-center gap-4 text-12',
        policy.decision === 'allow' ? 'text-text-faint' : 'text-warning',
      )}
    >
      <Icon aria-hidden className="size-12" />
      <span aria-hidden>{policy.decision === 'allow' ? 'By policy' : 'Refused by policy'}</span>
      <span className="sr-only">{policyWords(policy)}</span>
    </span>
  )
}

/** What the tool gave back, as what it is: code of a file, the words of a thought, or what a terminal would show. */
function Output({ tool, language }: { tool: ToolCall; language: string }) {
  if (tool.kind === 'think') return <Markdown text={tool.output} />
  return (
    <div className="relative min-w-0">
      <LongText text={tool.output} look="boxed" language={language} ansi={language === ''} />
      <span className="absolute end-4 top-4 rounded-4 bg-surface-0">
        <LightCopyButton label="Copy output" text={() => tool.output} />
      </span>
    </div>
  )
}

function commandOf(tool: ToolCall): string {
  const command = asRecord(tool.rawInput)?.['command']
  if (Array.isArray(command)) return command.filter((part) => typeof part === 'string').join(' ')
  return asString(command) ?? ''
}

/** The highlighter knows languages by the ends of their files' names. */
function languageOf(path: string): string {
  return /\.([A-Za-z0-9]{1,10})$/.exec(path)?.[1]?.toLowerCase() ?? ''
}

function EditCounts({ edits }: { edits: readonly FileEdit[] }) {
  const sum = useMemo(() => {
    let added = 0
    let removed = 0
    for (const edit of edits) {
      const diff = lineDiff(edit.oldText, edit.newText)
      added += diff.added
      removed += diff.removed
    }
    return { added, removed }
  }, [edits])
  if (edits.length === 0) return null
  return (
    <span className="shrink-0 text-12">
      <span className="text-diff-add">+{sum.added}</span>{' '}
      <span className="text-diff-remove">−{sum.removed}</span>
    </span>
  )
}

function statusOf(item: ToolItem): { word: string; look: string; shown: boolean } {
  if (item.abandoned) return { word: 'Not finished', look: 'text-text-faint', shown: true }
  switch (item.tool.status) {
    case 'pending':
      return { word: 'Waiting', look: 'text-text-muted', shown: true }
    case 'in_progress':
      return { word: 'Running', look: 'text-success', shown: true }
    case 'completed':
      return { word: 'Done', look: 'text-text-faint', shown: false }
    case 'failed':
      return { word: 'Failed', look: 'text-danger', shown: true }
  }
}

function inputText(tool: ToolCall): string {
  const input = tool.rawInput
  if (input === undefined || input === null) return ''
  if (typeof input === 'string') return input
  if (typeof input === 'object' && Object.keys(input).length === 0) return ''
  return JSON.stringify(input, null, 2)
}
