import type { SessionStatus, TaskStatus } from '@shared/domain'
import { cx } from './cx'

type Shown = TaskStatus | SessionStatus

/** The word for each status: said to screen readers, and beside the glyph where there is room. */
export const statusWords: Record<Shown, string> = {
  virtual: 'Not started',
  provisioning: 'Preparing',
  starting: 'Starting',
  idle: 'Idle',
  running: 'Running',
  needs_input: 'Needs input',
  error: 'Error',
  archived: 'Archived',
  closed: 'Closed',
}

const box = 'size-12 shrink-0'

/** Status as shape and colour. Idle with something unread is a dot; idle and read is nothing at all. */
export function StatusGlyph({
  status,
  unread,
  stage,
}: {
  status: Shown
  unread?: boolean
  stage?: string | undefined
}) {
  const word = unread === true && (status === 'idle' || status === 'closed') ? 'Unread' : statusWords[status]
  const title = stage === undefined ? word : `${word}: ${stage}`
  const shape = shapeOf(status, unread === true)
  if (shape === null) return <span aria-hidden className={box} />
  return (
    <span title={title} className={cx('inline-flex items-center justify-center', box)}>
      <span className="sr-only">{word}</span>
      {shape}
    </span>
  )
}

function shapeOf(status: Shown, unread: boolean) {
  switch (status) {
    case 'needs_input':
      return (
        <svg aria-hidden viewBox="0 0 12 12" className={cx(box, 'fill-warning')}>
          <path d="M6 0.8 11.2 6 6 11.2 0.8 6Z" />
        </svg>
      )
    case 'running':
      return (
        <svg
          aria-hidden
          viewBox="0 0 12 12"
          className={cx(box, 'animate-turn fill-none stroke-success')}
          strokeWidth="2"
        >
          <path d="M6 1.5A4.5 4.5 0 1 1 1.5 6" strokeLinecap="round" />
        </svg>
      )
    case 'provisioning':
    case 'starting':
      return (
        <svg aria-hidden viewBox="0 0 12 12" className={cx(box, 'fill-none stroke-info')} strokeWidth="2">
          <circle cx="6" cy="6" r="4.5" strokeDasharray="2.4 2.3" />
        </svg>
      )
    case 'error':
      return (
        <svg aria-hidden viewBox="0 0 12 12" className={cx(box, 'fill-danger')}>
          <path d="M6 0.8 11.7 11H0.3Z" />
        </svg>
      )
    case 'idle':
    case 'virtual':
    case 'closed':
    case 'archived':
      return unread ? (
        <svg aria-hidden viewBox="0 0 12 12" className={cx(box, 'fill-accent')}>
          <circle cx="6" cy="6" r="3.5" />
        </svg>
      ) : null
  }
}

/** The glyph with its word, for a title row. */
export function StatusBadge({ status, stage }: { status: Shown; stage?: string | undefined }) {
  const quiet = status === 'idle' || status === 'archived' || status === 'closed' || status === 'virtual'
  return (
    <span
      className={cx(
        'inline-flex shrink-0 items-center gap-4 text-12',
        quiet ? 'text-text-faint' : 'text-text-muted',
      )}
      title={stage}
    >
      {!quiet && (
        <span aria-hidden className="inline-flex">
          {shapeOf(status, false)}
        </span>
      )}
      {statusWords[status]}
    </span>
  )
}
