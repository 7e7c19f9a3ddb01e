import { FoundryError } from '@shared/errors'
import type { LocalGitRunOptions } from '../git/local-git'
import type { Progress } from '../types'
import type { Making } from './make'
import { fetchFromOrigin, isUnreached, originName, readOrigin, type Origin, type OriginRefs } from './origin'
import { findBase, type SourceState } from './source'
import {
  copyObjects,
  ensureStore,
  exists,
  readHeard,
  storeCommit,
  taskRefs,
  updateStore,
  writeHeard,
  type StorePlace,
} from './store'
import { pullRef } from './tracking'
import type { CheckoutRequest, CheckoutWarning } from './types'

const ALL_BRANCHES = ['+refs/heads/*:refs/remotes/origin/*', '+refs/tags/*:refs/tags/*'] as const
const ORIGIN = 'refs/remotes/origin/'

/** What a task can start from, as it is in the store now. */
export interface Filled {
  /** What origin said just now; null when it was not asked, or could not be. */
  told: OriginRefs | null
  /** Why it could not be. */
  unreached: FoundryError | null
  /** What origin calls its default branch, as far as it is known. */
  defaultBranch: string | null
  warnings: CheckoutWarning[]
}

/** The ref a task fetches its own start to, whatever kind that is. */
export function startRef(request: CheckoutRequest): string {
  return `${taskRefs(request.taskId)}/start`
}

export function baseRef(request: CheckoutRequest): string {
  return `${taskRefs(request.taskId)}/base`
}

/**
 * Brings the store to what a task needs: from the person's folder, where there is one, else all branches of
 * origin. What the folder does not know of the task's branch is asked of origin too.
 */
export async function fillStore(
  making: Making,
  place: StorePlace,
  request: CheckoutRequest,
  state: SourceState | null,
  progress: Progress,
): Promise<Filled> {
  if (state === null) return fillFromOrigin(making, place, request, progress)
  const { git, options } = making
  await ensureStore(git, place, state.objectFormat, options, (path) => copyObjects(git, state, path, options))
  await updateStore(git, place.path, { source: request.source, state }, ownRefspecs(request, state), options)
  const known: Filled = { told: null, unreached: null, defaultBranch: state.originDefault, warnings: [] }
  if (!needsOrigin(request, state)) return known
  try {
    const told = await fetchSome(making, place.path, request, progress)
    return { ...known, told, defaultBranch: told.defaultBranch ?? known.defaultBranch }
  } catch (thrown) {
    if (!isUnreached(thrown)) throw thrown
    const warning: CheckoutWarning = {
      message: `${thrown.message} The task starts from what your folder knows of it.`,
      next: thrown.next ?? 'Try again later.',
      detail: thrown.detail ?? '',
    }
    return { ...known, unreached: thrown, warnings: [warning] }
  }
}

/** Refs of the folder that are this task's alone. */
function ownRefspecs(request: CheckoutRequest, state: SourceState): string[] {
  const { start, branch } = request
  if (start.kind === 'base') {
    const base = findBase(state, start.branch)
    return base === null || base === 'empty' ? [] : [`+${base.ref}:${baseRef(request)}`]
  }
  const specs: string[] = []
  const local = `refs/heads/${branch}`
  if (start.kind === 'branch' && state.refs.has(local)) specs.push(`+${local}:${startRef(request)}`)
  const base = `refs/heads/${start.base ?? ''}`
  if (state.refs.has(base)) specs.push(`+${base}:${baseRef(request)}`)
  return specs
}

function needsOrigin({ source, start }: CheckoutRequest, state: SourceState): boolean {
  if (source.originUrl === null) return false
  return start.kind !== 'base' || findBase(state, start.branch) === null
}

async function fillFromOrigin(
  making: Making,
  place: StorePlace,
  request: CheckoutRequest,
  progress: Progress,
): Promise<Filled> {
  const { git, options } = making
  const name = originName(request.source.originUrl ?? '')
  try {
    const origin = await reach(making, request)
    progress.stage(`Asking for ${name}`)
    const told = await readOrigin(git, origin, wantedRefs(request), options)
    const fetch = { refspecs: [...ALL_BRANCHES, ...pullRefspecs(request, told)], prune: true }
    const fill = async (path: string) => {
      await fetchFromOrigin(git, path, origin, fetch, progress)
      await writeHeard(path, { at: Date.now(), defaultBranch: told.defaultBranch })
    }
    const made = await exists(place.path)
    await ensureStore(git, place, told.objectFormat, options, fill)
    if (made) await fill(place.path)
    return { told, unreached: null, defaultBranch: told.defaultBranch, warnings: [] }
  } catch (thrown) {
    if (!isUnreached(thrown) || !(await exists(place.path))) throw thrown
    const heard = await readHeard(place.path)
    const age = heard === null ? 'some time ago' : ago(Date.now() - heard.at)
    const warning: CheckoutWarning = {
      message: `${thrown.message} The task starts from what was fetched ${age}.`,
      next: thrown.next ?? 'Try again later.',
      detail: thrown.detail ?? '',
    }
    const defaultBranch = heard?.defaultBranch ?? null
    return { told: null, unreached: thrown, defaultBranch, warnings: [warning] }
  }
}

/** Fetches what this task needs and no more: the folder is where the rest comes from. */
async function fetchSome(
  making: Making,
  store: string,
  request: CheckoutRequest,
  progress: Progress,
): Promise<OriginRefs> {
  const { git, options } = making
  const origin = await reach(making, request)
  progress.stage(`Asking for ${originName(origin.url)}`)
  const told = await readOrigin(git, origin, wantedRefs(request), options)
  const base = baseOf(request) ?? told.defaultBranch
  const names = new Set([headBranch(request), base].filter((name) => name !== null))
  const has = (name: string) => name === told.defaultBranch || told.refs.has(`refs/heads/${name}`)
  const branches = [...names].filter(has)
  const refspecs = [
    ...branches.map((name) => `+refs/heads/${name}:${ORIGIN}${name}`),
    ...pullRefspecs(request, told),
  ]
  if (refspecs.length === 0) return told
  await makeRoom(making, store, branches)
  await fetchFromOrigin(git, store, origin, { refspecs, prune: false }, progress)
  return told
}

async function reach(making: Making, request: CheckoutRequest): Promise<Origin> {
  const url = request.source.originUrl
  if (url === null)
    throw new FoundryError('unsupported', 'The repository has neither a folder nor an address.', {
      next: 'Open its folder.',
    })
  const env = request.access === null ? {} : await request.access()
  Object.assign(making.originEnv, env)
  return { url, env }
}

/** The branch of origin that the task works on; null for a new one, and for a fork's. */
function headBranch({ branch, start }: CheckoutRequest): string | null {
  if (start.kind === 'base') return null
  return start.kind === 'pull_request' && start.fork !== null ? null : branch
}

function baseOf({ start }: CheckoutRequest): string | null {
  return start.kind === 'base' ? start.branch : start.base
}

function wantedRefs(request: CheckoutRequest): string[] {
  const names = [headBranch(request), baseOf(request)].filter((name) => name !== null)
  const pull = request.start.kind === 'pull_request' ? [pullRef(request.start.number)] : []
  return [...new Set(names.map((name) => `refs/heads/${name}`)), ...pull]
}

/** The head of a pull request where no branch of origin is it: a fork's, or one that was deleted since. */
function pullRefspecs(request: CheckoutRequest, told: OriginRefs): string[] {
  if (request.start.kind !== 'pull_request') return []
  const head = headBranch(request)
  const pull = pullRef(request.start.number)
  if ((head !== null && told.refs.has(`refs/heads/${head}`)) || !told.refs.has(pull)) return []
  return [`+${pull}:${startRef(request)}`]
}

/** Removes what origin cannot have any more: `a` where it has `a/b`, and the other way round. */
async function makeRoom(making: Making, store: string, branches: readonly string[]): Promise<void> {
  const { git, options } = making
  const run: LocalGitRunOptions = { ...options, cwd: store }
  for (const branch of branches) {
    const parts = branch.split('/')
    const above = parts.slice(1).map((_, index) => `${ORIGIN}${parts.slice(0, index + 1).join('/')}`)
    const below = await git(['for-each-ref', '--format=%(refname)', '--', `${ORIGIN}${branch}/`], run)
    const inTheWay = below.stdout.split('\n').filter((ref) => ref !== '')
    for (const ref of above) if ((await storeCommit(git, store, ref, options)) !== null) inTheWay.push(ref)
    for (const ref of inTheWay) await git(['update-ref', '--no-deref', '-d', ref], run)
  }
}

/** How long ago, in the largest unit that fits. */
export function ago(milliseconds: number): string {
  const units = [
    ['day', 86_400_000],
    ['hour', 3_600_000],
    ['minute', 60_000],
  ] as const
  for (const [unit, length] of units) {
    const count = Math.floor(milliseconds / length)
    if (count >= 1) return `${count} ${unit}${count === 1 ? '' : 's'} ago`
  }
  return 'a moment ago'
}
