import type { TaskDetail } from '@shared/domain'
import type { PullRequestStanding } from '@shared/publish'
import { openExternal } from '../../app/open-external'
import { cx } from '../../ui/cx'
import { Disclosure } from '../../ui/disclosure'
import { CheckDetails, HandToAgent } from '../reviews/check-details'
import { withUnseen } from '../transcript/text-guard'
import { countOf } from './publish-text'

const words = { none: 'None', pending: 'Running', success: 'Passed', failure: 'Failed' } as const
const tones = {
  none: 'text-text-faint',
  pending: 'text-text-muted',
  success: 'text-success',
  failure: 'text-danger',
} as const
const order = { failure: 0, pending: 1, success: 2, none: 3 } as const

const reviewWords = {
  approved: 'approved',
  changes_requested: 'requested changes',
  commented: 'commented',
} as const

/** What a failed check says, and who is to look into it. */
function Failure({
  task,
  check,
  head,
  canHand,
}: {
  task: TaskDetail
  check: PullRequestStanding['checks'][number]
  head: string
  canHand: boolean
}) {
  const { id } = check
  return (
    <div className="flex min-w-0 flex-col gap-4 pb-8 ps-16">
      {check.description !== null && (
        <p className="break-words text-text-muted">{withUnseen(check.description)}</p>
      )}
      {id !== null && (
        <Disclosure label={`What ${check.name} says`}>
          {() => <CheckDetails task={task} checkId={id} />}
        </Disclosure>
      )}
      {canHand && <HandToAgent task={task} check={check} head={head} />}
    </div>
  )
}

/** What ran for the head commit and who looked at it; what failed comes first and is in sight. */
export function CheckList({
  task,
  standing,
  canHand = true,
}: {
  task: TaskDetail
  standing: Pick<PullRequestStanding, 'checks' | 'checksTotal' | 'reviews' | 'head'>
  /** What failed can be given to an agent. */
  canHand?: boolean
}) {
  const { checks, checksTotal, reviews } = standing
  if (checks.length === 0 && reviews.length === 0) return null
  const sorted = checks.toSorted(
    (a, b) => order[a.state] - order[b.state] || Number(b.required) - Number(a.required),
  )
  const failed = checks.filter(({ state }) => state === 'failure').length
  const running = checks.filter(({ state }) => state === 'pending').length
  const label =
    failed > 0
      ? `${failed} of ${countOf(checksTotal, 'check')} failed`
      : running > 0
        ? `${running} of ${countOf(checksTotal, 'check')} running`
        : `${countOf(checksTotal, 'check')} passed`
  return (
    <div className="flex min-w-0 flex-col gap-4 text-12">
      {checks.length > 0 && (
        <Disclosure label={label} initiallyOpen={failed > 0}>
          {() => (
            <ul aria-label="Checks" className="flex flex-col ps-16">
              {sorted.map((check) => (
                <li key={check.name} className="flex min-w-0 flex-col">
                  <div className="flex min-h-24 min-w-0 items-center gap-8">
                    <span className={cx('shrink-0', tones[check.state])}>{words[check.state]}</span>
                    {check.url === null ? (
                      <bdi className="min-w-0 flex-1 truncate">{check.name}</bdi>
                    ) : (
                      <button
                        type="button"
                        title={`Open ${check.name} on GitHub`}
                        onClick={() => check.url !== null && void openExternal(check.url)}
                        className="min-h-24 min-w-0 flex-1 truncate rounded-4 text-start underline-offset-2 hover:underline"
                      >
                        <bdi>{check.name}</bdi>
                      </button>
                    )}
                    {check.required && <span className="shrink-0 text-text-faint">required</span>}
                  </div>
                  {check.state === 'failure' && (
                    <Failure task={task} check={check} head={standing.head} canHand={canHand} />
                  )}
                </li>
              ))}
              {checksTotal > checks.length && (
                <li className="text-text-faint">and {checksTotal - checks.length} more on GitHub</li>
              )}
            </ul>
          )}
        </Disclosure>
      )}
      {reviews.length > 0 && (
        <ul aria-label="Reviews" className="flex flex-col gap-2">
          {reviews.map(({ author, state }) => (
            <li key={author} className="min-w-0 break-words">
              <bdi>{author}</bdi>{' '}
              <span
                className={
                  state === 'approved'
                    ? 'text-success'
                    : state === 'changes_requested'
                      ? 'text-warning'
                      : 'text-text-muted'
                }
              >
                {reviewWords[state]}
              </span>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
