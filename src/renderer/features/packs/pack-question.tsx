import type { Job } from '@shared/domain'
import type { ErrorValue } from '@shared/errors'
import type { Pack } from '@shared/packs'
import { useEffect, useState } from 'react'
import { call } from '../../client/call'
import { useEntities } from '../../client/topics'
import { useCall } from '../../client/use-call'
import { Button } from '../../ui/button'
import { Dialog } from '../../ui/dialog'
import { Disclosure } from '../../ui/disclosure'
import { ErrorNotice, Notice } from '../../ui/notice'
import { Progress, Waiting } from '../../ui/progress'
import { AgoTime, bytesText } from '../../ui/time'
import { closeQuestion, type NamedTask, useQuestions } from '../lifecycle/lifecycle-actions'
import { isLive, latestJob } from '../publish/publish-text'
import { counted } from '../sync/sync-text'
import { withUnseen } from '../transcript/text-guard'
import { KeptTalk } from './kept-talk'
import { contentsText, leftOutName, leftOutWhy } from './pack-text'

/** What is kept of a task for offline reading, and what is not. */
export function PackQuestion() {
  const task = useQuestions((state) => state.keeping)
  return task === null ? null : <Question key={task.id} task={task} />
}

function usePack(taskId: NamedTask['id'], job: Job | undefined) {
  const [read, setRead] = useState<{ pack: Pack | null; error: ErrorValue | null } | null>(null)
  const [asked, setAsked] = useState(0)
  const state = `${job?.id} ${job?.state} ${asked}`
  useEffect(() => {
    let current = true
    void call('packs.read', { taskId }).then((result) => {
      if (!current) return
      setRead(result.ok ? { pack: result.value, error: null } : { pack: null, error: result.error })
    })
    return () => {
      current = false
    }
    // A job that ended has changed it.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [taskId, state])
  return { read, reload: () => setAsked((count) => count + 1) }
}

function Question({ task }: { task: NamedTask }) {
  const jobs = useEntities('task', task.id, 'job')
  const job = latestJob(jobs, ['task.pack'])
  const { read, reload } = usePack(task.id, job)
  const keeping = useCall<Job>()
  const removing = useCall<unknown>()
  const [asks, setAsks] = useState(false)
  const live = isLive(job)
  const pack = read?.pack ?? null

  const remove = async () => {
    const done = await removing.run(async () => {
      const result = await call('packs.remove', { taskId: task.id })
      return result.ok ? { ok: true, value: true } : result
    })
    if (done === null) return
    setAsks(false)
    reload()
  }

  return (
    <Dialog
      open
      onClose={closeQuestion}
      size="wide"
      title="Offline reading"
      description={
        <span className="break-words" dir="auto">
          {task.title}
        </span>
      }
      footer={
        <>
          {pack !== null && !asks && (
            <Button tone="quiet" disabled={live} onClick={() => setAsks(true)}>
              Remove…
            </Button>
          )}
          <Button
            tone={pack?.keptAt == null ? 'accent' : 'plain'}
            busy={keeping.busy || live}
            onClick={() => void keeping.run(() => call('packs.keep', { taskId: task.id }))}
          >
            {pack?.keptAt == null ? 'Keep for offline reading' : 'Update'}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-12">
        <p className="text-text-muted">
          The files around each change, pictures, checks with their logs and conversations are kept in
          Foundry, so that the task can be judged when checkout, store and network are gone.
        </p>
        {read === null && <Waiting>Looking for what is kept</Waiting>}
        {job !== undefined && live && <Keeping job={job} />}
        {job?.state === 'failed' && job.error !== null && <ErrorNotice error={job.error} />}
        {job?.state === 'cancelled' && (
          <Notice>It was stopped. What was kept until then stays. Keep it again to go on.</Notice>
        )}
        {read?.error != null && <ErrorNotice error={read.error} />}
        {keeping.error !== null && <ErrorNotice error={keeping.error} />}
        {removing.error !== null && <ErrorNotice error={removing.error} />}
        {asks && (
          <Notice
            tone="warning"
            actions={
              <>
                <Button size="small" onClick={() => setAsks(false)}>
                  Cancel
                </Button>
                <Button size="small" tone="danger" busy={removing.busy} onClick={() => void remove()}>
                  Remove what is kept
                </Button>
              </>
            }
          >
            What is kept cannot be had back once checkout, store or GitHub do not have it any more. The
            history of the task stays.
          </Notice>
        )}
        {read !== null && read.error === null && pack === null && !live && (
          <p className="text-text-muted">Nothing of this task is kept yet.</p>
        )}
        {pack !== null && <Contents task={task} pack={pack} live={live} />}
      </div>
    </Dialog>
  )
}

function Keeping({ job }: { job: Job }) {
  const cancelling = useCall<unknown>()
  return (
    <div className="flex min-w-0 flex-col gap-8 rounded-6 border border-line p-12">
      <div className="flex min-w-0 items-center gap-8">
        <output className="min-w-0 flex-1 break-words">{job.stage ?? 'Waits for its turn'}</output>
        <Button
          size="small"
          busy={cancelling.busy}
          onClick={() => void cancelling.run(() => call('job.cancel', { jobId: job.id }))}
        >
          Cancel
        </Button>
      </div>
      {job.progress !== null && <Progress label="Keeping" value={job.progress} />}
    </div>
  )
}

function Contents({ task, pack, live }: { task: NamedTask; pack: Pack; live: boolean }) {
  const { contents, leftOut, leftOutTotal } = pack
  const has = (kind: string) => contents.some((one) => one.kind === kind)
  const text = contentsText(contents)
  return (
    <>
      <section aria-label="Kept" className="flex flex-col gap-4">
        <p>
          {pack.keptAt === null ? (
            'Not complete yet'
          ) : (
            <>
              Kept <AgoTime at={pack.keptAt} />
            </>
          )}
          , {bytesText(pack.bytes)} on the disk.
        </p>
        <p className="text-text-muted">{text === '' ? 'Nothing is in it.' : `It holds ${text}.`}</p>
      </section>
      {leftOutTotal > 0 ? (
        <section aria-label="Not kept" className="flex flex-col gap-4">
          <h3 className="font-medium text-warning">
            {counted(leftOutTotal, 'thing is', 'things are')} not in it
          </h3>
          <ul
            aria-label="Not kept"
            data-selectable
            // What scrolls has to be reachable, though nothing in it can be pressed.
            // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
            tabIndex={0}
            className="max-h-output overflow-y-auto rounded-6 border border-line bg-surface-0 p-8"
          >
            {leftOut.map((one) => (
              <li key={`${one.kind} ${one.state} ${one.path}`} className="min-w-0 py-2 text-12 break-words">
                <span dir="auto" className="break-all">
                  {withUnseen(leftOutName(one))}
                </span>
                <span className="text-text-muted">: {withUnseen(leftOutWhy(one))}</span>
              </li>
            ))}
            {leftOutTotal > leftOut.length && (
              <li className="text-12 text-text-faint">and {leftOutTotal - leftOut.length} more</li>
            )}
          </ul>
        </section>
      ) : (
        pack.keptAt !== null &&
        !live && <p className="text-12 text-text-muted">Everything that was looked for is in it.</p>
      )}
      {(has('pull') || has('reviews')) && (
        <Disclosure label="Conversation, complete">{() => <KeptTalk taskId={task.id} />}</Disclosure>
      )}
    </>
  )
}
