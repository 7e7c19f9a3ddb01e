import { eq } from 'drizzle-orm'
import { FoundryError } from '@shared/errors'
import type { TaskId } from '@shared/ids'
import type { Database } from '../database'
import type { OriginAccess } from '../sandbox/checkout/types'
import { headCommit, resolveCommit } from '../sandbox/git/changes'
import { expectGit } from '../sandbox/git/errors'
import { oneLine } from '../sandbox/git/parse'
import type { CheckoutGit } from '../sandbox/git/types'
import { commitChanges } from './git/commit'
import { pushBranch, type Pushed } from './git/push'
import { listCommits, remoteRef, unpushed, type CommitList, type Distance } from './git/standing'
import { readUncommitted } from './git/state'
import { readTemplates, type Template } from './git/templates'
import {
  abortUpdate,
  continueUpdate,
  readUpdate,
  settleBase,
  updateFromBase,
  type Updated,
  type UpdateMethod,
} from './git/update'
import { taskSandboxes } from './tables'

/** Where a task's branch lives at the server. */
export interface PublishPlace {
  /** `origin`, or `fork` for the branch of a fork. */
  remote: string
  branch: string
  base: string
  /** What signs in; null for an origin that git reaches by itself, or not at all. */
  access: OriginAccess | null
}

/** Where the checkout stands towards the server, by what was last fetched. */
export interface PublishStanding {
  head: string | null
  uncommitted: { total: number; first: string[] }
  /** Commits no branch of the server is known to have. */
  unpushed: CommitList
  /** Commits the base branch there is not known to have. */
  own: CommitList
  upstream: Distance | null
  base: Distance | null
  /** A merge or rebase that is not finished. */
  update: { method: UpdateMethod; paths: string[] } | null
  /** Branches of origin, at most 500. */
  branches: string[]
  /** The next push replaces commits there that were rebased here. */
  rebased: boolean
}

/** Git of publishing, in the task's sandbox. One after the other within a task. */
export interface TaskPublishing {
  standing(taskId: TaskId, place: PublishPlace): Promise<PublishStanding>
  /** Those of a branch of origin, else of the checkout itself. */
  templates(taskId: TaskId, branch: string | null): Promise<Template[]>
  /**
   * Commits everything that is uncommitted, once: with the commit made already (before a crash, say) it is that one.
   *
   * @throws FoundryError `conflict` when the branch is not where the person saw it
   */
  commit(
    taskId: TaskId,
    request: {
      message: string
      expected: string | null
      identity?: { name: string; email: string } | undefined
    },
    signal: AbortSignal,
  ): Promise<{ commit: string | null; made: boolean }>
  push(taskId: TaskId, place: PublishPlace, expected: string | null, signal: AbortSignal): Promise<Pushed>
  /** From the base, or from where the branch itself is kept. */
  update(
    taskId: TaskId,
    place: PublishPlace,
    request: { method: UpdateMethod; from: 'base' | 'upstream' },
    signal: AbortSignal,
  ): Promise<Updated>
  finishUpdate(taskId: TaskId, place: PublishPlace): Promise<Updated>
  abortUpdate(taskId: TaskId): Promise<void>
}

export interface TaskPublishingOptions {
  database: Database
  serial<Value>(taskId: TaskId, run: () => Promise<Value>): Promise<Value>
  withGit<Value>(
    taskId: TaskId,
    run: (git: CheckoutGit, row: { baseCommit: string | null }) => Promise<Value>,
  ): Promise<Value>
}

/** Where the branch was before it was rebased: what the server has of it may be replaced, and nothing else. */
const REBASED_REF = 'refs/foundry/rebased'
/** There while an update with conflicts is not known to be over. */
const UPDATING_REF = 'refs/foundry/updating'
const BRANCHES = 500
const NAMED = 20

export function createTaskPublishing({ database, serial, withGit }: TaskPublishingOptions): TaskPublishing {
  const inTurn: TaskPublishingOptions['withGit'] = (taskId, run) => serial(taskId, () => withGit(taskId, run))

  /** The branch's own work begins elsewhere now. */
  async function settle(git: CheckoutGit, taskId: TaskId, base: string): Promise<string | null> {
    const tip = await resolveCommit(git, remoteRef('origin', base))
    if (tip === null) return null
    const baseCommit = await settleBase(git, tip)
    database.commands.update(taskSandboxes).set({ baseCommit }).where(eq(taskSandboxes.taskId, taskId)).run()
    return baseCommit
  }

  /** An update that an agent has finished by itself is finished here too. */
  async function settleFinished(
    git: CheckoutGit,
    taskId: TaskId,
    base: string,
  ): Promise<PublishStanding['update']> {
    const update = await readUpdate(git)
    if (update !== null) return { method: update.method, paths: update.paths }
    if ((await resolveCommit(git, UPDATING_REF)) !== null) {
      await settle(git, taskId, base)
      await forget(git, UPDATING_REF)
    }
    return null
  }

  /** The commit at the server that was rebased here, if that is all the server has. */
  async function replaceable(git: CheckoutGit, { remote, branch }: PublishPlace): Promise<string | null> {
    const before = await resolveCommit(git, REBASED_REF)
    const there = await resolveCommit(git, remoteRef(remote, branch))
    if (before === null || there === null) return null
    const isPart = await git.run(['merge-base', '--is-ancestor', there, before])
    if (isPart.exitCode !== 0) return null
    const isHere = await git.run(['merge-base', '--is-ancestor', there, 'HEAD'])
    return isHere.exitCode === 0 ? null : there
  }

  async function afterUpdate(
    git: CheckoutGit,
    taskId: TaskId,
    base: string,
    updated: Updated,
  ): Promise<Updated> {
    if (updated.kind === 'conflicts') return updated
    await forget(git, UPDATING_REF)
    const settled = await settle(git, taskId, base)
    return settled === null ? updated : { ...updated, base: settled }
  }

  return {
    standing: (taskId, place) =>
      withGit(taskId, async (git) => {
        const update = await settleFinished(git, taskId, place.base)
        const uncommitted = await readUncommitted(git)
        const { remote, branch, base } = place
        const known = await unpushed(git, { remote, branch, base })
        const head = await headCommit(git)
        const tip = await resolveCommit(git, remoteRef('origin', base))
        const own =
          head === null
            ? { total: 0, first: [] }
            : await listCommits(git, tip === null ? ['HEAD', '--not', '--remotes'] : ['HEAD', `^${tip}`])
        return {
          head,
          uncommitted: {
            total: uncommitted.total,
            first: uncommitted.files.slice(0, NAMED).map(({ path }) => path),
          },
          unpushed: known.unpushed,
          own,
          upstream: known.upstream,
          base: known.base,
          update,
          branches: await originBranches(git),
          rebased: (await replaceable(git, place)) !== null,
        }
      }),
    templates: (taskId, branch) =>
      withGit(taskId, async (git) => {
        const there = branch === null ? null : await resolveCommit(git, remoteRef('origin', branch))
        const commit = there ?? (await headCommit(git))
        return commit === null ? [] : readTemplates(git, commit)
      }),
    commit: (taskId, { message, expected, identity }, signal) =>
      inTurn(taskId, async (git) => {
        signal.throwIfAborted()
        const head = await headCommit(git)
        if (head !== expected) {
          if (head !== null && (await isOurs(git, head, expected, message)))
            return { commit: head, made: false }
          throw new FoundryError('conflict', 'The branch has other commits than a moment ago.', {
            next: 'Look at the commits again, then publish.',
            detail: `expected ${expected ?? 'none'}\nfound ${head ?? 'none'}`,
          })
        }
        const { commit } = await commitChanges(git, { message, identity })
        return { commit, made: true }
      }),
    push: (taskId, place, expected, signal) =>
      inTurn(taskId, async (git) => {
        signal.throwIfAborted()
        const { remote, branch, access } = place
        const env = access === null ? {} : await access()
        const pushed = await pushBranch(stoppable(git, signal), {
          remote,
          branch,
          env,
          expected,
          replaces: await replaceable(git, place),
        })
        await forget(git, REBASED_REF)
        return pushed
      }),
    update: (taskId, place, { method, from }, signal) =>
      inTurn(taskId, async (git) => {
        signal.throwIfAborted()
        const { remote, branch, base, access } = place
        const before = await headCommit(git)
        const there = await resolveCommit(git, remoteRef(remote, branch))
        // Rebased, the branch cannot be pushed as an addition: what it has there is to be replaced, if all of it is here.
        const complete =
          method === 'rebase' &&
          from === 'base' &&
          before !== null &&
          there !== null &&
          (await git.run(['merge-base', '--is-ancestor', there, before])).exitCode === 0
        if (complete) await note(git, REBASED_REF, before)
        if (before !== null) await note(git, UPDATING_REF, before)
        const updated = await updateFromBase(git, {
          base,
          ...(from === 'base' ? {} : { from: { remote, branch } }),
          method,
          env: access === null ? {} : await access(),
        })
        return afterUpdate(git, taskId, base, updated)
      }),
    finishUpdate: (taskId, place) =>
      inTurn(taskId, async (git) => afterUpdate(git, taskId, place.base, await continueUpdate(git))),
    abortUpdate: (taskId) =>
      inTurn(taskId, async (git) => {
        await abortUpdate(git)
        await forget(git, UPDATING_REF)
      }),
  }
}

/** Whether a commit is the one that was to be made: on top of what the person saw, under the message they gave. */
async function isOurs(
  git: CheckoutGit,
  head: string,
  expected: string | null,
  message: string,
): Promise<boolean> {
  const shown = expectGit(
    await git.run(['log', '-1', '--no-show-signature', '--format=%P%x00%s', head, '--']),
    'The last commit could not be read',
  )
  const [parents = '', subject = ''] = shown.stdout.split('\0')
  const wanted = message.trim().split('\n', 1)[0]?.trim()
  return parents.trim() === (expected ?? '') && oneLine(subject).trim() === wanted
}

async function originBranches(git: CheckoutGit): Promise<string[]> {
  const listed = await git.run([
    'for-each-ref',
    `--count=${BRANCHES}`,
    '--format=%(refname)',
    'refs/remotes/origin/',
  ])
  return expectGit(listed, 'The branches of origin could not be listed')
    .stdout.split('\n')
    .map((ref) => ref.slice('refs/remotes/origin/'.length))
    .filter((name) => name !== '' && name !== 'HEAD')
}

async function note(git: CheckoutGit, ref: string, commit: string): Promise<void> {
  expectGit(await git.run(['update-ref', '--no-deref', ref, commit]), `${ref} could not be written`)
}

async function forget(git: CheckoutGit, ref: string): Promise<void> {
  expectGit(await git.run(['update-ref', '--no-deref', '-d', ref]), `${ref} could not be removed`)
}

/** A run that was stopped is left to its end in the sandbox: whether it still came through is looked up next time. */
function stoppable(git: CheckoutGit, signal: AbortSignal): CheckoutGit {
  return { ...git, run: (args, options) => git.run(args, { ...options, signal }) }
}
