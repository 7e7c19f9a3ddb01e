import type { ErrorValue } from '@shared/errors'
import { CircleAlert, Info, TriangleAlert } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { CopyTextButton } from './copy-button'
import { Button } from './button'
import { cx } from './cx'
import { ScrolledPre } from './scrolled-pre'

/** Everything an error says, for the clipboard. */
export function errorText(error: ErrorValue): string {
  return [error.message, error.next, error.detail].filter(Boolean).join('\n\n')
}

/** What happened, what to do, and the machine's own words underneath. */
export function ErrorNotice({ error, actions }: { error: ErrorValue; actions?: ReactNode }) {
  const detail = error.detail ?? ''
  const long = detail.length > 600
  const [open, setOpen] = useState(!long)
  return (
    <div
      role="alert"
      className="flex min-w-0 animate-appear gap-8 rounded-6 border border-line bg-danger-surface p-12 text-13"
    >
      <TriangleAlert aria-hidden className="mt-2 size-16 shrink-0 text-danger" />
      <div className="flex min-w-0 flex-1 flex-col gap-6" data-selectable>
        <p className="font-medium break-words">{error.message}</p>
        {error.next !== undefined && <p className="break-words text-text-muted">{error.next}</p>}
        {detail !== '' && open && (
          <ScrolledPre className="code-text max-h-output overflow-auto rounded-4 bg-surface-0 p-8 break-words whitespace-pre-wrap">
            {detail}
          </ScrolledPre>
        )}
        <div className="flex flex-wrap gap-6">
          {actions}
          {long && (
            <Button size="small" tone="quiet" aria-expanded={open} onClick={() => setOpen(!open)}>
              {open ? 'Hide details' : 'Show details'}
            </Button>
          )}
          <CopyTextButton label="Copy error" text={() => errorText(error)} />
        </div>
      </div>
    </div>
  )
}

/** Something to know before going on. */
export function Notice({
  tone = 'info',
  children,
  actions,
}: {
  tone?: 'info' | 'warning'
  children: ReactNode
  actions?: ReactNode
}) {
  const Icon = tone === 'warning' ? CircleAlert : Info
  return (
    <div
      className={cx(
        'flex min-w-0 flex-wrap justify-end gap-8 rounded-6 border border-line p-8',
        tone === 'warning' ? 'bg-warning-surface' : 'bg-info-surface',
      )}
    >
      <div className="flex min-w-0 flex-1 basis-field gap-8">
        <Icon
          aria-hidden
          className={cx('mt-2 size-16 shrink-0', tone === 'warning' ? 'text-warning' : 'text-info')}
        />
        <div className="min-w-0 flex-1 break-words" data-selectable>
          {children}
        </div>
      </div>
      {actions !== undefined && (
        <div className="flex max-w-full shrink-0 flex-wrap items-start justify-end gap-6">{actions}</div>
      )}
    </div>
  )
}

/** What this view is, and the one next step. */
export function EmptyState({
  title,
  children,
  action,
  icon,
  heading: Heading = 'h2',
}: {
  title: string
  children?: ReactNode
  action?: ReactNode
  icon?: ReactNode
  /** `h1` where nothing else names the page. */
  heading?: 'h1' | 'h2'
}) {
  return (
    <div className="flex h-full min-h-0 flex-col items-center justify-center gap-8 overflow-y-auto p-24 text-center">
      {icon !== undefined && <div className="text-text-faint">{icon}</div>}
      <Heading className="text-14 font-medium">{title}</Heading>
      {children !== undefined && <div className="max-w-field text-text-muted">{children}</div>}
      {action !== undefined && <div className="mt-8">{action}</div>}
    </div>
  )
}
