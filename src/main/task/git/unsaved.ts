import type { Named, UnsavedWork } from '@shared/lifecycle'
import type { TaskId } from '@shared/ids'
import { expectGit } from '../../sandbox/git/errors'
import { taskRefs } from '../../sandbox/checkout/store'
import type { CheckoutGit } from '../../sandbox/git/types'
import { listCommits, losses, type CommitList } from './standing'

const NAMED = 20
const WHAT = 'The work that was secured could not be looked at'

export const noWork: UnsavedWork = {
  commits: { total: 0, first: [] },
  files: { total: 0, first: [] },
  stashes: { total: 0, first: [] },
}

export function holdsAny({ commits, files, stashes }: UnsavedWork): boolean {
  return commits.total + files.total + stashes.total > 0
}

/** What is in a checkout and nowhere else. */
export async function unsavedInCheckout(checkout: CheckoutGit): Promise<UnsavedWork> {
  const { commits, tracked, untracked, stashes } = await losses(checkout)
  return {
    commits: named(commits),
    files: {
      total: tracked.total + untracked.total,
      first: [...tracked.first, ...untracked.first].slice(0, NAMED),
    },
    stashes,
  }
}

/** What was secured of a task in its repository's store, and is nowhere else. */
export async function unsavedInStore(store: CheckoutGit, taskId: TaskId): Promise<UnsavedWork> {
  const own = taskRefs(taskId)
  const listed = await store.run(['for-each-ref', '--format=%(refname)', '--', `${own}/`])
  const refs = expectGit(listed, WHAT)
    .stdout.split('\n')
    .filter((ref) => ref !== '')
  const under = (part: string) => refs.filter((ref) => ref.startsWith(`${own}/${part}`))
  const submodules = refs.filter((ref) => /\/submodules\/\d+\/(heads|kept)\//.test(ref))
  const tips = [...under('heads/'), ...under('kept/detached'), ...submodules.filter(isBranch)]
  const known = ['--not', '--remotes', ...under('remotes/'), ...under('base')]
  const commits = tips.length === 0 ? { total: 0, first: [] } : await listCommits(store, [...tips, ...known])
  const worktrees = [...under('kept/worktree'), ...submodules.filter((ref) => ref.endsWith('/kept/worktree'))]
  const paths: string[] = []
  for (const ref of worktrees) paths.push(...(await changedIn(store, ref)))
  const stashes = refs.filter((ref) => ref.includes('/kept/stash/'))
  return {
    commits: named(commits),
    files: { total: paths.length, first: paths.slice(0, NAMED) },
    stashes: {
      total: stashes.length,
      first: stashes.slice(0, NAMED).map((_, index) => `Stash ${index + 1}`),
    },
  }
}

const isBranch = (ref: string): boolean => ref.includes('/heads/') || ref.endsWith('/kept/detached')

/** Paths of what was uncommitted. The commit that holds it stands on what was checked out, or on nothing. */
async function changedIn(store: CheckoutGit, ref: string): Promise<string[]> {
  const listed = await store.run([
    'diff-tree',
    '--root',
    '--no-commit-id',
    '-r',
    '--name-only',
    '-z',
    ref,
    '--',
  ])
  return expectGit(listed, WHAT)
    .stdout.split('\0')
    .filter((path) => path !== '')
}

function named({ total, first }: CommitList): Named {
  return { total, first: first.map(({ subject }) => subject) }
}
