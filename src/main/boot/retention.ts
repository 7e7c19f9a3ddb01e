import type { Job } from '@shared/domain'
import { FoundryError } from '@shared/errors'
import type { TaskId } from '@shared/ids'
import { policyRemoves, type RetentionPolicy } from '@shared/keeping-policy'
import type { ClockDoubt, RetentionPreview } from '@shared/retention'
import type { AuditLog } from '../audit-log/audit-log'
import type { Database, DatabaseWorker } from '../database'
import type { DomainHandlers } from '../ipc/handlers'
import type { JobContext, Jobs } from '../jobs/jobs'
import type { TaskProjection } from '../repository/task-projection'
import { createRemoval } from '../session/removal'
import type { Packs } from '../task/packs/packs'
import { clockDoubt } from './clock-doubt'

export interface RetentionOptions {
  database: Database
  /** `foundry.db`. */
  file: string
  worker: DatabaseWorker
  jobs: Jobs
  audit: AuditLog
  actor: string
  now(): number
  schedule(milliseconds: number, run: () => void): () => void
  policy(): RetentionPolicy
  setPolicy(policy: RetentionPolicy): Promise<void>
  projection: Pick<TaskProjection, 'find'>
  packs: Pick<Packs, 'keptBefore' | 'erase'>
  /** @throws FoundryError where none can be made */
  backUp(): Promise<void>
  changed(): void
  reportError(error: unknown, what: string): void
}

export interface Retention {
  readonly handlers: DomainHandlers<'retention'>
  /** The window is usable. */
  start(): void
  close(): void
}

interface Input {
  policy: RetentionPolicy
  /** When it began: what goes carries that. */
  at: number
  /** A person asked for it just now, after they saw what goes. */
  asked: boolean
}

const DAY_MS = 24 * 60 * 60_000
const LOOK_EVERY_MS = 30 * 60_000
/** The start has the disk to itself. */
const FIRST_LOOK_MS = 120_000

/** What goes by itself after some time, where a person wants that: once they have seen what, and daily from then on. */
export function createRetention(options: RetentionOptions): Retention {
  const { database, jobs, now, worker, file } = options
  const removal = createRemoval(database)
  let unschedule: (() => void) | null = null
  let closed = false
  const startedAt = now()

  const before = (days: number, at: number): number | null => (days === 0 ? null : at - days * DAY_MS)
  const cutoffs = ({ outputDays, attachmentDays, packDays }: RetentionPolicy, at: number) => ({
    output: before(outputDays, at),
    attachments: before(attachmentDays, at),
    packs: before(packDays, at),
  })

  /** One that is to have been later than now was so by a clock that was wrong. */
  const lastRun = (): number | null => jobs.lastSucceededOfApp('app.retention', now())?.endedAt ?? null

  /**
   * The last run or GitHub has to bear the clock out. What is written down meanwhile does not: a clock that is wrong
   * dates that too. Only before there was a run it is what was written down before this start.
   */
  async function doubt(at: number): Promise<ClockDoubt | null> {
    const last = lastRun()
    const { github, local } = await worker.ask('timesKnown', { file, now: at, start: startedAt })
    return clockDoubt(at, [last, github, last === null ? local : null])
  }

  jobs.define<Input>('app.retention', { resume: true, run })

  async function run(context: JobContext, { policy, at, asked }: Input): Promise<() => void> {
    const { signal } = context
    const { output, attachments, packs } = cutoffs(policy, at)
    // Also where the first run was stopped before it came to its end.
    if (asked || lastRun() === null) {
      context.stage('Making a backup')
      await options.backUp()
    }
    signal.throwIfAborted()
    if (output !== null) {
      context.stage('Removing output of tools')
      let after: number | null = 0
      while (after !== null) {
        // Each page begins where the one before ended.
        const page: { events: { sessionId: string; first: number }[]; after: number | null } =
          await worker.ask('expiredPage', { file, before: output, after }, { signal })
        await removal.wholes(page.events, at, signal)
        after = page.after
      }
    }
    if (attachments !== null) {
      context.stage('Removing attached files')
      await removal.attachments(attachments, at, signal)
    }
    let removedPacks = 0
    if (packs !== null) {
      context.stage('Removing packs')
      for (const taskId of options.packs.keptBefore(packs)) {
        if (options.projection.find(taskId)?.archivedAt == null) continue
        await options.packs.erase(taskId, signal)
        removedPacks += 1
      }
    }
    const { wholes, attachments: files } = removal.removedAt(at)
    return () => {
      options.audit.append({
        kind: 'data.retention.ran',
        actor: asked ? options.actor : 'system',
        payload: {
          at,
          count: wholes + files + removedPacks,
          output: wholes,
          attachments: files,
          packs: removedPacks,
          policy,
        },
      })
      options.changed()
    }
  }

  function start(asked: boolean, at: number): Job | null {
    const policy = options.policy()
    if (!policyRemoves(policy)) return null
    const live = jobs.running().find(({ kind }) => kind === 'app.retention')
    if (live !== undefined) return live
    const job = database.transaction(() =>
      jobs.start('app.retention', { input: { policy, at, asked } satisfies Input }),
    )
    options.changed()
    return job
  }

  async function look(): Promise<void> {
    unschedule = options.schedule(LOOK_EVERY_MS, () => void look())
    try {
      const at = now()
      const last = lastRun()
      if (!policyRemoves(options.policy()) || (last !== null && at - last < DAY_MS)) return
      if ((await doubt(at)) === null && !closed) start(false, at)
    } catch (error) {
      options.reportError(error, 'removing what the policy says')
    }
  }

  return {
    handlers: {
      async preview(policy): Promise<RetentionPreview> {
        const at = now()
        const { tasks, ...found } = await worker.ask('expired', { file, cutoffs: cutoffs(policy, at) })
        return {
          ...found,
          now: at,
          clock: await doubt(at),
          tasks: tasks.map((task) => ({ ...task, taskId: task.taskId as TaskId })),
        }
      },
      held: () => (policyRemoves(options.policy()) ? doubt(now()) : null),
      async apply({ policy, clockIsRight }) {
        const at = now()
        if (policyRemoves(policy) && !clockIsRight && (await doubt(at)) !== null)
          throw new FoundryError(
            'conflict',
            'The clock of this computer may be wrong, so nothing was removed and nothing was changed.',
            { next: 'Look at what would go once more: it says what speaks against the clock.' },
          )
        await options.setPolicy(policy)
        return start(true, at)
      },
    },
    start() {
      unschedule = options.schedule(FIRST_LOOK_MS, () => void look())
    },
    close() {
      closed = true
      unschedule?.()
    },
  }
}
