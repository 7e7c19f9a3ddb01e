import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { FoundryError } from '../../../src/shared/errors'
import type { TaskId } from '../../../src/shared/ids'
import '../../support/property-seed'
import { openLifecycle, type Lifecycle } from './lifecycle-world'

/** What a person or GitHub does. `which` is one of the tasks or pull requests that there are. */
type Action =
  | { type: 'create' }
  | { type: 'restart' }
  | { type: 'recover' }
  | { type: 'commit' | 'write' | 'archive' | 'unarchive' | 'prune' | 'work'; which: number }
  | { type: 'delete'; which: number; discard: boolean }
  | { type: 'pull'; which: number; state: 'open' | 'closed' | 'merged' }
  | { type: 'kill'; which: number; step: string; by: 'delete' | 'prune' | 'archive' }

const which = fc.nat({ max: 5 })
const steps = [
  'before stopping agents',
  'after stopping the sandbox',
  'before discarding the checkout',
  'after discarding the checkout',
  'after erasing sessions',
  'before removing the checkout',
  'after removing the checkout',
]
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ type: fc.constant<'create'>('create') }) },
  { weight: 1, arbitrary: fc.constantFrom<Action>({ type: 'restart' }, { type: 'recover' }) },
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constantFrom<'commit' | 'write' | 'archive' | 'unarchive' | 'prune' | 'work'>(
        'commit',
        'write',
        'archive',
        'unarchive',
        'prune',
        'work',
      ),
      which,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant<'delete'>('delete'), which, discard: fc.boolean() }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant<'pull'>('pull'),
      which,
      state: fc.constantFrom<'open' | 'closed' | 'merged'>('open', 'closed', 'merged'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant<'kill'>('kill'),
      which,
      step: fc.constantFrom(...steps),
      by: fc.constantFrom<'delete' | 'prune' | 'archive'>('delete', 'prune', 'archive'),
    }),
  },
)

const STATUSES = ['virtual', 'provisioning', 'idle', 'error', 'archived']

async function tell(actions: readonly Action[]): Promise<void> {
  const life = await openLifecycle()
  /** Commits that nobody said may be lost, by task. */
  const work = new Map<TaskId, string[]>()
  const branches = new Map<TaskId, string>()
  const pulls = new Map<number, string>()
  let made = 0
  const nth = (index: number): TaskId | null => [...work.keys()][index % Math.max(1, work.size)] ?? null

  const inCheckout = async (taskId: TaskId): Promise<boolean> => {
    await life.settle(taskId)
    return life.exists(life.checkout(taskId))
  }
  const remove = async (taskId: TaskId, discard: boolean): Promise<void> => {
    try {
      await life.app.lifecycle.delete(taskId, discard)
      work.delete(taskId)
    } catch (thrown) {
      if (discard || !(thrown instanceof FoundryError) || thrown.kind !== 'conflict') throw thrown
    }
  }

  async function act(one: Action): Promise<void> {
    if (one.type === 'create') {
      made += 1
      const taskId = await life.create(`Task ${made}`, `branch-${made}`)
      work.set(taskId, [])
      branches.set(taskId, `branch-${made}`)
      return
    }
    if (one.type === 'restart') {
      await life.app.jobs.shutdown()
      return void life.restart()
    }
    if (one.type === 'recover') return life.app.lifecycle.recover()
    if (one.type === 'pull') {
      const number = 1 + (one.which % 4)
      const branch =
        pulls.get(number) ??
        (made > 0 && one.which % 2 === 0 ? `branch-${1 + (one.which % made)}` : `theirs-${number}`)
      if (!pulls.has(number) && [...pulls.values()].includes(branch)) return
      pulls.set(number, branch)
      return life.pull(number, branch, one.state)
    }
    const taskId = nth(one.which)
    if (taskId === null) return
    const commits = work.get(taskId) ?? []
    switch (one.type) {
      case 'commit':
        made += 1
        if (await inCheckout(taskId)) commits.push(await life.commit(taskId, `file-${made}.txt`))
        return
      case 'write':
        if (await inCheckout(taskId)) await life.write(taskId, 'loose.txt', String((made += 1)))
        return
      case 'archive':
        return life.app.lifecycle.archiveMany([taskId])
      case 'unarchive':
        return void life.app.commands.unarchive(taskId)
      case 'prune':
        return life.app.lifecycle.prune([taskId])
      case 'work':
        if (life.app.projection.get(taskId).archivedAt === null)
          (await life.app.tasks.acquire(taskId)).release()
        return
      case 'delete':
        await life.settle(taskId)
        return remove(taskId, one.discard)
      case 'kill': {
        // A process that is not killed for real would go on with what it does elsewhere.
        await settleAll(life)
        life.app.dieAt(one.step)
        if (one.by === 'delete') await remove(taskId, true)
        if (one.by === 'archive') life.app.lifecycle.archiveMany([taskId])
        if (one.by === 'prune') life.app.lifecycle.prune([taskId])
        await Promise.race([life.app.death, life.settle(taskId)])
        life.restart()
      }
    }
  }

  async function check(): Promise<void> {
    for (const [taskId, commits] of work)
      for (const commit of commits)
        expect(await life.keeps(taskId, commit), `${commit} of ${taskId}`).toBe(true)
    const { entities } = life.app.projection.page(life.organizationId, null)
    const keys = entities.map(({ branch }) => branch)
    expect(new Set(keys).size).toBe(keys.length)
    for (const { status } of entities) expect(STATUSES).toContain(status)
    for (const taskId of work.keys()) expect(entities.map(({ id }) => id)).toContain(taskId)
  }

  for (const one of actions) {
    await act(one)
    await check()
  }
  await settleAll(life)
  await life.app.lifecycle.recover()
  await settleAll(life)
  await check()
  // What was said to be deleted is, in the end.
  expect(life.app.projection.deleted()).toEqual([])
  for (const taskId of branches.keys()) {
    if (work.has(taskId)) continue
    expect(life.rowsOf(taskId)).toEqual({})
    expect(await life.exists(life.checkout(taskId))).toBe(false)
  }
}

async function settleAll(life: Lifecycle): Promise<void> {
  for (const job of life.app.jobs.running()) await life.app.jobs.finished(job.id)
}

it('never loses unpushed work without a yes, and never has two tasks on a branch', async () => {
  await fc.assert(fc.asyncProperty(fc.array(action, { minLength: 4, maxLength: 14 }), tell), { numRuns: 12 })
}, 240_000)
