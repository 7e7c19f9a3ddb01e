import { expect, it } from 'vitest'
import type { TaskSummary } from '../../../src/shared/domain'
import type { OverlapCount, TaskOverlaps } from '../../../src/shared/overlaps'
import { createPublishWorld } from './world'

const isAsked = ({ body }: { body: string }): boolean => body.includes('query PullRequestFiles(')

it('points out other open pull requests that change the same files, and asks for each commit once', async () => {
  const world = await createPublishWorld()
  const asked = (): number => world.github.requests.filter(isAsked).length
  const overlaps = (taskId: string): Promise<TaskOverlaps | null> =>
    world.app.call('task.overlaps', { taskId })
  const first = await world.createTask('First')
  await first.write('speed.txt', 'fast\n')
  await first.write('own.txt', 'mine\n')
  await first.publish()
  const second = await world.createTask('Second')
  await second.write('speed.txt', 'faster\n')
  await second.write('README.md', '# Faster engine\n')
  await second.publish()
  const third = await world.createTask('Third')
  await third.write('README.md', '# Another\n')
  await world.app.call('task.refreshGit', { taskId: third.taskId })

  // Not committed yet, and already in the way.
  expect(await overlaps(third.taskId)).toMatchObject({
    overlaps: [{ number: 2, author: 'octavia', taskId: second.taskId, count: 1, paths: ['README.md'] }],
    looked: 2,
    open: 2,
    cut: 0,
    error: null,
  })
  expect(asked()).toBe(1)
  await world.app.call('task.refreshGit', { taskId: first.taskId })
  expect((await overlaps(first.taskId))?.overlaps).toMatchObject([{ number: 2, paths: ['speed.txt'] }])
  await world.app.call('task.refreshGit', { taskId: second.taskId })
  expect((await overlaps(second.taskId))?.overlaps).toMatchObject([{ number: 1, paths: ['speed.txt'] }])
  // Its own is not among them, and nothing was asked again.
  expect(asked()).toBe(1)
  const counts = await world.app.call<OverlapCount[]>('task.overlapCounts', {
    organizationId: world.organization.id,
  })
  expect(counts.toSorted((a, b) => (a.taskId < b.taskId ? -1 : 1))).toEqual(
    [first, second, third]
      .map(({ taskId }) => ({ taskId, count: 1 }))
      .toSorted((a, b) => (a.taskId < b.taskId ? -1 : 1)),
  )

  // Another commit is asked for; without an answer, what was known stands beside the error.
  await second.write('own.txt', 'theirs\n')
  await second.push()
  world.github.faults.add('POST */graphql', { kind: 'server' }, { times: 20 })
  const failed = await overlaps(first.taskId)
  expect(failed?.error).not.toBeNull()
  expect(failed?.overlaps).toMatchObject([{ number: 2, paths: ['speed.txt'] }])
  world.github.faults.clear()
  await world.app.until<TaskSummary>(
    `tasks:${world.organization.id}`,
    'task',
    ({ pullRequest }) => pullRequest?.number === 2,
  )
  expect((await overlaps(first.taskId))?.overlaps).toMatchObject([
    { number: 2, count: 2, paths: ['own.txt', 'speed.txt'] },
  ])
})
