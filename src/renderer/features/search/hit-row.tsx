import type { MarkedText, SearchHit } from '@shared/search'
import type { SearchKind } from '@shared/search-query'
import {
  Archive,
  Brain,
  FileDiff,
  GitPullRequest,
  History,
  type LucideIcon,
  MessageSquare,
  SquareCheck,
  StickyNote,
  TriangleAlert,
  UserRound,
  Wrench,
} from 'lucide-react'
import { memo } from 'react'
import { AgentMark } from '../../ui/agent-mark'
import { exactTime } from '../../ui/time'
import { headOf, kindWords, showsPath, whereOf } from './hit-text'

/** What it is called and from when, two lines of what it says, and where it is. */
export const hitRowHeight = 96

const icons: Record<SearchKind, LucideIcon> = {
  prompt: UserRound,
  message: MessageSquare,
  thought: Brain,
  tool: Wrench,
  diff: FileDiff,
  task: SquareCheck,
  pull_request: GitPullRequest,
  comment: StickyNote,
  activity: History,
}

export const HitRow = memo(function HitRow({ hit, age }: { hit: SearchHit; age: string }) {
  const Icon = icons[hit.kind]
  const isCode = hit.kind === 'diff' || hit.kind === 'tool'
  return (
    <div className="flex h-full min-w-0 items-start gap-8 px-12 py-8">
      <span className="flex h-20 shrink-0 items-center text-text-muted" title={kindWords[hit.kind]}>
        <Icon aria-hidden className="size-16" />
        <span className="sr-only">{kindWords[hit.kind]}: </span>
      </span>
      <div className="min-w-0 flex-1">
        <div className="flex h-20 min-w-0 items-center gap-8">
          <span className="min-w-0 flex-1 truncate font-medium" dir="auto">
            <Marked pieces={headOf(hit)} />
          </span>
          {hit.failed && (
            <span className="flex shrink-0 items-center gap-4 text-11 text-danger">
              <TriangleAlert aria-hidden className="size-12" />
              Failed
            </span>
          )}
          <span className="shrink-0 text-11 text-text-faint" title={exactTime(hit.at)}>
            {age}
          </span>
        </div>
        <p
          dir="auto"
          className={
            isCode
              ? 'code-text line-clamp-2 h-[2lh] break-words text-text-muted'
              : 'line-clamp-2 h-[2lh] break-words text-text-muted'
          }
        >
          <Marked pieces={hit.snippet} />
        </p>
        <div className="flex h-20 min-w-0 items-center gap-8 text-12 text-text-faint">
          {hit.agentId !== null && (
            <span className="flex shrink-0 items-center gap-4">
              <AgentMark agentId={hit.agentId} />
              {hit.agentId}
            </span>
          )}
          {showsPath(hit) && (
            <bdi className="code-text min-w-0 shrink truncate">
              <Marked pieces={hit.path} />
            </bdi>
          )}
          <bdi className="min-w-0 truncate">{whereOf(hit)}</bdi>
          {hit.archived && (
            <span className="flex shrink-0 items-center gap-4">
              <Archive aria-hidden className="size-12" />
              Archived
            </span>
          )}
        </div>
      </div>
    </div>
  )
})

/** Text with what was looked for marked in it; whatever it holds, it is text. */
function Marked({ pieces }: { pieces: MarkedText }) {
  let at = 0
  return pieces.map(({ text, marked }) => {
    const key = at
    at += text.length
    return marked ? (
      <mark key={key} className="rounded-4 bg-selection text-text">
        {text}
      </mark>
    ) : (
      <span key={key}>{text}</span>
    )
  })
}
