import { FoundryError } from '@shared/errors'
import { expectGit, gitError } from '../git/errors'
import { oneLine } from '../git/parse'
import { baseRef, startRef, type Filled } from './fill'
import type { Making } from './make'
import { findBase, type SourceState } from './source'
import { storeCommit } from './store'
import { upstreamOf, type Upstream } from './tracking'
import type { CheckoutRequest, CheckoutWarning } from './types'

const ORIGIN = 'refs/remotes/origin/'
const WHAT = 'Where the branch starts could not be found'

/** Where a task's branch is to stand, all of it in the store. */
export interface Start {
  /** Null where there is nothing yet. */
  head: string | null
  /** Where the branch's own work begins. */
  base: string | null
  upstream: Upstream
  warnings: CheckoutWarning[]
}

/** Decides where the branch starts, and notes in the store where its own work begins. */
export async function findStart(
  making: Making,
  request: CheckoutRequest,
  state: SourceState | null,
  filled: Filled,
): Promise<Start> {
  const { start } = request
  const look = createLook(making)
  if (start.kind === 'base') {
    const base = await newBranchBase(look, request, state, filled, start.branch)
    return { head: base, base, upstream: upstreamOf(request, false), warnings: [] }
  }
  const warnings: CheckoutWarning[] = []
  const own = await look.commit(startRef(request))
  const atOrigin = await originCommit(look, request, filled)
  const head =
    start.kind === 'branch'
      ? await existingBranch(
          look,
          request,
          { local: isLocal(state, request.branch) ? own : null, atOrigin },
          warnings,
        )
      : start.fork === null
        ? (atOrigin ?? own)
        : own
  if (head === null) throw filled.unreached ?? noStart(request)
  const tip = await baseTip(look, request, state, filled, warnings)
  const base = tip === null ? head : await look.mergeBase(tip, head)
  await look.point(baseRef(request), base)
  return { head, base, upstream: upstreamOf(request, atOrigin !== null), warnings }
}

async function newBranchBase(
  look: Look,
  request: CheckoutRequest,
  state: SourceState | null,
  filled: Filled,
  wanted: string | null,
): Promise<string | null> {
  const inFolder = state === null ? null : findBase(state, wanted)
  if (inFolder === 'empty') return null
  // The ref, not what was read before: it is what was fetched, should the branch have moved meanwhile.
  if (inFolder !== null) return look.commit(baseRef(request))
  const name = wanted ?? filled.defaultBranch
  const commit = name === null ? null : await look.commit(`${ORIGIN}${name}`)
  if (commit !== null) {
    await look.point(baseRef(request), commit)
    return commit
  }
  const empty = filled.told !== null && !filled.told.refs.has('HEAD') && filled.told.refs.size === 0
  if (state === null && wanted === null && empty) return null
  if (filled.unreached !== null) throw filled.unreached
  const where = state === null ? 'the repository' : state.root
  throw new FoundryError('not_found', `There is no branch ${name ?? 'to start from'} in ${where}.`, {
    next:
      state === null
        ? 'Choose another branch to start from.'
        : 'Choose another branch to start from, or fetch it in your folder first.',
  })
}

function isLocal(state: SourceState | null, branch: string): boolean {
  return state?.refs.has(`refs/heads/${branch}`) === true
}

/** Where origin has the branch: what it said, or what was last known when it could not be asked. */
async function originCommit(look: Look, request: CheckoutRequest, filled: Filled): Promise<string | null> {
  if (filled.told !== null && !filled.told.refs.has(`refs/heads/${request.branch}`)) return null
  return look.commit(`${ORIGIN}${request.branch}`)
}

/** The local branch, unless origin's has commits that it lacks. */
async function existingBranch(
  look: Look,
  request: CheckoutRequest,
  { local, atOrigin }: { local: string | null; atOrigin: string | null },
  warnings: CheckoutWarning[],
): Promise<string | null> {
  if (local === null || atOrigin === null) return local ?? atOrigin
  if (await look.isAncestor(atOrigin, local)) return local
  if (await look.isAncestor(local, atOrigin)) return atOrigin
  warnings.push({
    message: `The branch ${request.branch} has commits in your folder that origin's has not, and the other way round. The task starts from origin's.`,
    next: 'Merge or push the branch in your folder if its commits belong into the task.',
    detail: `In your folder: ${local}\nAt origin: ${atOrigin}`,
  })
  return atOrigin
}

/** The tip of the base branch, origin's before the person's; null when there is no other branch to compare with. */
async function baseTip(
  look: Look,
  request: CheckoutRequest,
  state: SourceState | null,
  filled: Filled,
  warnings: CheckoutWarning[],
): Promise<string | null> {
  const { start } = request
  const wanted = start.kind === 'base' ? start.branch : start.base
  if (wanted !== null) {
    const local = isLocal(state, wanted) ? await look.commit(baseRef(request)) : null
    const tip = (await look.commit(`${ORIGIN}${wanted}`)) ?? local
    if (tip !== null) return tip
    if (start.kind === 'branch')
      throw (
        filled.unreached ??
        new FoundryError('not_found', `There is no branch ${wanted} to compare ${request.branch} with.`, {
          next: 'Choose another base branch.',
        })
      )
    warnings.push({
      message: `The base branch ${wanted} is gone. Changes are shown against the default branch.`,
      next: 'Choose another base for the pull request on GitHub.',
      detail: '',
    })
  }
  const guesses =
    filled.defaultBranch === null ? [state?.branch ?? null, 'main', 'master'] : [filled.defaultBranch]
  for (const name of guesses) {
    if (name === null || (name === request.branch && filled.defaultBranch === null)) continue
    const tip = await look.commit(`${ORIGIN}${name}`)
    if (tip !== null) return tip
  }
  return null
}

function noStart({ branch, start }: CheckoutRequest): FoundryError {
  return start.kind === 'pull_request'
    ? new FoundryError(
        'not_found',
        `The commits of pull request #${start.number} are not at origin any more.`,
      )
    : new FoundryError('not_found', `There is no branch ${branch}, neither at origin nor in your folder.`, {
        next: 'Choose another branch.',
      })
}

/** Questions about commits in the store. */
interface Look {
  commit(ref: string): Promise<string | null>
  isAncestor(one: string, other: string): Promise<boolean>
  /** The first where there are several, and the base itself where the two share no history. */
  mergeBase(base: string, head: string): Promise<string>
  point(ref: string, commit: string): Promise<void>
}

function createLook({ git, store, options }: Making): Look {
  const here = { ...options, cwd: store }
  return {
    commit: (ref) => storeCommit(git, store, ref, options),
    async isAncestor(one, other) {
      const result = await git(['merge-base', '--is-ancestor', one, other], here)
      if (result.exitCode > 1) throw gitError(result, WHAT)
      return result.exitCode === 0
    },
    async mergeBase(base, head) {
      const result = await git(['merge-base', base, head], here)
      if (result.exitCode > 1) throw gitError(result, WHAT)
      return result.exitCode === 0 ? oneLine(result.stdout) : base
    },
    async point(ref, commit) {
      expectGit(await git(['update-ref', '--no-deref', ref, commit], here), WHAT)
    },
  }
}
