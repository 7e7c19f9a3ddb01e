import type { PullRequestSummary } from '@shared/github'
import { GitBranch, MessageSquare } from 'lucide-react'
import { memo } from 'react'
import { cx } from '../../ui/cx'
import { LabelChip } from '../../ui/label-chip'
import { PullRequestGlyph, PullRequestMarks, pullRequestStatus } from '../../ui/pull-request-glyph'
import { exactTime } from '../../ui/time'
import { headText, reviewWords } from './pull-request-text'

/** Two lines: what it is, then where it comes from and how it stands. */
export const pullRequestRowHeight = 48

const shownLabels = 3

export const PullRequestRow = memo(function PullRequestRow({
  pullRequest,
  repositoryName,
  fullName,
  age,
}: {
  pullRequest: PullRequestSummary
  /** Null where the list is about one repository alone. */
  repositoryName: string | null
  fullName: string | undefined
  /** Since its last update: told by the list, so that no row keeps a clock. */
  age: string
}) {
  const open = pullRequest.state === 'open'
  return (
    <div className="flex h-full min-w-0 items-start gap-8 px-12 py-4">
      <span className="flex h-20 shrink-0 items-center">
        <PullRequestGlyph status={pullRequestStatus(pullRequest)} />
      </span>
      <div className="min-w-0 flex-1">
        <div className="flex h-20 min-w-0 items-center gap-8">
          <span
            className={cx('min-w-0 truncate', !open && 'text-text-muted')}
            title={pullRequest.title}
            dir="auto"
          >
            {pullRequest.title}
          </span>
          <span className="hidden shrink-0 items-center gap-4 @form:flex">
            {pullRequest.labels.slice(0, shownLabels).map((label) => (
              <LabelChip key={label.name} name={label.name} color={label.color} />
            ))}
            {pullRequest.labels.length > shownLabels && (
              <span className="text-11 text-text-faint">+{pullRequest.labels.length - shownLabels}</span>
            )}
          </span>
        </div>
        <div className="flex h-20 min-w-0 items-center gap-12 overflow-hidden text-12 text-text-faint">
          <span className="max-w-field min-w-0 shrink truncate">
            {repositoryName !== null && (
              <>
                <bdi>{repositoryName}</bdi>{' '}
              </>
            )}
            <bdi>#{pullRequest.number}</bdi>
          </span>
          {pullRequest.author !== null && (
            <span className="hidden max-w-tab min-w-0 shrink truncate @picker:inline">
              <bdi>{pullRequest.author}</bdi>
            </span>
          )}
          <span className="hidden min-w-0 flex-1 items-center gap-4 @form:flex">
            <GitBranch aria-hidden className="size-12 shrink-0" />
            <span className="truncate">
              <bdi>{headText(pullRequest, fullName)}</bdi>
            </span>
          </span>
        </div>
      </div>
      <div className="flex shrink-0 flex-col items-end">
        <div className="flex h-20 items-center gap-6">
          <PullRequestMarks pullRequest={pullRequest} />
          {pullRequest.comments > 0 && (
            <span
              className="flex items-center gap-2 text-11 text-text-faint"
              title={`${pullRequest.comments} comments`}
            >
              <MessageSquare aria-hidden className="size-12" />
              {pullRequest.comments}
            </span>
          )}
          <span className="text-11 text-text-faint" title={`Updated ${exactTime(pullRequest.updatedAt)}`}>
            {age}
          </span>
        </div>
        <div className="flex h-20 items-center text-12">
          {open && pullRequest.reviewDecision !== null && (
            <span
              className={
                pullRequest.reviewDecision === 'approved'
                  ? 'text-success'
                  : pullRequest.reviewDecision === 'changes_requested'
                    ? 'text-warning'
                    : 'text-text-faint'
              }
            >
              {reviewWords[pullRequest.reviewDecision]}
            </span>
          )}
        </div>
      </div>
    </div>
  )
})
