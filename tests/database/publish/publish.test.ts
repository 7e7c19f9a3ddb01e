import { describe, expect, it } from 'vitest'
import { createPublishWorld } from './world'

describe('publishing a task', () => {
  it('commits, pushes and opens the pull request, and the task has it when the job ends', async () => {
    const world = await createPublishWorld()
    const task = await world.createTask('Make the engine faster')
    await task.write('speed.txt', 'fast\n')
    const plan = await task.plan()
    expect(plan).toMatchObject({
      base: 'main',
      title: 'feat: Make the engine faster',
      commitMessage: 'feat: Make the engine faster',
      publisher: { login: 'octavia' },
      obstacle: null,
      pullRequest: null,
      git: { uncommitted: { total: 1, first: ['speed.txt'] }, own: { total: 0 }, upstream: null },
    })
    world.model.label(world.engine, 'speed', 'aabbcc')
    const job = await task.publish({ reviewers: ['ben'], labels: ['speed'], draft: true })
    expect(job).toMatchObject({ state: 'succeeded', error: null })
    expect(world.pulls()).toMatchObject([
      {
        number: 1,
        title: 'feat: Make the engine faster',
        isDraft: true,
        baseRef: 'main',
        headRef: task.branch,
      },
    ])
    const [pull] = world.pulls()
    expect([...(pull?.requestedReviewers ?? [])]).toEqual([world.ben])
    expect([...(pull?.labels ?? [])].map(({ name }) => name)).toEqual(['speed'])
    expect(await task.detail()).toMatchObject({
      pullRequest: { number: 1, state: 'open', isDraft: true, baseRef: 'main' },
    })
    expect(await world.git(world.origin, 'log', '--format=%s|%an', `main..${task.branch}`)).toBe(
      'feat: Make the engine faster|Octavia',
    )
    expect(world.written()).toEqual([
      expect.stringMatching(/git-receive-pack$/),
      expect.stringMatching(/^POST .*\/pulls$/),
      expect.stringMatching(/^POST .*\/issues\/1\/labels$/),
      expect.stringMatching(/^POST .*\/pulls\/1\/requested_reviewers$/),
    ])
    expect(world.github.leaks()).toEqual([])
  })
})
