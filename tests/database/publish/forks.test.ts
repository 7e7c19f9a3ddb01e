import { describe, expect, it } from 'vitest'
import type { Sync } from '../../../src/shared/github'
import { createPublishWorld } from './world'

/** A pull request of Ben's from his fork, whose task was begun here. */
async function fromFork(maintainerCanModify: boolean) {
  const world = await createPublishWorld()
  world.engine.private = false
  const fork = world.model.fork(world.engine, world.ben)
  const folder = await world.github.git.folder(fork)
  world.model.openPullRequest(world.engine, {
    title: 'From a fork',
    author: world.ben,
    headRepository: fork,
    headRef: 'patch',
    maintainerCanModify,
  })
  await world.github.git.folder(fork)
  await world.app.call('organization.sync', { organizationId: world.organization.id })
  const topic = `organization:${world.organization.id}`
  await world.app.until<Sync>(topic, 'sync', ({ counts }) => counts.openPullRequests === 1)
  const task = await world.startPull(1)
  await task.write('more.txt', 'more\n')
  return { world, folder, task }
}

describe('the branch of a fork', () => {
  it('is pushed to where maintainers may', async () => {
    const { world, folder, task } = await fromFork(true)
    expect(await task.plan()).toMatchObject({ obstacle: null, pullRequest: 1 })
    expect(await task.push()).toMatchObject({ state: 'succeeded' })
    expect(await world.git(folder, 'ls-tree', '--name-only', 'patch')).toContain('more.txt')
    expect(await world.git(world.origin, 'branch', '--list', 'patch')).toBe('')
    expect(world.pulls()).toMatchObject([{ commits: 2 }])
  })

  it('is left alone where they may not, and says so beforehand', async () => {
    const { world, task } = await fromFork(false)
    const refusal = {
      kind: 'forbidden',
      message: 'ben/engine does not let maintainers push to its branch.',
      next: expect.stringContaining('Allow edits by maintainers') as string,
    }
    expect(await task.plan()).toMatchObject({ obstacle: refusal })
    await expect(task.push()).rejects.toMatchObject(refusal)
    expect(world.written()).toEqual([])
  })
})
