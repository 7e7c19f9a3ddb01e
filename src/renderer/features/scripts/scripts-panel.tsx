import type { Job, TaskDetail } from '@shared/domain'
import { hasScripts, needsSetup, scriptsPath, SETUP } from '@shared/scripts'
import { Play, RotateCcw } from 'lucide-react'
import { useState } from 'react'
import { call } from '../../client/call'
import { useCall } from '../../client/use-call'
import { Button } from '../../ui/button'
import { Disclosure } from '../../ui/disclosure'
import { EmptyState, ErrorNotice, Notice } from '../../ui/notice'
import { Waiting } from '../../ui/progress'
import { JobLog } from '../task/provisioning'
import { from, ReviewScripts } from './review-dialog'
import { isLive, JobState, StopScript } from './script-job'
import { CommandText, ScriptPart } from './script-text'
import type { ScriptsOfTask } from './use-task-scripts'

/** The scripts of the repository as they are in a task: what ran, what runs, and what can be run. */
export function ScriptsPanel({ task, known }: { task: TaskDetail; known: ScriptsOfTask }) {
  const [reviewing, setReviewing] = useState(false)
  const forbidding = useCall<unknown>()
  const { scripts, latest, reload } = known
  if (known.error !== null)
    return (
      <div className="p-12">
        <ErrorNotice
          error={known.error}
          actions={
            <Button size="small" onClick={reload}>
              Look again
            </Button>
          }
        />
      </div>
    )
  if (known.busy) return <Waiting>Looking for scripts</Waiting>
  if (scripts === null)
    return (
      <EmptyState title="No checkout">
        {task.status === 'archived'
          ? 'Scripts run in the checkout of a task. This one is archived.'
          : 'Scripts can be run once the checkout is ready.'}
      </EmptyState>
    )
  if (!hasScripts(scripts.scripts))
    return (
      <div className="flex h-full min-h-0 flex-col">
        {scripts.problem !== null && (
          <div className="p-12">
            <ErrorNotice error={scripts.problem} />
          </div>
        )}
        <EmptyState title="No scripts">
          Commit <code className="code-text">{scriptsPath}</code> to the repository, or set scripts of your
          own under Repositories, to set checkouts up and to run what is often run.
        </EmptyState>
      </div>
    )
  const { setup, run = {}, teardown } = scripts.scripts
  const forbid = async () => {
    const done = await forbidding.run(() => call('scripts.forbid', { repositoryId: task.repositoryId }))
    if (done !== null) reload()
  }
  return (
    <div className="flex h-full min-h-0 flex-col gap-12 overflow-y-auto p-12">
      {scripts.problem !== null && <ErrorNotice error={scripts.problem} />}
      {!scripts.allowed && (
        <Notice
          actions={
            <Button size="small" tone="accent" onClick={() => setReviewing(true)}>
              Review scripts
            </Button>
          }
        >
          You have not allowed these scripts. None of them can run.
        </Notice>
      )}
      {needsSetup(scripts.scripts) && (
        <Script
          task={task}
          name={SETUP}
          title="Setup"
          hint={`Once after the checkout was made, before the agent begins. ${from(scripts, 'setup')}`}
          command={setup ?? null}
          job={latest.get(SETUP)}
          allowed={scripts.allowed}
        />
      )}
      {Object.entries(run).map(([name, command]) => (
        <Script
          key={name}
          task={task}
          name={name}
          title={name}
          hint={from(scripts, 'run')}
          command={command}
          job={latest.get(name)}
          allowed={scripts.allowed}
        />
      ))}
      {teardown !== undefined && (
        <ScriptPart title="Teardown" hint={`Before the checkout is removed. ${from(scripts, 'teardown')}`}>
          <Disclosure label="Command">{() => <CommandText command={teardown} />}</Disclosure>
        </ScriptPart>
      )}
      {forbidding.error !== null && <ErrorNotice error={forbidding.error} />}
      {scripts.allowed && (
        <p className="flex flex-wrap items-center gap-8 text-12 text-text-muted">
          <span className="min-w-0 flex-1">
            You have allowed these scripts for all tasks of the repository.
          </span>
          <Button size="small" onClick={() => setReviewing(true)}>
            Show all
          </Button>
          <Button size="small" busy={forbidding.busy} onClick={() => void forbid()}>
            Forbid
          </Button>
        </p>
      )}
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

function Script({
  task,
  name,
  title,
  hint,
  command,
  job,
  allowed,
}: {
  task: TaskDetail
  name: string
  title: string
  hint: string
  /** Null where files are all there is to it. */
  command: string | null
  job: Job | undefined
  allowed: boolean
}) {
  const starting = useCall<unknown>()
  const live = job !== undefined && isLive(job)
  return (
    <ScriptPart
      title={title}
      hint={hint}
      actions={
        <>
          <span className="text-12">
            <JobState job={job} />
          </span>
          {live ? (
            <StopScript job={job} name={title} />
          ) : (
            <Button
              size="small"
              icon={job === undefined ? <Play className="size-12" /> : <RotateCcw className="size-12" />}
              busy={starting.busy}
              reason={allowed ? null : 'These scripts were not allowed yet'}
              aria-label={`${job === undefined ? 'Run' : 'Run again'} ${title}`}
              onClick={() => void starting.run(() => call('scripts.run', { taskId: task.id, name }))}
            >
              {job === undefined ? 'Run' : 'Run again'}
            </Button>
          )}
        </>
      }
    >
      {starting.error !== null && <ErrorNotice error={starting.error} />}
      {command !== null && <Disclosure label="Command">{() => <CommandText command={command} />}</Disclosure>}
      {job?.state === 'failed' && job.error !== null && <ErrorNotice error={job.error} />}
      {job !== undefined && (
        <Disclosure key={job.id} label="Output" initiallyOpen={live}>
          {() => <JobLog job={job} />}
        </Disclosure>
      )}
    </ScriptPart>
  )
}
