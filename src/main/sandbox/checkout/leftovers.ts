import { readFile, readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { taskIdSchema, type RepositoryId, type TaskId } from '@shared/ids'
import { INERT_CONFIG, OUTSIDE_GIT } from '../git/environment'
import { expectGit } from '../git/errors'
import type { LocalGit, LocalGitRunOptions } from '../git/local-git'
import type { Layout } from './layout'
import { BASE_REF } from './make'
import { exists, taskRefs } from './store'

/** Something on the disk that belongs to no task or repository. */
export type Leftover =
  | {
      kind: 'checkout'
      taskId: TaskId
      path: string
      bytes: number
      /** Whose store it borrows from; null when that is gone, and its work cannot be secured. */
      repositoryId: RepositoryId | null
      /** Commits, files or stashes that may be nowhere else. */
      holdsWork: boolean
    }
  | { kind: 'store'; repositoryId: RepositoryId; path: string; bytes: number }
  | { kind: 'spare'; repositoryId: RepositoryId; path: string; bytes: number }

/** Names of complete checkouts, spare ones and stores, as they are on the disk. */
export interface OnDisk {
  tasks: TaskId[]
  spares: RepositoryId[]
  stores: RepositoryId[]
}

export async function readDisk(layout: Layout): Promise<OnDisk> {
  const [checkouts, stores] = [
    await readNames(layout.checkoutsDirectory),
    await readNames(layout.storesDirectory),
  ]
  return {
    tasks: checkouts.flatMap((name) => taskIdSchema.safeParse(name).data ?? []),
    spares: checkouts.flatMap((name) => layout.spareOf(name) ?? []),
    stores: stores.flatMap((name) => layout.storeOf(name) ?? []),
  }
}

async function readNames(directory: string): Promise<string[]> {
  return (await exists(directory)) ? readdir(directory) : []
}

/** Whose objects a checkout borrows; null when it borrows none, or from a store that is not there any more. */
export async function lenderOf(layout: Layout, checkout: string): Promise<RepositoryId | null> {
  const text = await readFile(join(checkout, '.git', 'objects', 'info', 'alternates'), 'utf8').catch(() => '')
  const line = text.split('\n')[0] ?? ''
  const objects = line.startsWith('"') ? unquote(line) : line
  const name = basename(dirname(objects))
  const id = layout.storeOf(name)
  return id !== null && (await exists(layout.store(id))) ? id : null
}

function unquote(line: string): string {
  try {
    return String(JSON.parse(line))
  } catch {
    // Not as we write it: then it is no store of ours.
    return ''
  }
}

/** Tasks whose checkouts borrow from a store, or whose secured work is in it. */
export async function usersOf(
  git: LocalGit,
  layout: Layout,
  repositoryId: RepositoryId,
  options: LocalGitRunOptions,
): Promise<TaskId[]> {
  const users = new Set<TaskId>()
  for (const taskId of (await readDisk(layout)).tasks)
    if ((await lenderOf(layout, layout.checkout(taskId))) === repositoryId) users.add(taskId)
  const listed = await git(['for-each-ref', '--format=%(refname)', '--', 'refs/foundry/'], {
    ...options,
    cwd: layout.store(repositoryId),
  })
  for (const ref of expectGit(listed, 'The store could not be read').stdout.split('\n')) {
    const [, , task, part = ''] = ref.split('/')
    const id = taskIdSchema.safeParse(task)
    if (id.success && ['heads', 'kept', 'checkpoints', 'submodules'].includes(part)) users.add(id.data)
  }
  return [...users]
}

/** Deletes all refs of a task in a store: its base, and whatever was secured of it. */
export async function removeTaskRefs(
  git: LocalGit,
  store: string,
  taskId: TaskId,
  options: LocalGitRunOptions,
): Promise<void> {
  const what = 'What the store keeps of the task could not be removed'
  const run = { ...options, cwd: store }
  const listed = await git(['for-each-ref', '--format=delete %(refname)', '--', `${taskRefs(taskId)}/`], run)
  const deletions = expectGit(listed, what).stdout
  if (deletions !== '')
    expectGit(await git(['update-ref', '--no-deref', '--stdin'], { ...run, input: deletions }), what)
}

/**
 * Whether a checkout may hold what is nowhere else. When in doubt it does: where git cannot say, and where it has
 * submodules, which have commits of their own.
 */
export async function holdsWork(
  git: LocalGit,
  checkout: string,
  options: LocalGitRunOptions,
): Promise<boolean> {
  const run = { ...options, cwd: checkout, env: OUTSIDE_GIT }
  if (await exists(join(checkout, '.git', 'modules'))) return true
  const [base, head, stash] = await Promise.all(
    [BASE_REF, 'HEAD', 'refs/stash'].map((ref) =>
      git(['rev-parse', '--verify', '--quiet', `${ref}^{commit}`], run),
    ),
  )
  if (stash?.exitCode === 0) return true
  const tips = ['--branches', ...(head?.exitCode === 0 ? ['HEAD'] : [])]
  const known = ['--not', '--remotes', ...(base?.exitCode === 0 ? [BASE_REF] : [])]
  const [commits, status] = await Promise.all([
    git(['rev-list', '--max-count=1', ...tips, ...known, '--'], run),
    git([...INERT_CONFIG, 'status', '--porcelain', '-z', '--untracked-files=normal'], run),
  ])
  return commits.exitCode !== 0 || status.exitCode !== 0 || commits.stdout !== '' || status.stdout !== ''
}
