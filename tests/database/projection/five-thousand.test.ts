import { expect, it, vi } from 'vitest'
import { openLifecycle } from '../task/lifecycle-world'

it('makes 5,000 rows of 5,000 pull requests, and nothing else', async () => {
  const life = await openLifecycle()
  const before = life.started()
  const timers = [vi.spyOn(globalThis, 'setTimeout'), vi.spyOn(globalThis, 'setInterval')]
  const processes = (): number =>
    process.getActiveResourcesInfo().filter((name) => name === 'ProcessWrap').length
  const running = processes()

  life.pullMany(5000)

  const { $client } = life.app.database.commands
  expect($client.prepare('SELECT count(*) FROM tasks WHERE materialized_at IS NULL').pluck().get()).toBe(5000)
  expect(life.started()).toEqual(before)
  expect(processes()).toBe(running)
  expect(timers.map((timer) => timer.mock.calls.length)).toEqual([0, 0])
  for (const table of ['sessions', 'task_sandboxes', 'processes', 'jobs', 'checkpoints'])
    expect($client.prepare(`SELECT count(*) FROM ${table}`).pluck().get()).toBe(0)
  vi.restoreAllMocks()
})
