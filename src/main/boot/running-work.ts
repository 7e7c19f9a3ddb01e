import type { OrganizationId, TaskId } from '@shared/ids'
import type { Job } from '@shared/domain'
import type { Jobs } from '../jobs/jobs'
import type { TaskProjection } from '../repository/task-projection'
import type { Sessions } from '../session/sessions'
import type { Terminals } from '../task/terminals/terminals'
import type { RunningWork } from './services'

const LOOK_MS = 2000

const JOBS = {
  'task.provision': 'Preparing',
  'task.archive': 'Archiving',
  'task.delete': 'Deleting',
  'task.publish': 'Publishing',
  'task.update': 'Updating',
  'task.review': 'Sending a review of',
  'task.reply': 'Sending a reply to a review of',
  'task.script': 'Running a script of',
  'agent.install': 'Installing an agent',
  'history.export': 'Exporting',
  'history.look': 'Looking into files to import',
  'history.import': 'Importing',
} as const

/** These go on by themselves at the next start, and lose nothing: nobody is asked. */
type Quiet = 'task.pack' | 'app.retention'

/** What whoever quits is asked about. */
export function createRunningWork({
  sessions,
  terminals,
  jobs,
  projection,
}: {
  sessions: Pick<Sessions, 'runningTurns' | 'displayName'>
  terminals: Pick<Terminals, 'busy'>
  jobs: Pick<Jobs, 'running'>
  projection: Pick<TaskProjection, 'find'>
}): Omit<Required<RunningWork>, 'shutdown'> {
  let busyTerminals: string[] = []
  return {
    runningTurns: () =>
      sessions.runningTurns().map(({ taskId, sessionId }) => ({
        taskTitle: projection.find(taskId)?.title ?? 'A task that is being deleted',
        sessionName: sessions.displayName(sessionId),
      })),
    async look() {
      // A sandbox that does not answer keeps nobody from leaving.
      const late = new Promise<never[]>((resolve) => setTimeout(() => resolve([]), LOOK_MS).unref())
      busyTerminals = (await Promise.race([terminals.busy(), late])).map(({ taskId, running }) => {
        const title = projection.find(taskId)?.title ?? 'A task'
        return `${running.join(', ')} in a terminal of “${title}”`
      })
    },
    runningJobs: () => [
      ...busyTerminals,
      ...jobs.running().flatMap(({ kind, taskId }) => {
        if (isQuiet(kind)) return []
        const title = taskId === null ? undefined : projection.find(taskId)?.title
        return title === undefined ? JOBS[kind] : `${JOBS[kind]} “${title}”`
      }),
    ],
  }
}

const isQuiet = (kind: Job['kind']): kind is Quiet => kind === 'task.pack' || kind === 'app.retention'

/** Titles of the tasks of an organization in which agents or jobs run now. */
export function runningIn(
  organizationId: OrganizationId,
  {
    sessions,
    jobs,
    projection,
  }: {
    sessions: Pick<Sessions, 'activity'>
    jobs: Pick<Jobs, 'tasksWithLive'>
    projection: Pick<TaskProjection, 'find'>
  },
): string[] {
  const busy = new Set<string>([
    ...jobs.tasksWithLive('task.provision'),
    ...jobs.tasksWithLive('task.archive'),
  ])
  for (const [taskId, { running, needsInput }] of sessions.activity())
    if (running || needsInput) busy.add(taskId)
  return [...busy].flatMap((taskId) => {
    const row = projection.find(taskId as TaskId)
    return row?.organizationId === organizationId ? [row.title] : []
  })
}
