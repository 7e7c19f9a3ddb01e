import { ChevronRight } from 'lucide-react'
import { cx } from '../../ui/cx'
import type { Line, StepItem } from './line-list'
import type { SessionTranscript } from './session-transcript'

/** The head of a group of steps: how many, of what kinds, and whether any failed. */
export function Steps({
  line,
  transcript,
}: {
  line: Extract<Line, { type: 'steps' }>
  transcript: SessionTranscript
}) {
  const failed = line.steps.filter((step) => step.type === 'tool' && step.tool.status === 'failed').length
  const words = summaryOf(line.steps)
  return (
    <button
      type="button"
      aria-expanded={line.open}
      onClick={() => transcript.setUnfolded(line.key, !line.open)}
      className="flex min-h-24 w-full min-w-0 items-center gap-6 rounded-4 text-start text-12 text-text-muted hover:text-text"
    >
      <ChevronRight
        aria-hidden
        className={cx('size-12 shrink-0 transition-transform', line.open && 'rotate-90')}
      />
      <span className="shrink-0">{line.steps.length} steps</span>
      <span className="min-w-0 truncate text-text-faint">{words}</span>
      {failed > 0 && <span className="shrink-0 text-danger">{failed} failed</span>}
    </button>
  )
}

const verbs = {
  read: ['read', 'file', 'files'],
  edit: ['edited', 'file', 'files'],
  delete: ['deleted', 'file', 'files'],
  move: ['moved', 'file', 'files'],
  search: ['made', 'search', 'searches'],
  execute: ['ran', 'command', 'commands'],
  fetch: ['fetched', 'page', 'pages'],
} as const

/** "Read 3 files, ran 2 commands": in the order of what happened most. */
export function summaryOf(steps: readonly StepItem[]): string {
  const counts = new Map<keyof typeof verbs, number>()
  for (const step of steps) {
    const kind = step.type === 'tool' ? step.tool.kind : null
    if (kind !== null && kind in verbs) {
      const known = kind as keyof typeof verbs
      counts.set(known, (counts.get(known) ?? 0) + 1)
    }
  }
  const parts = [...counts]
    .toSorted(([, a], [, b]) => b - a)
    .map(([kind, count]) => {
      const [verb, one, many] = verbs[kind]
      return `${verb} ${count} ${count === 1 ? one : many}`
    })
  const text = parts.join(', ')
  return text.charAt(0).toUpperCase() + text.slice(1)
}
