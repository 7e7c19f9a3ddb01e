import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createCheckouts, type CheckoutRequest } from '../../../src/main/sandbox/checkout/checkouts'
import type { LocalGit } from '../../../src/main/sandbox/git/local-git'
import type { RepositoryId, TaskId } from '../../../src/shared/ids'
import { createHosted } from './hosted'
import {
  REPOSITORY,
  checkoutsOf,
  createRepository,
  createWorld,
  failure,
  newTaskId,
  quietProgress,
  type World,
} from './world'

const store = (world: World): string => join(world.root, 'data', 'stores', `${REPOSITORY}.git`)
const checkoutNames = (world: World): Promise<string[]> => readdir(join(world.root, 'data', 'checkouts'))
const taskRefs = (world: World, taskId: TaskId): Promise<string> =>
  world.run(store(world), 'for-each-ref', '--format=%(refname)', '--', `refs/foundry/${taskId}/`)
const none = { tasks: new Set<TaskId>(), repositories: new Set<RepositoryId>() }

/** A task whose checkout a run before this one has made. */
async function made(world: World, work: boolean): Promise<{ folder: string; taskId: TaskId; cwd: string }> {
  const folder = await createRepository(world, 'repo')
  const taskId = newTaskId()
  const { cwd } = await checkoutsOf(world).prepare(folder, { taskId })
  if (work) await world.write(join(cwd, 'work.txt'), 'w')
  return { folder, taskId, cwd }
}

describe('discarding a task', () => {
  it('leaves nothing of it, however often, and nothing of another is touched', async () => {
    const world = await createWorld()
    const folder = await createRepository(world, 'repo')
    const { prepare, checkouts } = checkoutsOf(world)
    const [gone, kept] = [newTaskId(), newTaskId()]
    const { cwd } = await prepare(folder, { taskId: gone, branch: 'gone' })
    const other = await prepare(folder, { taskId: kept, branch: 'kept' })
    await world.run(cwd, 'commit', '-q', '--allow-empty', '-m', 'lost')
    await checkouts.secure(gone, REPOSITORY)
    const refs = await taskRefs(world, kept)
    expect(await checkouts.diskUse(gone)).toBeGreaterThan(1000)
    for (let again = 0; again < 2; again += 1) await checkouts.discard(gone, REPOSITORY)
    expect(await checkoutNames(world)).toEqual([kept])
    expect(await taskRefs(world, gone)).toBe('')
    expect(await taskRefs(world, kept)).toBe(refs)
    expect(await checkouts.diskUse(gone)).toBe(0)
    await world.run(other.cwd, 'fsck', '--strict')
    const anew = await prepare(folder, { taskId: gone, branch: 'gone' })
    expect(await world.run(anew.cwd, 'rev-parse', 'HEAD')).toBe(anew.baseCommit)
  })

  it('measures until it is stopped', async () => {
    const world = await createWorld()
    const { taskId } = await made(world, false)
    const abort = new AbortController()
    abort.abort()
    expect((await failure(checkoutsOf(world).checkouts.diskUse(taskId, abort.signal))).kind).toBe('cancelled')
  })
})

describe('the store of a repository', () => {
  it('goes with its spare checkout, once no task borrows from it or has work in it', async () => {
    const world = await createWorld()
    const { folder, taskId } = await made(world, true)
    const { checkouts } = checkoutsOf(world)
    await checkouts.warm(REPOSITORY, { path: folder, originUrl: null })
    expect(await checkouts.storesInUse()).toEqual(new Map([[REPOSITORY, [taskId]]]))
    expect((await failure(checkouts.removeStore(REPOSITORY))).kind).toBe('conflict')
    await checkouts.remove(taskId, REPOSITORY)
    expect(await checkouts.storesInUse()).toEqual(new Map([[REPOSITORY, [taskId]]]))
    expect((await failure(checkouts.removeStore(REPOSITORY))).detail).toBe(taskId)
    await checkouts.discard(taskId, REPOSITORY)
    await checkouts.removeStore(REPOSITORY)
    await checkouts.removeStore(REPOSITORY)
    expect(await checkoutNames(world)).toEqual([])
    expect(await checkouts.storesInUse()).toEqual(new Map())
  })
})

describe('what crashed runs left', () => {
  it('is found with its size and goes; what is known or was made just now stays', async () => {
    const world = await createWorld()
    const { folder, taskId } = await made(world, false)
    const { checkouts, prepare } = checkoutsOf(world)
    const known = { tasks: new Set([taskId]), repositories: new Set([REPOSITORY]) }
    expect(await checkouts.leftovers(known)).toEqual([])
    const found = await checkouts.leftovers(none)
    expect(found).toMatchObject([
      { kind: 'checkout', taskId, repositoryId: REPOSITORY, holdsWork: false },
      { kind: 'store', repositoryId: REPOSITORY },
    ])
    expect(found.every(({ bytes }) => bytes > 1000)).toBe(true)
    for (const leftover of found) await checkouts.removeLeftover(leftover)
    expect(await checkouts.leftovers(none)).toEqual([])
    await expect(stat(store(world))).rejects.toThrow('ENOENT')
    await prepare(folder)
    expect(await checkouts.leftovers(none)).toEqual([])
  })

  it('is secured where it holds work', async () => {
    const world = await createWorld()
    const { folder, taskId } = await made(world, true)
    const { checkouts, prepare } = checkoutsOf(world)
    const found = await checkouts.leftovers(none)
    expect(found[0]).toMatchObject({ holdsWork: true })
    const problems: string[] = []
    for (const leftover of found)
      await checkouts.removeLeftover(leftover).catch(({ kind }: { kind: string }) => problems.push(kind))
    // The store has the work now, and so it stays.
    expect(problems).toEqual(['conflict'])
    const back = await prepare(folder, { taskId })
    expect(await world.run(back.cwd, 'status', '--porcelain')).toBe('?? work.txt')
  })

  it('is kept where nothing could keep its work', async () => {
    const world = await createWorld()
    const { cwd } = await made(world, true)
    await rm(store(world), { recursive: true })
    const { checkouts } = checkoutsOf(world)
    const found = await checkouts.leftovers(none)
    expect(found).toMatchObject([{ kind: 'checkout', repositoryId: null, holdsWork: true }])
    for (const leftover of found)
      expect(await failure(checkouts.removeLeftover(leftover))).toMatchObject({ kind: 'conflict' })
    expect(await readdir(cwd)).toContain('work.txt')
  })

  it('is never what somebody else put there', async () => {
    const world = await createWorld()
    await made(world, false)
    await world.write(join(world.root, 'data', 'checkouts', 'notes', 'x'), '')
    await world.write(join(world.root, 'data', 'stores', 'repo_zz.git', 'x'), '')
    const { checkouts } = checkoutsOf(world)
    expect((await checkouts.leftovers(none)).map(({ kind }) => kind)).toEqual(['checkout', 'store'])
  })
})

/** Git that goes no further than a number of commands: what follows never begins, as after a crash. */
function crashing(git: LocalGit, after: number): { git: LocalGit; crashed: Promise<'crashed'> } {
  let left = after
  const running: Promise<unknown>[] = []
  let crash: (what: 'crashed') => void
  const crashed = new Promise<'crashed'>((resolve) => {
    crash = resolve
  })
  const guarded =
    <Args extends unknown[], Value>(run: (...args: Args) => Promise<Value>) =>
    (...args: Args): Promise<Value> => {
      left -= 1
      if (left >= 0) {
        const one = run(...args)
        running.push(one)
        return one
      }
      // A crash takes along what runs; here that is waited for.
      void Promise.allSettled(running).then(() => crash('crashed'))
      return new Promise<Value>(() => undefined)
    }
  return {
    git: Object.assign(guarded(git), {
      bytes: guarded(git.bytes),
      script: guarded(git.script),
      version: () => git.version(),
    }),
    crashed,
  }
}

describe('a run that ends anywhere', () => {
  const request = (hosted: Awaited<ReturnType<typeof createHosted>>, branch: string): CheckoutRequest => ({
    taskId: newTaskId(),
    repositoryId: REPOSITORY,
    source: hosted.source,
    branch,
    start: { kind: 'base', branch: null },
    includeUncommitted: false,
    identity: null,
    access: hosted.access,
  })
  const run = (world: World, git: LocalGit) =>
    createCheckouts({
      storesDirectory: join(world.root, 'data', 'stores'),
      checkoutsDirectory: join(world.root, 'data', 'checkouts'),
      git,
    })

  it('by a crash after any git command is made good by the next one', async () => {
    const world = await createWorld()
    const hosted = await createHosted()
    let whole = false
    for (let after = 0; !whole; after += 1) {
      const wanted = request(hosted, 'work')
      const { git, crashed } = crashing(world.git, after)
      const first = run(world, git).prepare(wanted, quietProgress())
      whole = (await Promise.race([first, crashed])) !== 'crashed'
      const next = run(world, world.git)
      await next.clean()
      const { cwd } = await next.prepare(wanted, quietProgress())
      await world.run(cwd, 'fsck', '--strict')
      expect(await world.run(cwd, 'status', '--porcelain', '-b')).toBe('## work')
      expect(await world.run(cwd, 'rev-parse', 'HEAD')).toBe(await world.run(cwd, 'rev-parse', 'origin/main'))
      // Every second time from nothing, every other with the store of before.
      if (after % 2 === 0) await rm(join(world.root, 'data'), { recursive: true })
    }
  })

  it('by a stop at any git command leaves nothing, and goes on when asked again', async () => {
    const world = await createWorld()
    const hosted = await createHosted()
    let whole = false
    for (let at = 1; !whole; at += 1) {
      const abort = new AbortController()
      let left = at
      const git: LocalGit = Object.assign(
        (...args: Parameters<LocalGit>) => {
          left -= 1
          const running = world.git(...args)
          if (left === 0) abort.abort()
          return running
        },
        { bytes: world.git.bytes, script: world.git.script, version: () => world.git.version() },
      )
      const wanted = request(hosted, 'work')
      const first = run(world, git).prepare(wanted, quietProgress(abort.signal))
      whole = await first.then(
        () => true,
        ({ kind }: { kind: string }) => kind !== 'cancelled',
      )
      expect(await checkoutNames(world)).toEqual(whole ? [wanted.taskId] : [])
      const { cwd } = await run(world, world.git).prepare(wanted, quietProgress())
      await world.run(cwd, 'fsck', '--strict')
      await rm(join(world.root, 'data'), { recursive: true })
    }
  })
})
