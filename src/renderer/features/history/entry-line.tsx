import { ChevronRight } from 'lucide-react'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { chooseEvent } from '../../app/workspace'
import { CopyTextButton } from '../../ui/copy-button'
import { cx } from '../../ui/cx'
import { ScrolledPre } from '../../ui/scrolled-pre'
import { AgoTime, exactTime } from '../../ui/time'
import { moveInList } from './timeline'

/** One line of a timeline; it unfolds all that was recorded with it. */
export function EntryLine({
  at,
  glyph,
  text,
  tone,
  meta,
  trailing,
  below,
  detail,
  actions,
  chosen = false,
  onOpen,
}: {
  at: number
  /** What kind it is, beside the words. */
  glyph?: ReactNode
  text: string
  tone: 'plain' | 'danger'
  /** More about it in a few words. */
  meta?: string
  trailing?: ReactNode
  below?: ReactNode
  detail: () => string
  actions?: ReactNode
  /** It was found elsewhere: it is shown once. */
  chosen?: boolean
  /** Shows its place, for the key of it. */
  onOpen?: (() => void) | undefined
}) {
  const [open, setOpen] = useState(chosen)
  const button = useRef<HTMLButtonElement>(null)
  if (chosen && !open) setOpen(true)
  useEffect(() => {
    if (!chosen) return
    button.current?.scrollIntoView({ block: 'center' })
    button.current?.focus({ preventScroll: true })
    chooseEvent(null)
  }, [chosen])
  return (
    <li className="min-w-0 px-8">
      <div className="flex min-w-0 items-start gap-6">
        <button
          ref={button}
          type="button"
          data-event
          aria-expanded={open}
          aria-keyshortcuts={onOpen === undefined ? undefined : 'o'}
          onClick={() => setOpen(!open)}
          onKeyDown={(event) => {
            if (event.key === 'o' && !event.ctrlKey && !event.metaKey && onOpen !== undefined) {
              event.preventDefault()
              onOpen()
            } else moveInList(event)
          }}
          className="flex min-h-24 min-w-0 flex-1 items-start gap-6 rounded-4 px-4 py-2 text-start hover:bg-surface-2"
        >
          <ChevronRight
            aria-hidden
            className={cx('mt-4 size-12 shrink-0 text-text-faint transition-transform', open && 'rotate-90')}
          />
          {glyph}
          <span className="min-w-0 flex-1">
            <span className={cx('break-words', tone === 'danger' && 'text-danger')}>{text}</span>
            {meta !== undefined && meta !== '' && (
              <span className="block text-12 break-words text-text-muted">{meta}</span>
            )}
          </span>
        </button>
        <span className="shrink-0 py-4 text-11 text-text-faint">
          <AgoTime at={at} />
        </span>
        {trailing}
      </div>
      {below !== undefined && <div className="min-w-0 ps-24 pb-4">{below}</div>}
      {open && (
        <div className="flex min-w-0 flex-col items-start gap-6 ps-24 pb-8">
          <p className="text-12 text-text-muted">{exactTime(at)}</p>
          <ScrolledPre
            data-selectable
            className="code-text max-h-output w-full overflow-auto rounded-4 bg-surface-2 p-8 break-words whitespace-pre-wrap"
          >
            {detail()}
          </ScrolledPre>
          <div className="flex flex-wrap gap-6">
            {actions}
            <CopyTextButton label="Copy details" text={detail} />
          </div>
        </div>
      )}
    </li>
  )
}
