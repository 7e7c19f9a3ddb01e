import type { ErrorValue } from '@shared/errors'
import type { PullRequest, PullRequestSummary } from '@shared/github'
import { ExternalLink, ListTodo } from 'lucide-react'
import { type ReactNode, useEffect, useState } from 'react'
import { openExternal } from '../../app/open-external'
import { openTask } from '../../app/workspace'
import { call } from '../../client/call'
import { Button } from '../../ui/button'
import { CopyButton } from '../../ui/copy-button'
import { LabelChip } from '../../ui/label-chip'
import { ErrorNotice } from '../../ui/notice'
import { PullRequestGlyph, pullRequestStatus, pullRequestWords } from '../../ui/pull-request-glyph'
import { AgoTime } from '../../ui/time'
import { showError } from '../../ui/toast'
import { Fact } from '../accounts/account-facts'
import { openNewTaskAt } from '../new-task/new-task-draft'
import { Markdown } from '../transcript/markdown'
import { checkWords, headText, mergeableWords, reviewersText, reviewWords } from './pull-request-text'

/** One pull request as it was last read: what it says and how it stands. */
export function PullRequestDetail({
  summary,
  repositoryName,
  fullName,
  inTask = false,
  titled = true,
  tools,
  children,
}: {
  summary: PullRequestSummary
  repositoryName: string
  fullName: string | undefined
  /** Shown in the view of its task. */
  inTask?: boolean
  /** Not where its title stands above already. */
  titled?: boolean
  /** What can be done with it, beside opening it on GitHub. */
  tools?: ReactNode
  /** What stands between its title and the rest. */
  children?: ReactNode
}) {
  const { full, error } = useFull(summary)
  // The list may know something newer than the details, and the other way round.
  const shown = full !== null && full.updatedAt >= summary.updatedAt ? full : summary
  const status = pullRequestStatus(shown)
  return (
    <div className="flex min-w-0 flex-col gap-16 p-16">
      <header className="flex min-w-0 flex-col gap-8">
        {titled && (
          <h2 className="text-16 font-semibold break-words" data-selectable dir="auto">
            {shown.title}
          </h2>
        )}
        <div className="flex min-w-0 flex-wrap items-center gap-x-8 gap-y-4 text-12 text-text-muted">
          <span className="inline-flex items-center gap-4">
            <span aria-hidden className="inline-flex">
              <PullRequestGlyph status={status} />
            </span>
            {pullRequestWords[status]}
          </span>
          <span className="min-w-0 break-words">
            <bdi>{repositoryName}</bdi> #{shown.number}
          </span>
          {shown.author !== null && (
            <span className="min-w-0 break-words">
              by <bdi>{shown.author}</bdi>
            </span>
          )}
        </div>
        <div className="flex flex-wrap items-center gap-6">
          {!inTask && (
            <Button
              size="small"
              icon={<ListTodo className="size-12" />}
              onClick={() => void openTaskOf(shown)}
            >
              Open task
            </Button>
          )}
          <Button
            size="small"
            icon={<ExternalLink className="size-12" />}
            onClick={() => void openExternal(shown.url)}
          >
            Open on GitHub
          </Button>
          {tools}
        </div>
      </header>
      {children}
      <dl className="flex flex-col gap-4 text-12" data-selectable>
        <Fact name="Branch">
          <span className="inline-flex max-w-full items-center gap-4">
            <code className="code-text min-w-0 break-all">{headText(shown, fullName)}</code>
            <CopyButton label="Copy branch" text={() => shown.headRef} />
          </span>
        </Fact>
        <Fact name="Into">
          <code className="code-text break-all">{shown.baseRef}</code>
        </Fact>
        {shown.reviewDecision !== null && <Fact name="Review">{reviewWords[shown.reviewDecision]}</Fact>}
        {full !== null && full.requestedReviewers.length > 0 && (
          <Fact name="Asked">
            <bdi>{reviewersText(full.requestedReviewers)}</bdi>
          </Fact>
        )}
        {shown.state === 'open' && (
          <>
            <Fact name="Checks">
              {checkWords[shown.checks]}
              {shown.checkedAt > 0 && (
                <span className="text-text-faint">
                  , read <AgoTime at={shown.checkedAt} />
                </span>
              )}
            </Fact>
            <Fact name="Merging">{mergeableWords[shown.mergeable]}</Fact>
          </>
        )}
        {shown.labels.length > 0 && (
          <Fact name="Labels">
            <span className="flex min-w-0 flex-wrap gap-4">
              {shown.labels.map((label) => (
                <LabelChip key={label.name} name={label.name} color={label.color} />
              ))}
            </span>
          </Fact>
        )}
        <Fact name="Comments">{shown.comments}</Fact>
        <Fact name="Opened">
          <AgoTime at={shown.createdAt} />
        </Fact>
        <Fact name="Updated">
          <AgoTime at={shown.updatedAt} />
        </Fact>
        {full !== null && full.mergedAt !== null && (
          <Fact name="Merged">
            <AgoTime at={full.mergedAt} />
          </Fact>
        )}
        {full !== null && full.mergedAt === null && full.closedAt !== null && (
          <Fact name="Closed">
            <AgoTime at={full.closedAt} />
          </Fact>
        )}
      </dl>
      {error !== null && <ErrorNotice error={error} />}
      {full !== null && (
        <section aria-label="Description" className="min-w-0 border-t border-line pt-16">
          {full.body.trim() === '' ? (
            <p className="text-text-faint">It has no description.</p>
          ) : (
            <Markdown key={`${full.id} ${full.updatedAt}`} text={full.body} />
          )}
        </section>
      )}
    </div>
  )
}

/** Its task; where it has none, the form for one that starts from it. */
async function openTaskOf({ repositoryId, number, title }: PullRequestSummary): Promise<void> {
  const found = await call('task.ofPullRequest', { repositoryId, number })
  if (!found.ok) showError(found.error)
  else if (found.value === null) openNewTaskAt(repositoryId, { type: 'pull_request', number, title })
  else openTask(found.value)
}

/** The whole pull request, read again whenever the list shows it changed. */
function useFull(summary: PullRequestSummary): { full: PullRequest | null; error: ErrorValue | null } {
  const [known, setKnown] = useState<{
    id: string
    full: PullRequest | null
    error: ErrorValue | null
  } | null>(null)
  useEffect(() => {
    let current = true
    const { id, repositoryId, number } = summary
    void call('organization.pullRequest', { repositoryId, number }).then((result) => {
      if (!current) return
      setKnown((before) =>
        result.ok
          ? { id, full: result.value, error: null }
          : { id, full: before?.id === id ? before.full : null, error: result.error },
      )
    })
    return () => {
      current = false
    }
  }, [summary])
  return known !== null && known.id === summary.id ? known : { full: null, error: null }
}
