import type { TaskDetail } from '@shared/domain'
import type { ErrorValue } from '@shared/errors'
import type { PullRequestStanding } from '@shared/publish'
import type { CheckDetail } from '@shared/reviews'
import { useEffect, useState } from 'react'
import { call } from '../../client/call'
import { useCall } from '../../client/use-call'
import { Button } from '../../ui/button'
import { ErrorNotice } from '../../ui/notice'
import { Waiting } from '../../ui/progress'
import { ScrolledPre } from '../../ui/scrolled-pre'
import { AgoTime } from '../../ui/time'
import { showToast } from '../../ui/toast'
import { addToPrompt } from '../composer/insertion'
import { Markdown } from '../transcript/markdown'
import { withUnseen } from '../transcript/text-guard'
import { checkPrompt } from './review-words'

type Check = PullRequestStanding['checks'][number]

/** Puts all that a failed check says into the prompt, where the person sees it before it is sent. */
export function HandToAgent({ task, check, head }: { task: TaskDetail; check: Check; head: string }) {
  const reading = useCall<CheckDetail>()
  const hand = async () => {
    const detail = await detailOf(task, check, reading)
    if (detail === null) return
    addToPrompt(task.id, checkPrompt(detail, { head }))
    showToast(`What ${check.name} says is in the prompt`)
  }
  return (
    <div className="flex min-w-0 flex-col gap-4">
      <div>
        <Button size="small" busy={reading.busy} onClick={() => void hand()}>
          Hand to the agent
        </Button>
      </div>
      {reading.error !== null && <ErrorNotice error={reading.error} />}
    </div>
  )
}

/** A status says no more than its description. */
async function detailOf(
  task: TaskDetail,
  check: Check,
  reading: ReturnType<typeof useCall<CheckDetail>>,
): Promise<CheckDetail | null> {
  const { id, name, description, url } = check
  if (id !== null) return reading.run(() => call('task.check', { taskId: task.id, checkId: id }))
  return {
    id: 0,
    name,
    conclusion: 'failure',
    url,
    title: description,
    summary: '',
    text: '',
    annotations: [],
    annotationsTotal: 0,
    log: null,
  }
}

/** What a check says about itself, read when somebody looks. */
export function CheckDetails({ task, checkId }: { task: TaskDetail; checkId: number }) {
  const [read, setRead] = useState<{ detail: CheckDetail | null; error: ErrorValue | null } | null>(null)
  useEffect(() => {
    let current = true
    void call('task.check', { taskId: task.id, checkId }).then((result) => {
      if (current)
        setRead(result.ok ? { detail: result.value, error: null } : { detail: null, error: result.error })
    })
    return () => {
      current = false
    }
  }, [task.id, checkId])
  if (read === null) return <Waiting>Asking GitHub</Waiting>
  if (read.error !== null) return <ErrorNotice error={read.error} />
  return read.detail === null ? null : <Detail check={read.detail} />
}

function Detail({ check }: { check: CheckDetail }) {
  const { title, summary, text, annotations, annotationsTotal, log } = check
  const more = annotationsTotal - annotations.length
  const silent = title === null && summary === '' && text === '' && annotations.length === 0 && log === null
  return (
    <div className="flex min-w-0 flex-col gap-8 py-4" data-selectable>
      {check.keptAt != null && (
        <p className="text-12 text-text-muted">
          GitHub cannot be asked now. This was kept for offline reading <AgoTime at={check.keptAt} />.
        </p>
      )}
      {silent && <p className="text-text-faint">It says nothing more about itself.</p>}
      {title !== null && <p className="font-medium break-words">{withUnseen(title)}</p>}
      {summary.trim() !== '' && <Markdown text={summary} />}
      {text.trim() !== '' && <Markdown text={text} />}
      {annotations.length > 0 && (
        <ul aria-label="Annotations" className="flex min-w-0 flex-col gap-4">
          {annotations.map(({ id, path, startLine, title: heading, message }) => (
            <li key={id} className="min-w-0 break-words">
              <code className="code-text break-all">
                {withUnseen(path)}:{startLine}
              </code>{' '}
              {withUnseen([heading, message].filter(Boolean).join(': '))}
            </li>
          ))}
          {more > 0 && <li className="text-text-faint">and {more} more on GitHub</li>}
        </ul>
      )}
      {log !== null && log.text !== '' && (
        <figure aria-label="Log" className="min-w-0">
          <figcaption className="text-text-muted">{log.cut ? 'A part of its log' : 'Its log'}</figcaption>
          <ScrolledPre className="code-text max-h-output overflow-auto rounded-4 border border-line bg-surface-0 p-8">
            {withUnseen(log.text)}
          </ScrolledPre>
        </figure>
      )}
      {log?.problem != null && <ErrorNotice error={log.problem} />}
    </div>
  )
}
