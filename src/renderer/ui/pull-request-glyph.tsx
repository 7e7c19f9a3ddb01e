import type { PullRequestSummary } from '@shared/github'
import type { ReactNode } from 'react'
import { cx } from './cx'

export type PullRequestStatus = 'open' | 'draft' | 'merged' | 'closed'

export function pullRequestStatus(
  pullRequest: Pick<PullRequestSummary, 'state' | 'isDraft'>,
): PullRequestStatus {
  return pullRequest.state === 'open' && pullRequest.isDraft ? 'draft' : pullRequest.state
}

export const pullRequestWords: Record<PullRequestStatus, string> = {
  open: 'Open',
  draft: 'Draft',
  merged: 'Merged',
  closed: 'Closed',
}

const box = 'size-12 shrink-0'

/** The state of a pull request as shape and colour, with its word on hover and for screen readers. */
export function PullRequestGlyph({ status }: { status: PullRequestStatus }) {
  return (
    <span title={pullRequestWords[status]} className={cx('inline-flex items-center justify-center', box)}>
      <span className="sr-only">{pullRequestWords[status]}</span>
      {shapeOf(status)}
    </span>
  )
}

function shapeOf(status: PullRequestStatus) {
  switch (status) {
    case 'open':
      return (
        <svg aria-hidden viewBox="0 0 12 12" className={cx(box, 'fill-success stroke-success')}>
          <path d="M3 4v4M9 8V5.5Q9 3 6.5 3" fill="none" strokeWidth="1.5" />
          <circle cx="3" cy="2.5" r="2" stroke="none" />
          <circle cx="3" cy="9.5" r="2" stroke="none" />
          <circle cx="9" cy="9.5" r="2" stroke="none" />
        </svg>
      )
    case 'draft':
      return (
        <svg
          aria-hidden
          viewBox="0 0 12 12"
          className={cx(box, 'fill-none stroke-success')}
          strokeWidth="1.2"
        >
          <path d="M3 4.2v3.6M9 7.8V5.5Q9 3 6.5 3" strokeDasharray="1.6 1.2" />
          <circle cx="3" cy="2.5" r="1.6" />
          <circle cx="3" cy="9.5" r="1.6" />
          <circle cx="9" cy="9.5" r="1.6" />
        </svg>
      )
    case 'merged':
      return (
        <svg aria-hidden viewBox="0 0 12 12" className={cx(box, 'fill-info stroke-info')}>
          <path d="M3 3.5v6M3 4Q4 7 8 7" fill="none" strokeWidth="1.5" />
          <circle cx="3" cy="2.5" r="2" stroke="none" />
          <circle cx="3" cy="9.5" r="2" stroke="none" />
          <circle cx="9.2" cy="7" r="2" stroke="none" />
        </svg>
      )
    case 'closed':
      return (
        <svg
          aria-hidden
          viewBox="0 0 12 12"
          className={cx(box, 'fill-none stroke-text-muted')}
          strokeWidth="1.5"
        >
          <path d="M3 4v4M9 8V6.6M7.2 1.2l3.4 3.4M10.6 1.2 7.2 4.6" />
          <circle cx="3" cy="2.5" r="1.3" />
          <circle cx="3" cy="9.5" r="1.3" />
          <circle cx="9" cy="9.5" r="1.3" />
        </svg>
      )
  }
}

type Marked = Pick<PullRequestSummary, 'state' | 'checks' | 'mergeable'>

/** What stands in the way: failing checks and conflicts. */
export function PullRequestProblems({ pullRequest }: { pullRequest: Marked }) {
  if (pullRequest.state !== 'open') return null
  return (
    <>
      {pullRequest.mergeable === 'conflicting' && (
        <Mark word="Conflicts">
          <svg
            aria-hidden
            viewBox="0 0 12 12"
            className={cx(box, 'fill-none stroke-warning')}
            strokeWidth="1.5"
          >
            <path d="M1 9 10 3M7 2.4l3.6.2-1.4 3.2M1 3l9 6M7 9.6l3.6-.2L9.2 6.2" />
          </svg>
        </Mark>
      )}
      {pullRequest.checks === 'failure' && (
        <Mark word="Checks failing">
          <svg aria-hidden viewBox="0 0 12 12" className={cx(box, 'fill-danger stroke-surface-0')}>
            <circle cx="6" cy="6" r="5.5" stroke="none" />
            <path d="m4 4 4 4m0-4L4 8" strokeWidth="1.5" />
          </svg>
        </Mark>
      )}
    </>
  )
}

/** Problems, and checks that run or passed, which are said quietly. */
export function PullRequestMarks({ pullRequest }: { pullRequest: Marked }) {
  if (pullRequest.state !== 'open') return null
  return (
    <>
      <PullRequestProblems pullRequest={pullRequest} />
      {pullRequest.checks === 'pending' && (
        <Mark word="Checks running">
          <svg
            aria-hidden
            viewBox="0 0 12 12"
            className={cx(box, 'fill-none stroke-text-muted')}
            strokeWidth="1.5"
          >
            <circle cx="6" cy="6" r="4.5" strokeDasharray="2.4 2.3" />
          </svg>
        </Mark>
      )}
      {pullRequest.checks === 'success' && (
        <Mark word="Checks passed">
          <svg
            aria-hidden
            viewBox="0 0 12 12"
            className={cx(box, 'fill-none stroke-text-muted')}
            strokeWidth="1.5"
          >
            <path d="m2.5 6.5 2.5 2.5 4.5-6" />
          </svg>
        </Mark>
      )}
    </>
  )
}

function Mark({ word, children }: { word: string; children: ReactNode }) {
  return (
    <span title={word} className={cx('inline-flex', box)}>
      <span className="sr-only">{word}</span>
      {children}
    </span>
  )
}
