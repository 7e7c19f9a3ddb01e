import { expect, it } from 'vitest'
import { follow } from '../../../src/main/task/git/follow'
import { checkoutsOf, createRepository, createWorld, sandboxGit } from './world'

const place = {
  remote: 'origin',
  branch: 'task-branch',
  base: null,
  originUrl: 'https://github.example/acme/engine.git',
}

async function checkout() {
  const world = await createWorld()
  const folder = await createRepository(world, 'engine')
  const { prepare } = checkoutsOf(world)
  const { cwd, baseCommit } = await prepare(null, {
    source: { path: folder, originUrl: place.originUrl },
  })
  const calls: string[] = []
  const inside = sandboxGit(world, cwd)
  const git = {
    ...inside,
    run: (args: readonly string[], options?: Parameters<typeof inside.run>[1]) => {
      calls.push(args.join(' '))
      return inside.run(args, options)
    },
  }
  return { world, cwd, git, calls, baseCommit, run: (...args: string[]) => world.run(cwd, ...args) }
}

it('costs one look where nothing changed', async () => {
  const { git, calls } = await checkout()
  expect(await follow(git, place)).toEqual({ baseCommit: null })
  expect(calls).toHaveLength(1)
})

it('takes over the address of a repository that was renamed, and leaves one that somebody set', async () => {
  const { git, run } = await checkout()
  const renamed = { ...place, originUrl: 'https://github.example/acme/motor.git' }
  await follow(git, renamed)
  expect(await run('config', 'remote.origin.url')).toBe(renamed.originUrl)
  await run('config', 'remote.origin.url', 'ssh://git@github.example/acme/motor.git')
  await follow(git, { ...place, originUrl: 'https://github.example/acme/machine.git' })
  expect(await run('config', 'remote.origin.url')).toBe('ssh://git@github.example/acme/motor.git')
})

it('compares with the base its pull request was moved to, once that is known', async () => {
  const { git, run, baseCommit } = await checkout()
  expect(await follow(git, { ...place, base: 'release' })).toEqual({ baseCommit: null })
  // The base a pull request was moved to stands behind what the branch started from.
  await run('commit', '-q', '--allow-empty', '-m', 'own')
  await run('update-ref', 'refs/remotes/origin/release', baseCommit ?? '')
  await run('checkout', '-q', '-b', 'aside', baseCommit ?? '')
  await run('commit', '-q', '--allow-empty', '-m', 'in the release')
  await run('update-ref', 'refs/remotes/origin/release', 'HEAD')
  await run('checkout', '-q', 'task-branch')
  await run('merge', '-q', '--no-edit', 'aside')
  const release = await run('rev-parse', 'aside')
  expect(await follow(git, { ...place, base: 'release' })).toEqual({ baseCommit: release })
  expect(await run('rev-parse', 'refs/foundry/base')).toBe(release)
  expect(await follow(git, { ...place, base: 'release' })).toEqual({ baseCommit: null })
})
