import type { TaskDetail } from '@shared/domain'
import { hasScripts, SETUP } from '@shared/scripts'
import { useState } from 'react'
import { call } from '../../client/call'
import { readStored, writeStored } from '../../client/storage'
import { useCall } from '../../client/use-call'
import { Button } from '../../ui/button'
import { Disclosure } from '../../ui/disclosure'
import { ErrorNotice, Notice } from '../../ui/notice'
import { StatusGlyph } from '../../ui/status-glyph'
import { RunningTime } from '../../ui/time'
import { JobLog } from '../task/provisioning'
import { ReviewScripts } from './review-dialog'
import { isLive, StopScript } from './script-job'
import type { ScriptsOfTask } from './use-task-scripts'

const asideKey = 'scripts-aside'
const mostAside = 100

/** What a person put aside: hashes of scripts that they do not want to look at now, and failed runs. */
function readAside(): string[] {
  const accept = (value: unknown) =>
    Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : null
  return readStored(asideKey, accept) ?? []
}

/** What a person has to know, or to decide, about the scripts of the repository before they work on. */
export function ScriptsNotice({ task, known }: { task: TaskDetail; known: ScriptsOfTask }) {
  const [aside, setAside] = useState(readAside)
  const [reviewing, setReviewing] = useState(false)
  const again = useCall<unknown>()
  const putAside = (key: string) => {
    const next = [...aside, key].slice(-mostAside)
    setAside(next)
    writeStored(asideKey, next)
  }
  const { scripts, latest, reload } = known
  if (scripts === null) return null
  const setUp = latest.get(SETUP)
  const parts = (
    <>
      {setUp !== undefined && isLive(setUp) && (
        <div className="flex flex-col gap-8 rounded-6 border border-line bg-surface-1 p-12">
          <div className="flex items-center gap-8">
            <StatusGlyph status="provisioning" />
            <output className="min-w-0 flex-1 break-words">
              {setUp.stage ?? 'Setting up'}. An agent that starts meanwhile waits for it.
            </output>
            {setUp.startedAt !== null && (
              <span className="text-12 text-text-faint">
                <RunningTime since={setUp.startedAt} />
              </span>
            )}
            <StopScript job={setUp} name="setup" />
          </div>
          <Disclosure label="Output" initiallyOpen>
            {() => <JobLog job={setUp} />}
          </Disclosure>
        </div>
      )}
      {setUp?.state === 'failed' && setUp.error !== null && !aside.includes(setUp.id) && (
        <ErrorNotice
          error={setUp.error}
          actions={
            <>
              <Button
                size="small"
                busy={again.busy}
                onClick={() => void again.run(() => call('scripts.run', { taskId: task.id, name: SETUP }))}
              >
                Run again
              </Button>
              <Button size="small" tone="quiet" onClick={() => putAside(setUp.id)}>
                Go on without it
              </Button>
            </>
          }
        />
      )}
      {again.error !== null && <ErrorNotice error={again.error} />}
      {scripts.problem !== null && !aside.includes(`${task.id} problem`) && (
        <ErrorNotice
          error={scripts.problem}
          actions={
            <Button size="small" tone="quiet" onClick={() => putAside(`${task.id} problem`)}>
              Go on without them
            </Button>
          }
        />
      )}
      {hasScripts(scripts.scripts) && !scripts.allowed && !aside.includes(scripts.hash) && (
        <Notice
          actions={
            <>
              <Button size="small" onClick={() => putAside(scripts.hash)}>
                Not now
              </Button>
              <Button size="small" tone="accent" onClick={() => setReviewing(true)}>
                Review scripts
              </Button>
            </>
          }
        >
          The repository has scripts for its tasks that you have not allowed. Nothing of them was run.
        </Notice>
      )}
    </>
  )
  return (
    <div className="mx-auto flex w-full max-w-column shrink-0 flex-col gap-8 px-16 pt-12 empty:hidden">
      {parts}
      <ReviewScripts
        task={task}
        known={scripts}
        open={reviewing}
        onClose={() => setReviewing(false)}
        onAllowed={reload}
      />
    </div>
  )
}
