import type { Job, TaskDetail } from '@shared/domain'
import type { ErrorValue } from '@shared/errors'
import type { TaskScripts } from '@shared/scripts-schema'
import { useCallback, useEffect, useMemo, useState } from 'react'
import { call } from '../../client/call'
import { useEntities, useEntity } from '../../client/topics'

export interface ScriptsOfTask {
  /** Null while they are not known, and where there is no checkout. */
  readonly scripts: TaskScripts | null
  readonly error: ErrorValue | null
  readonly busy: boolean
  /** The newest job of each script, by its name. */
  readonly latest: ReadonlyMap<string, Job>
  readonly reload: () => void
}

type Answer = { scripts: TaskScripts | null; error: ErrorValue | null }

/** The scripts of a task: looked for in its checkout when that is made, when it has another commit, and after each run. */
export function useTaskScripts(task: TaskDetail): ScriptsOfTask {
  const jobs = useEntities('task', task.id, 'job')
  const commit = useEntity('task', task.id, 'git', 'git')?.headCommit ?? null
  const ready = task.sandbox !== null && task.sandbox.state !== 'preparing' && task.status !== 'archived'
  const own = useMemo(() => [...jobs.values()].filter(({ kind }) => kind === 'task.script'), [jobs])
  const marks = own.map(({ id }) => id).join(' ')
  const [answer, setAnswer] = useState<Answer | null>(null)
  const [asked, setAsked] = useState(0)
  const reload = useCallback(() => setAsked((count) => count + 1), [])
  useEffect(() => {
    if (!ready) return
    let current = true
    void call('scripts.ofTask', { taskId: task.id }).then((result) => {
      if (!current) return
      setAnswer(result.ok ? { scripts: result.value, error: null } : { scripts: null, error: result.error })
    })
    return () => {
      current = false
    }
    // Another commit may have other scripts, and a job that began is one more run.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [ready, task.id, commit, marks, asked])

  const scripts = ready ? (answer?.scripts ?? null) : null
  const latest = useMemo(() => {
    const byId = new Map(own.map((job) => [job.id as string, job]))
    const found = new Map<string, Job>()
    for (const { name, jobId } of scripts?.runs ?? []) {
      const job = byId.get(jobId)
      if (job !== undefined && !found.has(name)) found.set(name, job)
    }
    return found
  }, [own, scripts])
  return {
    scripts,
    error: ready ? (answer?.error ?? null) : null,
    busy: ready && answer === null,
    latest,
    reload,
  }
}
