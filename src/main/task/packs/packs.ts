import { asc, desc, eq, sql } from 'drizzle-orm'
import type { Job } from '@shared/domain'
import { FoundryError } from '@shared/errors'
import type { OrganizationId, RepositoryId, TaskId } from '@shared/ids'
import type { PackPolicy } from '@shared/keeping-policy'
import type { Pack, PackKind } from '@shared/packs'
import type { AuditLog } from '../../audit-log/audit-log'
import type { Database } from '../../database'
import type { JobContext, Jobs } from '../../jobs/jobs'
import type { CheckoutGit } from '../../sandbox/git/types'
import type { CheckpointStore } from '../checkpoints'
import { comparisonBase } from '../git/state'
import type { Reach } from '../reach'
import { createSerial } from '../serial'
import { packBlobs, taskPacks } from '../tables'
import { collectBase, collectFiles, collectImages, createPackRun, type PackRun } from './collect'
import { createPackContents, type EntryName, type PackContents } from './contents'
import { createPackReading, type PackReading } from './read'

/** What a pack holds of what is not in the checkout: each brings its kinds up to date. */
export interface PackSource {
  /** Answers which kinds are up to date, and which pictures of the repository the texts show. */
  collect(
    run: PackRun,
    stage: (text: string, progress?: number) => void,
  ): Promise<{ kinds: PackKind[]; images: string[] }>
}

export interface PacksOptions {
  database: Database
  jobs: Jobs
  audit: AuditLog
  actor: string
  now: () => number
  checkpoints: CheckpointStore
  reach: Reach
  policy(): PackPolicy
  /** Makes the files as they are a checkpoint, where there is a checkout. */
  record(taskId: TaskId): Promise<void>
  baseOf(taskId: TaskId): string | null
  facts(taskId: TaskId): { organizationId: string; repositoryId: string } | null
  /** What is said about its pull request. */
  source: PackSource
  changed(taskId: TaskId): void
}

export interface Packs {
  readonly reading: PackReading
  readonly contents: PackContents
  /** Puts together, or brings up to date, what is kept of a task. In the caller's transaction. */
  start(taskId: TaskId): Job
  /** Where the policy says so, after the task was archived. In the caller's transaction. */
  archived(taskId: TaskId): void
  /** Null for a task of which nothing is kept. */
  read(taskId: TaskId): Pack | null
  keptAt(taskId: TaskId): number | null
  /** The largest first. */
  list(limit: number): {
    packs: { taskId: TaskId; bytes: number; keptAt: number | null; leftOut: number }[]
    count: number
    totalBytes: number
  }
  /** Removes what is kept of a task, because a person wants that. */
  remove(taskId: TaskId): Promise<void>
  /** As part of deleting a task. */
  erase(taskId: TaskId, signal: AbortSignal): Promise<void>
  /** Packs that were kept before a time and not since, the oldest first. */
  keptBefore(time: number): TaskId[]
}

const LEFT_OUT_SHOWN = 100
const FILE_KINDS: readonly PackKind[] = ['file', 'wide', 'cut', 'base']

export function createPacks(options: PacksOptions): Packs {
  const { database, jobs, now } = options
  const db = database.commands
  const contents = createPackContents(database)
  const chain = (taskId: TaskId): string[] => {
    const links = options.checkpoints.chain(taskId, null)
    const states = links.slice(0, 1).map(({ parent }) => parent)
    for (const { commit, parent } of links) {
      // Checkpoints of another computer, that came in beside those here: what follows does not go on from what was before.
      if (parent !== states.at(-1)) return []
      states.push(commit)
    }
    return states
  }
  const reading = createPackReading(contents, chain)
  /** One after the other: what a kill has left of one can be told from what another writes. */
  const serial = createSerial()

  jobs.define<{ run: number }>('task.pack', {
    resume: true,
    run: (context, { run }) => serial('packs', () => fill(context, run)),
  })

  async function fill(context: JobContext, run: number): Promise<(() => void) | undefined> {
    const { taskId, signal } = context
    if (taskId === null) throw new Error(`Job ${context.id} has no task`)
    if (options.facts(taskId) === null) return undefined
    signal.throwIfAborted()
    await contents.sweep()
    context.stage('Taking a checkpoint')
    await options.record(taskId).catch((error: unknown) => {
      // Its checkout was removed just now: the last of it is a checkpoint already.
      if (!(error instanceof FoundryError) || error.kind !== 'not_found') throw error
    })
    const one = createPackRun(contents, { taskId, run, policy: options.policy(), signal })
    const stage = (text: string, progress?: number) => {
      signal.throwIfAborted()
      context.stage(text, progress)
    }
    const kinds = new Set<PackKind>()
    let images: string[] = []
    if (one.policy.checks || one.policy.conversations) {
      const collected = await options.source.collect(one, stage)
      images = collected.images
      for (const kind of collected.kinds) kinds.add(kind)
    }
    if (!one.policy.conversations)
      for (const kind of ['pull', 'comments', 'reviews', 'image'] as const) kinds.add(kind)
    if (!one.policy.checks) for (const kind of ['standing', 'check'] as const) kinds.add(kind)
    if (await files(one, images, stage)) for (const kind of FILE_KINDS) kinds.add(kind)
    stage('Removing what is not wanted any more')
    await contents.remove(taskId, { kinds: [...kinds], but: run }, signal)
    const bytes = contents.bytesOf(taskId)
    const leftOut = contents.leftOut(taskId, 0).total
    return () => {
      db.update(taskPacks)
        .set({ run, keptAt: now(), bytes, leftOut })
        .where(eq(taskPacks.taskId, taskId))
        .run()
      record(taskId, 'task.pack.kept', { bytes, leftOut })
      options.changed(taskId)
    }
  }

  /** Says whether all that changed could be looked at. */
  async function files(
    run: PackRun,
    images: readonly string[],
    stage: (text: string, progress?: number) => void,
  ): Promise<boolean> {
    const { taskId } = run
    if (!run.policy.files && !run.policy.images) return true
    const links = options.checkpoints.chain(taskId, null)
    const latest = links.at(-1)
    if (latest === undefined) return true
    const baseCommit = options.baseOf(taskId)
    let whole = await within(run, latest.commit, baseCommit === null ? [] : [baseCommit], async (git) => {
      stage('Reading what the branch changed')
      const from = await comparisonBase(git, baseCommit, latest.commit)
      await collectBase(run, git, from, latest.commit)
      const all = await collectFiles(run, git, from, latest.commit)
      await collectImages(run, git, latest.commit, images)
      return all
    })
    // What is newest is wanted most, should there not be room for all.
    for (const [index, { commit, parent }] of links.toReversed().entries()) {
      stage(`Reading turn ${links.length - index} of ${links.length}`, index / links.length)
      const read = await within(run, commit, [parent], (git) => collectFiles(run, git, parent, commit))
      whole &&= read
    }
    return whole
  }

  async function within(
    run: PackRun,
    commit: string,
    others: readonly string[],
    /** Says whether it looked at all that there is. */
    work: (git: CheckoutGit) => Promise<boolean>,
  ): Promise<boolean> {
    const name: EntryName = { kind: 'cut', state: [...others, commit].join('..'), path: '' }
    // What is known to be complete is not missed when it cannot be read again.
    const missed = (detail?: string): false => {
      if (!run.has(name)) run.leaveOut(name, 'unreadable', detail === undefined ? {} : { detail })
      return false
    }
    const attempt = () =>
      options.reach(
        run.taskId,
        [commit, ...others],
        async (git) => {
          if (await work(git)) run.note(name)
          return true
        },
        () => missed(),
      )
    try {
      // A checkout that is removed meanwhile leaves its commits in the store.
      return await attempt().catch((error: unknown) => {
        if (isOfGit(error)) return attempt()
        throw error
      })
    } catch (error) {
      if (isOfGit(error)) return missed(error.message)
      throw error
    }
  }

  function record(
    taskId: TaskId,
    kind: 'task.pack.kept' | 'task.pack.removed',
    payload: Record<string, unknown>,
  ): void {
    const facts = options.facts(taskId)
    if (facts === null) return
    options.audit.append({
      kind,
      actor: kind === 'task.pack.kept' ? 'system' : options.actor,
      organizationId: facts.organizationId as OrganizationId,
      repositoryId: facts.repositoryId as RepositoryId,
      taskId,
      payload,
    })
  }

  function start(taskId: TaskId): Job {
    const live = jobs.liveOfTask(taskId, 'task.pack')
    if (live !== null) return live
    const run = now()
    db.insert(taskPacks)
      .values({ taskId, run })
      .onConflictDoUpdate({ target: taskPacks.taskId, set: { run } })
      .run()
    return jobs.start('task.pack', { taskId, input: { run } })
  }

  async function erase(taskId: TaskId, signal: AbortSignal): Promise<void> {
    await contents.remove(taskId, 'all', signal)
    db.delete(taskPacks).where(eq(taskPacks.taskId, taskId)).run()
  }

  const rowOf = (taskId: TaskId) => db.select().from(taskPacks).where(eq(taskPacks.taskId, taskId)).get()

  return {
    reading,
    contents,
    start,
    archived(taskId) {
      if (options.policy().onArchive) start(taskId)
    },
    keptAt: (taskId) => rowOf(taskId)?.keptAt ?? null,
    read(taskId) {
      const row = rowOf(taskId)
      if (row === undefined) return null
      const { first, total } = contents.leftOut(taskId, LEFT_OUT_SHOWN)
      return {
        keptAt: row.keptAt,
        bytes: contents.bytesOf(taskId),
        contents: contents.contents(taskId),
        leftOut: first.flatMap(({ kind, state, path, reason, detail, bytes }) =>
          reason === null ? [] : [{ kind, state, path, reason, detail, bytes }],
        ),
        leftOutTotal: total,
      }
    },
    list(limit) {
      const rows = db.select().from(taskPacks).orderBy(desc(taskPacks.bytes)).limit(limit).all()
      const counted = db
        .select({ count: sql<number>`count(*)` })
        .from(taskPacks)
        .get()
      const total = db
        .select({ bytes: sql<number>`coalesce(sum(${packBlobs.packedBytes}), 0)` })
        .from(packBlobs)
        .get()
      return {
        packs: rows.map(({ taskId, bytes, keptAt, leftOut }) => ({
          taskId: taskId as TaskId,
          bytes,
          keptAt,
          leftOut,
        })),
        count: counted?.count ?? 0,
        totalBytes: total?.bytes ?? 0,
      }
    },
    async remove(taskId) {
      const live = jobs.liveOfTask(taskId, 'task.pack')
      if (live !== null) {
        jobs.cancel(live.id)
        await jobs.finished(live.id)
      }
      await erase(taskId, new AbortController().signal)
      database.transaction(() => record(taskId, 'task.pack.removed', {}))
      options.changed(taskId)
    },
    erase,
    keptBefore: (time) =>
      db
        .select({ taskId: taskPacks.taskId })
        .from(taskPacks)
        .where(sql`${taskPacks.keptAt} < ${time}`)
        .orderBy(asc(taskPacks.keptAt))
        .all()
        .map(({ taskId }) => taskId as TaskId),
  }
}

/** Says something about what git was asked, and nothing about whether more can be kept. */
function isOfGit(error: unknown): error is FoundryError {
  return (
    error instanceof FoundryError &&
    error.kind !== 'cancelled' &&
    error.kind !== 'disk_full' &&
    error.kind !== 'read_only'
  )
}
