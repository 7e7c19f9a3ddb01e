import type { Branch } from '@shared/github'
import { ArrowDown, ArrowUp, ListTodo } from 'lucide-react'
import { memo } from 'react'
import { PullRequestGlyph, PullRequestMarks, pullRequestStatus } from '../../ui/pull-request-glyph'
import { exactTime } from '../../ui/time'
import { countText } from '../sync/sync-text'
import { distanceText } from './branch-text'

/** Two lines: the branch and what is done with it, then its last commit. */
export const branchRowHeight = 48

export const BranchRow = memo(function BranchRow({
  branch,
  isDefault,
  age,
}: {
  branch: Branch
  isDefault: boolean
  /** Of its last commit: told by the list, so that no row keeps a clock. */
  age: string
}) {
  const { pullRequest, task } = branch
  const icon = 'size-12 shrink-0'
  return (
    <div className="flex h-full min-w-0 flex-col px-12 py-4">
      <div className="flex h-20 min-w-0 items-center gap-8">
        <span className="min-w-0 truncate" title={branch.name} dir="auto">
          {branch.name}
        </span>
        {isDefault && (
          <span className="shrink-0 rounded-4 border border-line px-4 text-11 text-text-muted">Default</span>
        )}
        <span className="flex-1" />
        {task !== null && (
          <span className="inline-flex shrink-0 text-text-muted" title={`Task: ${task.title}`}>
            <ListTodo aria-hidden className={icon} />
          </span>
        )}
        {pullRequest !== null && (
          <span
            className="flex shrink-0 items-center gap-4 text-12 text-text-muted"
            title={pullRequest.title}
          >
            <PullRequestGlyph status={pullRequestStatus(pullRequest)} />#{pullRequest.number}
          </span>
        )}
        <PullRequestMarks pullRequest={{ state: 'open', checks: branch.checks, mergeable: 'unknown' }} />
        <span
          className="w-32 shrink-0 text-end text-11 text-text-faint"
          title={branch.committedAt === null ? undefined : `Last commit ${exactTime(branch.committedAt)}`}
        >
          {age}
        </span>
      </div>
      <div className="flex h-20 min-w-0 items-center gap-8 text-12 text-text-faint">
        <span className="min-w-0 flex-1 truncate" title={branch.headline}>
          <bdi>{branch.headline}</bdi>
          {branch.author !== null && (
            <>
              {' · '}
              <bdi>{branch.author}</bdi>
            </>
          )}
        </span>
        {!isDefault && branch.aheadBy !== null && branch.behindBy !== null && (
          <span className="flex shrink-0 items-center gap-6 text-11" title={distanceText(branch, false)}>
            <span className="inline-flex items-center gap-2">
              <ArrowUp aria-hidden className={icon} />
              {countText(branch.aheadBy)}
            </span>
            <span className="inline-flex items-center gap-2">
              <ArrowDown aria-hidden className={icon} />
              {countText(branch.behindBy)}
            </span>
          </span>
        )}
      </div>
    </div>
  )
})
