import { appendFile, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import type { ErrorValue } from '../../../src/shared/errors'
import { createLocalCheckoutGit } from '../../../src/main/sandbox/git/local-git'
import { FileWatch } from '../../../src/main/task/file-watch'
import { readGitState } from '../../../src/main/task/git/state'
import { createRepository, createWorld, sandboxGit } from '../git/world'

/** A watch whose time passes as the test says: a look is due once files have changed, and begins when it is called for. */
async function watched(files: Record<string, string>, mostFolders?: number) {
  const world = await createWorld()
  const repo = await createRepository(world, 'repo', files)
  const problems: ErrorValue[] = []
  const runs: string[] = []
  let time = 0
  const state: { due: { at: number; run: () => void } | null; looks: number } = { due: null, looks: 0 }
  let waiters: (() => void)[] = []
  const wake = () => {
    for (const waiter of waiters) waiter()
    waiters = []
  }
  const local = createLocalCheckoutGit(world.git, repo)
  const watch = new FileWatch({
    cwd: repo,
    ...(mostFolders === undefined ? {} : { mostFolders }),
    run: (args, options) => {
      runs.push(args[0] ?? '')
      return local.run(args, options)
    },
    now: () => time,
    schedule(milliseconds, run) {
      const planned = { at: time + milliseconds, run }
      state.due = planned
      wake()
      return () => {
        if (state.due === planned) state.due = null
      }
    },
    async look() {
      await readGitState(sandboxGit(world, repo), { baseCommit: null })
      state.looks += 1
      // Once the watch has taken note of it.
      setImmediate(wake)
    },
    failed: (problem) => problems.push(problem),
    reportError: (error) => problems.push({ kind: 'internal', message: String(error) }),
  })
  onTestFinished(() => watch.close())
  await watch.start()
  const next = () => new Promise<void>((resolve) => waiters.push(resolve))
  return {
    repo,
    world,
    watch,
    problems,
    runs,
    get looks() {
      return state.looks
    },
    get due() {
      return state.due === null ? null : state.due.at - time
    },
    /** Waits for a file to be noticed; gives how long the look is put off. */
    async noticed(): Promise<number> {
      while (state.due === null) await next()
      return state.due.at - time
    },
    async look(): Promise<void> {
      while (state.due === null) await next()
      const { at, run } = state.due
      state.due = null
      time = at
      const before = state.looks
      run()
      while (state.looks === before) await next()
    },
    pass: (milliseconds: number) => (time += milliseconds),
  }
}

const files = { 'a.txt': 'a\n', 'src/deep/b.txt': 'b\n', '.gitignore': 'out/\nnode_modules/\n' }

it('sees what git would see, in folders old and new, and nothing of what git ignores', async () => {
  const test = await watched(files)
  expect(test.watch.size).toBe(3)
  await mkdir(join(test.repo, 'node_modules/x'), { recursive: true })
  // A folder came, whatever it is.
  await test.look()
  test.pass(60_000)
  expect(test.watch.size).toBe(3)
  await writeFile(join(test.repo, 'node_modules/x/index.js'), 'x\n')
  await writeFile(join(test.repo, 'src/deep/b.txt'), 'changed\n')
  expect(await test.noticed()).toBe(400)
  await test.look()
  test.pass(60_000)

  await mkdir(join(test.repo, 'new/below'), { recursive: true })
  await test.look()
  test.pass(60_000)
  expect(test.watch.size).toBe(5)
  await writeFile(join(test.repo, 'new/below/c.txt'), 'c\n')
  await test.look()
  test.pass(60_000)
  await appendFile(join(test.repo, 'new/below/c.txt'), 'more\n')
  await test.look()
  test.pass(60_000)

  // One that moved, and another one where it was.
  await rename(join(test.repo, 'src'), join(test.repo, 'moved'))
  await test.world.write(join(test.repo, 'src/deep/b.txt'), 'again\n')
  await test.look()
  test.pass(60_000)
  await appendFile(join(test.repo, 'src/deep/b.txt'), 'more\n')
  await test.look()
  test.pass(60_000)
  await rm(join(test.repo, 'new'), { recursive: true })
  await test.look()
  test.pass(60_000)
  await test.world.run(test.repo, 'add', 'a.txt', 'moved')
  await test.look()
  expect(test.problems).toEqual([])
})

it('looks once when files rest, seldom while they do not, and never because of its own looks', async () => {
  const test = await watched(files)
  const file = join(test.repo, 'a.txt')
  for (let nth = 0; nth < 20; nth++) {
    await appendFile(file, 'x\n')
    expect(await test.noticed()).toBeLessThanOrEqual(400)
    test.pass(100)
  }
  await test.look()
  expect(test.looks).toBe(1)
  await appendFile(file, 'x\n')
  expect(await test.noticed()).toBeGreaterThan(3500)
  await test.look()
  test.pass(60_000)

  // What the looks did in the git folder would have been told before this.
  await appendFile(file, 'x\n')
  await test.look()
  expect(test.looks).toBe(3)
  expect(test.due).toBeNull()
  // Nothing came or went: the folders were listed at the start, and not again.
  expect(test.runs).toEqual(['ls-files'])
})

it('says so where there is more than can be watched, and leaves nothing behind', async () => {
  const many = Object.fromEntries(Array.from({ length: 1001 }, (_, nth) => [`d${nth}/f`, '']))
  const test = await watched(many, 1000)
  expect(test.problems).toMatchObject([
    { kind: 'unsupported', message: 'The checkout has 1,002 folders, more than are watched.' },
  ])
  expect(test.watch.size).toBe(0)
})
