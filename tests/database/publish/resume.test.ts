import { describe, expect, it } from 'vitest'
import type { Job } from '../../../src/shared/domain'
import { createPublishWorld, type PublishWorld } from './world'

/** Where the app ends in the middle of publishing: a stage of the job, or a request that GitHub has answered or not. */
const POINTS: [string, (world: PublishWorld, end: () => void) => void][] = [
  ['before it pushes', (world, end) => world.github.faults.between('GET */info/refs', 0, end)],
  ['while it pushes', (world, end) => world.github.faults.between('POST */git-receive-pack', 0, end)],
  ['before it looks for a pull request', (world, end) => world.github.faults.between('GET */pulls', 0, end)],
  ['before it opens one', (world, end) => world.github.faults.between('POST */pulls', 0, end)],
  ['before it labels', (world, end) => world.github.faults.between('POST */issues/1/labels', 0, end)],
  ['before it asks', (world, end) => world.github.faults.between('POST */requested_reviewers', 0, end)],
]

describe('publishing that was cut short', () => {
  it.each(POINTS)('goes on at the next start and makes nothing twice: %s', async (_, arrange) => {
    const world = await createPublishWorld()
    world.model.label(world.engine, 'speed', 'aabbcc')
    const task = await world.createTask()
    await task.write('speed.txt', 'fast\n')
    const restarted = new Promise<void>((resolve, reject) => {
      arrange(world, () => void world.restart().then(resolve, reject))
    })
    const request = await task.request({ labels: ['speed'], reviewers: ['ben'] })
    const { id } = await world.app.call<Job>('task.publish', { taskId: task.taskId, ...request })
    await restarted
    expect(await task.ended(id)).toMatchObject({ state: 'succeeded', error: null })
    expect(world.pulls()).toMatchObject([{ number: 1, headRef: task.branch }])
    const [pull] = world.pulls()
    expect([...(pull?.labels ?? [])].map(({ name }) => name)).toEqual(['speed'])
    expect([...(pull?.requestedReviewers ?? [])]).toEqual([world.ben])
    expect(await world.git(world.origin, 'rev-list', '--count', `main..${task.branch}`)).toBe('1')
    expect(await task.detail()).toMatchObject({ pullRequest: { number: 1 } })
  })

  it('adds the way back once, and none to what somebody wrote in meanwhile', async () => {
    const world = await createPublishWorld(undefined, { pullRequestFooter: true })
    const task = await world.createTask()
    await task.write('speed.txt', 'fast\n')
    const restarted = new Promise<void>((resolve, reject) => {
      world.github.faults.between('PATCH */pulls/1', 0, () => void world.restart().then(resolve, reject))
    })
    const request = await task.request({ body: 'Faster.' })
    const { id } = await world.app.call<Job>('task.publish', { taskId: task.taskId, ...request })
    await restarted
    expect(await task.ended(id)).toMatchObject({ state: 'succeeded', error: null })
    const [pull] = world.pulls()
    expect(pull?.body).toMatch(
      /^Faster\.\n\nOpen in Foundry: `foundry:\/\/pull\?url=https?%3A%2F%2F\S+%2Fpull%2F1`$/,
    )
    const body = pull?.body ?? ''
    await task.write('more.txt', 'more\n')
    expect(await task.publish({ body: 'Faster.' })).toMatchObject({ state: 'succeeded', error: null })
    expect(world.pulls()[0]?.body).toBe(body)
  })

  it('takes over what was opened by an answer that never came', async () => {
    const world = await createPublishWorld()
    const task = await world.createTask()
    await task.write('speed.txt', 'fast\n')
    world.github.faults.add('POST */pulls', { kind: 'truncated' })
    const failed = await task.publish()
    expect(failed).toMatchObject({ state: 'failed' })
    expect(world.pulls()).toHaveLength(1)
    expect(await task.publish({ title: 'Another title' })).toMatchObject({ state: 'succeeded', error: null })
    expect(world.pulls()).toMatchObject([{ number: 1, title: 'feat: Make the engine faster' }])
    expect(await task.detail()).toMatchObject({ pullRequest: { number: 1 } })
  })

  it('can be stopped, and published again', async () => {
    const world = await createPublishWorld()
    const task = await world.createTask()
    await task.write('speed.txt', 'fast\n')
    const asked = new Promise<void>((resolve) => world.github.faults.between('POST */pulls', 0, resolve))
    world.github.faults.add('POST */pulls', { kind: 'silent' })
    const { id } = await world.app.call<Job>('task.publish', {
      taskId: task.taskId,
      ...(await task.request()),
    })
    await asked
    await world.app.call('job.cancel', { jobId: id })
    expect(await task.ended(id)).toMatchObject({ state: 'cancelled' })
    expect(await task.publish()).toMatchObject({ state: 'succeeded', error: null })
    expect(world.pulls()).toHaveLength(1)
  })
})
