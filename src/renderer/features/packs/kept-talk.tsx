import type { ErrorValue } from '@shared/errors'
import type { TaskId } from '@shared/ids'
import type { KeptTalk as Talk } from '@shared/packs'
import { useEffect, useState } from 'react'
import { call } from '../../client/call'
import { Button } from '../../ui/button'
import { ErrorNotice } from '../../ui/notice'
import { ScrolledPre } from '../../ui/scrolled-pre'
import { Waiting } from '../../ui/progress'
import { AgoTime } from '../../ui/time'
import { reviewStateWords, threadPlace } from '../reviews/review-words'
import { Markdown } from '../transcript/markdown'
import { withUnseen } from '../transcript/text-guard'

/** All that was said about a pull request, as it was kept; a page at a time. */
export function KeptTalk({ taskId }: { taskId: TaskId }) {
  const [pages, setPages] = useState<readonly Talk[]>([])
  const [wanted, setWanted] = useState(0)
  const [error, setError] = useState<ErrorValue | null>(null)
  useEffect(() => {
    let current = true
    void call('packs.talk', { taskId, page: wanted }).then((result) => {
      if (!current) return
      if (!result.ok) setError(result.error)
      else if (result.value !== null) {
        const { value } = result
        setPages((known) => [...known.slice(0, wanted), value])
      }
    })
    return () => {
      current = false
    }
  }, [taskId, wanted])
  const next = pages.at(-1)?.next ?? null
  if (error !== null) return <ErrorNotice error={error} />
  if (pages.length === 0) return <Waiting>Reading what was kept</Waiting>
  return (
    <div className="flex min-w-0 flex-col gap-12 py-8" data-selectable>
      {pages.map((page, index) => (
        <Page key={index} page={page} />
      ))}
      {next !== null && (
        <div>
          <Button size="small" busy={wanted >= pages.length} onClick={() => setWanted(next)}>
            Show more
          </Button>
        </div>
      )}
    </div>
  )
}

function Page({ page }: { page: Talk }) {
  const { pull, comments, reviews, threads } = page
  return (
    <>
      {pull !== null && (
        <article aria-label="Description" className="flex min-w-0 flex-col gap-4">
          <h3 className="font-medium break-words" dir="auto">
            {withUnseen(pull.title)} <span className="text-text-faint">#{pull.number}</span>
          </h3>
          {pull.body.trim() === '' ? (
            <p className="text-text-faint">It has no description.</p>
          ) : (
            <Markdown text={pull.body} />
          )}
        </article>
      )}
      {comments.map(({ id, author, body, createdAt }) => (
        <Said key={id} label="Comment" author={author} what="commented" at={createdAt} body={body} />
      ))}
      {reviews.map(({ id, author, state, body, at }) => (
        <Said key={id} label="Review" author={author} what={reviewStateWords[state]} at={at} body={body} />
      ))}
      {threads.map((thread) => (
        <article
          key={thread.id}
          aria-label={`Thread on ${thread.path}, ${threadPlace(thread)}`}
          className="flex min-w-0 flex-col gap-8 rounded-6 border border-line p-8"
        >
          <p className="text-12 break-words text-text-muted">
            <bdi className="text-text">{withUnseen(thread.path)}</bdi> {threadPlace(thread)}
            {thread.resolved && ', resolved'}
          </p>
          {thread.hunk !== '' && (
            <ScrolledPre className="code-text max-h-output overflow-auto rounded-4 bg-surface-0 p-8">
              {withUnseen(thread.hunk)}
            </ScrolledPre>
          )}
          {thread.comments.map(({ id, author, body, createdAt }) => (
            <Said key={id} label="Comment" author={author} what="wrote" at={createdAt} body={body} />
          ))}
        </article>
      ))}
    </>
  )
}

function Said({
  label,
  author,
  what,
  at,
  body,
}: {
  label: string
  author: string | null
  what: string
  at: number | null
  body: string
}) {
  return (
    <article aria-label={label} className="flex min-w-0 flex-col gap-4">
      <p className="text-12 text-text-muted">
        <bdi className="font-medium text-text">{author ?? 'Somebody who left'}</bdi> {what}{' '}
        {at !== null && <AgoTime at={at} />}
      </p>
      {body.trim() !== '' && <Markdown text={body} />}
    </article>
  )
}
