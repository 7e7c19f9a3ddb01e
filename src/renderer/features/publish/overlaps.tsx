import type { TaskDetail } from '@shared/domain'
import type { Result } from '@shared/errors'
import type { Overlap, TaskOverlaps } from '@shared/overlaps'
import { useEffect, useState } from 'react'
import { openExternal } from '../../app/open-external'
import { openTask } from '../../app/workspace'
import { call } from '../../client/call'
import { useEntity } from '../../client/topics'
import { Button } from '../../ui/button'
import { Disclosure } from '../../ui/disclosure'
import { ErrorNotice } from '../../ui/notice'
import { AgoTime } from '../../ui/time'
import { counted } from '../sync/sync-text'

/** So many paths of each are shown before the rest is a number. */
const shownPaths = 5

/** Other open pull requests that change files this task changes: who merges second has to look. */
export function Overlaps({ task }: { task: TaskDetail }) {
  const git = useEntity('task', task.id, 'git', 'git')
  const [answer, setAnswer] = useState<Result<TaskOverlaps | null> | null>(null)
  const [asked, setAsked] = useState(0)
  const changed = git === undefined ? '' : `${git.headCommit} ${git.baseTotal} ${git.uncommittedTotal}`
  useEffect(() => {
    let current = true
    void call('task.overlaps', { taskId: task.id }).then((result) => {
      if (current) setAnswer(result)
    })
    return () => {
      current = false
    }
    // What it changes may be other files now.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [task.id, changed, task.pullRequest?.updatedAt, asked])
  if (answer === null || (answer.ok && answer.value === null)) return null
  const again = (
    <Button size="small" onClick={() => setAsked(asked + 1)}>
      Ask again
    </Button>
  )
  const error = answer.ok ? (answer.value?.error ?? null) : answer.error
  const known = answer.ok ? answer.value : null
  return (
    <section aria-label="Same files" className="flex min-w-0 flex-col gap-6 border-t border-line pt-12">
      {error !== null && <ErrorNotice error={error} actions={again} />}
      {known !== null && known.overlaps.length > 0 ? (
        <Disclosure
          initiallyOpen={known.overlaps.length <= 3}
          label={
            <span className="text-warning">
              {counted(
                known.overlaps.length,
                'other open pull request changes',
                'other open pull requests change',
              )}{' '}
              the same files
            </span>
          }
        >
          {() => (
            <ul className="flex flex-col gap-8 pt-6">
              {known.overlaps.map((one) => (
                <Entry key={one.number} overlap={one} />
              ))}
            </ul>
          )}
        </Disclosure>
      ) : (
        error === null && (
          <p className="text-12 text-text-muted">No other open pull request changes the same files.</p>
        )
      )}
      {known !== null && known.readAt !== null && (
        <p className="text-12 text-text-faint">
          {known.looked < known.open &&
            `The ${known.looked} changed last of ${known.open} open ones were looked at. `}
          {known.cut > 0 &&
            `Of ${counted(known.cut, 'large one', 'large ones')}, the first 100 files are known. `}
          Asked <AgoTime at={known.readAt} />.
        </p>
      )}
    </section>
  )
}

function Entry({ overlap }: { overlap: Overlap }) {
  const { number, title, author, isDraft, taskId, url, paths, count } = overlap
  const shown = paths.slice(0, shownPaths)
  return (
    <li className="flex min-w-0 flex-col gap-2">
      <button
        type="button"
        className="flex min-w-0 gap-6 rounded-4 text-start hover:underline"
        onClick={() => (taskId === null ? void openExternal(url) : openTask(taskId))}
      >
        <span className="shrink-0 text-text-faint">#{number}</span>
        <span className="min-w-0 flex-1 break-words" dir="auto">
          {title}
        </span>
      </button>
      <p className="text-12 text-text-muted">
        {isDraft && 'Draft · '}
        {author !== null && <bdi>{author}</bdi>}
        {author !== null && ' · '}
        {counted(count, 'file', 'files')}
      </p>
      <ul className="code-text flex flex-col text-text-muted">
        {shown.map((path) => (
          <li key={path} className="truncate" title={path}>
            <bdi>{path}</bdi>
          </li>
        ))}
        {count > shown.length && <li className="text-text-faint">and {count - shown.length} more</li>}
      </ul>
    </li>
  )
}
