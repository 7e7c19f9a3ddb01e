import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openLifecycle, type Lifecycle } from './lifecycle-world'

/** A task with a commit, an uncommitted file and a history, none of which is anywhere else. */
async function worked(life: Lifecycle) {
  const taskId = await life.create('Fix the parser')
  const commit = await life.commit(taskId, 'one.txt')
  await life.write(taskId, 'two.txt')
  life.talk(taskId)
  return { taskId, commit }
}

describe('deleting a task', () => {
  it('says what would be lost, and refuses to lose it without a yes', async () => {
    const life = await openLifecycle()
    const { taskId, commit } = await worked(life)
    await life.world.run(life.checkout(taskId), 'stash', 'push', '-u', '-q')
    await life.write(taskId, 'three.txt')
    const plan = await life.app.lifecycle.deletionPlan(taskId)
    expect(plan).toMatchObject({
      work: {
        commits: { total: 1, first: ['Add one.txt'] },
        files: { total: 1, first: ['three.txt'] },
        stashes: { total: 1 },
      },
      sessions: 1,
      turns: 1,
      problem: null,
      openPullRequest: null,
      losesWork: true,
    })
    expect(plan.diskBytes).toBeGreaterThan(0)
    const refused = await life.failure(life.app.lifecycle.delete(taskId, false))
    expect(refused).toMatchObject({ kind: 'conflict' })
    expect(refused.detail).toContain('commit Add one.txt')
    expect(refused.detail).toContain('file three.txt')
    expect(life.app.projection.find(taskId)).not.toBeNull()
    expect(await life.keeps(taskId, commit)).toBe(true)
  })

  it('leaves nothing of it once it was said yes to', async () => {
    const life = await openLifecycle()
    const { taskId } = await worked(life)
    const other = await life.create('Another')
    await life.app.lifecycle.delete(taskId, true)
    // Gone from every list before anything of it is.
    expect(life.app.projection.find(taskId)).toBeNull()
    expect(life.app.projection.page(life.organizationId, null).entities.map(({ id }) => id)).toEqual([other])
    await life.settle(taskId)
    expect(life.rowsOf(taskId)).toEqual({})
    expect(await life.exists(life.checkout(taskId))).toBe(false)
    expect(await life.refsInStore(taskId)).toEqual([])
    expect(life.app.audit.page({ taskId, cursor: null }).rows[0]).toMatchObject({ kind: 'task.deleted' })
    expect(life.rowsOf(other)).toMatchObject({ tasks: 1, task_sandboxes: 1 })
  })

  it('needs no yes for one whose work is in its base', async () => {
    const life = await openLifecycle()
    const taskId = await life.create('Nothing yet')
    expect(await life.app.lifecycle.deletionPlan(taskId)).toMatchObject({ losesWork: false, sessions: 1 })
    await life.app.lifecycle.delete(taskId, false)
    await life.settle(taskId)
    expect(life.rowsOf(taskId)).toEqual({})
  })

  it('knows what was secured of one whose checkout is gone', async () => {
    const life = await openLifecycle()
    const { taskId } = await worked(life)
    life.app.lifecycle.prune([taskId])
    await life.settle(taskId)
    expect(await life.exists(life.checkout(taskId))).toBe(false)
    expect(await life.app.lifecycle.deletionPlan(taskId)).toMatchObject({
      work: { commits: { total: 1, first: ['Add one.txt'] }, files: { total: 1, first: ['two.txt'] } },
      losesWork: true,
    })
    expect(await life.failure(life.app.lifecycle.delete(taskId, false))).toMatchObject({ kind: 'conflict' })
    await life.app.lifecycle.delete(taskId, true)
    await life.settle(taskId)
    expect(await life.refsInStore(taskId)).toEqual([])
    expect(life.rowsOf(taskId)).toEqual({})
  })

  it('takes a checkout that git cannot read for work', async () => {
    const life = await openLifecycle()
    const taskId = await life.create('Broken')
    await rm(join(life.checkout(taskId), '.git', 'HEAD'))
    const plan = await life.app.lifecycle.deletionPlan(taskId)
    expect(plan).toMatchObject({ losesWork: true })
    expect(plan.problem).not.toBeNull()
    expect(await life.failure(life.app.lifecycle.delete(taskId, false))).toMatchObject({ kind: 'conflict' })
    await life.app.lifecycle.delete(taskId, true)
    await life.settle(taskId)
    expect(life.rowsOf(taskId)).toEqual({})
  })

  it('gives the branch back to the pull request that is open from it', async () => {
    const life = await openLifecycle()
    const taskId = await life.create('Fix', 'fix-it')
    life.pull(7, 'fix-it', 'open')
    expect(life.app.projection.get(taskId).pullRequestNumber).toBe(7)
    await life.app.lifecycle.delete(taskId, true)
    const [task] = life.app.projection.page(life.organizationId, null).entities
    expect(task).toMatchObject({
      title: 'Pull 7',
      branch: 'fix-it',
      status: 'virtual',
      pullRequest: { number: 7 },
    })
    await life.settle(taskId)
    life.pull(7, 'fix-it', 'merged')
    expect(life.app.projection.page(life.organizationId, null).entities).toMatchObject([
      { id: task?.id, status: 'archived', archiveReason: 'merged' },
    ])
    // And such a one cannot be deleted while its pull request is open.
    life.pull(8, 'other', 'open')
    const virtual = life.app.projection.onBranch(life.repositoryId, 'other')
    expect(
      await life.failure(life.app.lifecycle.delete(virtual?.id as `task_${string}`, true)),
    ).toMatchObject({ kind: 'conflict' })
  })

  it('stops at work that was done after the look at it', async () => {
    const life = await openLifecycle()
    const taskId = await life.create('Late')
    life.app.dieAt('before stopping the sandbox')
    await life.app.lifecycle.delete(taskId, false)
    await life.app.death
    const commit = await life.commit(taskId, 'late.txt')
    const app = life.restart()
    await life.settle(taskId)
    const job = app.jobs.latestOfTask(taskId, 'task.delete')
    expect(job).toMatchObject({ state: 'failed', error: { kind: 'conflict' } })
    expect(await life.keeps(taskId, commit)).toBe(true)
    app.lifecycle.retryCleanUp(taskId, 'task.delete', true)
    await life.settle(taskId)
    expect(life.rowsOf(taskId)).toEqual({})
  })

  it('can fail without the task coming back, and is done at the next start', async () => {
    const life = await openLifecycle()
    const { taskId } = await worked(life)
    life.app.refuseAt('before discarding the checkout')
    await life.app.lifecycle.delete(taskId, true)
    await life.settle(taskId)
    expect(life.app.jobs.latestOfTask(taskId, 'task.delete')).toMatchObject({ state: 'failed' })
    expect(life.app.projection.find(taskId)).toBeNull()
    expect(life.app.projection.deleted()).toHaveLength(1)
    const app = life.restart()
    await app.lifecycle.recover()
    await life.settle(taskId)
    expect(life.rowsOf(taskId)).toEqual({})
  })

  it.each(
    [
      'stopping agents',
      'stopping the sandbox',
      'discarding the checkout',
      'erasing sessions',
      'erasing user state',
    ].flatMap((step) => [`before ${step}`, `after ${step}`]),
  )('goes on after a kill %s', async (step) => {
    const life = await openLifecycle()
    const { taskId } = await worked(life)
    life.app.dieAt(step)
    await life.app.lifecycle.delete(taskId, true)
    await life.app.death
    const app = life.restart()
    expect(app.projection.find(taskId)).toBeNull()
    await app.lifecycle.recover()
    await life.settle(taskId)
    expect(life.rowsOf(taskId)).toEqual({})
    expect(await life.exists(life.checkout(taskId))).toBe(false)
    expect(await life.refsInStore(taskId)).toEqual([])
  })

  it('removes a few rows at a time, however long its history is', async () => {
    const life = await openLifecycle()
    const { taskId } = await worked(life)
    const { $client } = life.app.database.events
    const [session] = life.app.sessions.ofTask(taskId)
    const insert = $client.prepare(
      'INSERT INTO session_events (session_id, first_index, last_index, at, payload) VALUES (?, ?, ?, 1, ?)',
    )
    const payload = JSON.stringify({ text: 'x'.repeat(8000) })
    $client.transaction(() => {
      for (let n = 1000; n < 6000; n++) insert.run(session?.id, n, n, payload)
    })()
    // Whatever else waits for the main thread has its turn in between, and sees how many are left.
    const rows = $client.prepare<[], number>('SELECT count(*) FROM session_events').pluck()
    const left = [rows.get() ?? 0]
    const look = (): void => {
      left.push(rows.get() ?? 0)
      turn = setImmediate(look)
    }
    let turn = setImmediate(look)
    await life.app.lifecycle.delete(taskId, true)
    await life.settle(taskId)
    clearImmediate(turn)
    expect(life.rowsOf(taskId)).toEqual({})
    const steps = left.slice(1).map((count, nth) => (left[nth] ?? 0) - count)
    expect(steps.length).toBeGreaterThan(100)
    expect(Math.max(...steps)).toBeLessThanOrEqual(100)
  })
})

describe('freeing the disk', () => {
  it('plans without doing anything, and keeps what is not pushed', async () => {
    const life = await openLifecycle()
    const { taskId, commit } = await worked(life)
    const open = await life.create('Still open')
    await life.create('Merged', 'merged')
    life.settings = { archiveWithPullRequest: false }
    life.pull(3, 'merged', 'open')
    life.pull(3, 'merged', 'merged')
    life.app.commands.archive(taskId)
    await life.settle(taskId)
    const plan = await life.app.lifecycle.prunePlan(life.organizationId)
    expect(plan.total).toBe(2)
    expect(plan.tasks.find((task) => task.taskId === taskId)).toMatchObject({
      isArchived: true,
      archiveReason: 'person',
      repository: 'engine',
      work: { commits: { total: 1 }, files: { total: 1 } },
    })
    expect(plan.tasks.find((task) => task.branch === 'merged')).toMatchObject({
      isArchived: false,
      pullRequest: { number: 3, state: 'merged' },
      work: { commits: { total: 0 } },
    })
    expect(await life.exists(life.checkout(taskId))).toBe(true)

    life.app.lifecycle.prune(plan.tasks.map((task) => task.taskId))
    for (const task of plan.tasks) await life.settle(task.taskId)
    for (const task of plan.tasks) {
      expect(await life.exists(life.checkout(task.taskId))).toBe(false)
      expect(life.app.projection.get(task.taskId).archivedAt).not.toBeNull()
    }
    expect(await life.exists(life.checkout(open))).toBe(true)
    expect(await life.keeps(taskId, commit)).toBe(true)
    expect(life.rowsOf(taskId)).toMatchObject({ sessions: 1, turns: 1, checkpoints: 2 })
    expect((await life.app.lifecycle.prunePlan(life.organizationId)).total).toBe(0)
  })

  it('keeps what no git repository is known for archived, and says so', async () => {
    const life = await openLifecycle()
    const { taskId } = await worked(life)
    life.app.commands.archive(taskId)
    await life.settle(taskId)
    life.forgetSource()
    expect(() => life.app.commands.unarchive(taskId)).toThrow(
      expect.objectContaining({ kind: 'unsupported', message: expect.stringContaining('No git repository') }),
    )
    expect(life.app.projection.get(taskId).archivedAt).not.toBeNull()
  })

  it('brings the checkout back with all that was in it once somebody works there again', async () => {
    const life = await openLifecycle()
    const { taskId, commit } = await worked(life)
    life.app.lifecycle.prune([taskId])
    await life.settle(taskId)
    life.app.commands.unarchive(taskId)
    expect(await life.exists(life.checkout(taskId))).toBe(false)
    const lease = await life.app.tasks.acquire(taskId)
    lease.release()
    expect(await life.world.run(life.checkout(taskId), 'rev-parse', 'HEAD')).toBe(commit)
    expect(await readFile(join(life.checkout(taskId), 'two.txt'), 'utf8')).toBe('two.txt')
  })

  it.each(
    ['stopping agents', 'stopping the sandbox', 'removing the checkout'].flatMap((step) => [
      `before ${step}`,
      `after ${step}`,
    ]),
  )('loses nothing when it is killed %s', async (step) => {
    const life = await openLifecycle()
    const { taskId, commit } = await worked(life)
    life.app.dieAt(step)
    life.app.lifecycle.prune([taskId])
    await life.app.death
    expect(await life.keeps(taskId, commit)).toBe(true)
    const app = life.restart()
    await app.lifecycle.recover()
    await life.settle(taskId)
    expect(await life.exists(life.checkout(taskId))).toBe(false)
    expect(await life.keeps(taskId, commit)).toBe(true)
    app.commands.unarchive(taskId)
    ;(await app.tasks.acquire(taskId)).release()
    expect(await life.world.run(life.checkout(taskId), 'rev-parse', 'HEAD')).toBe(commit)
    expect(await life.world.run(life.checkout(taskId), 'status', '--porcelain')).toBe('?? two.txt')
  })

  it('is tried again at the next start where it failed, and not where a person stopped it', async () => {
    const life = await openLifecycle()
    const { taskId, commit } = await worked(life)
    life.app.refuseAt('before removing the checkout')
    life.app.lifecycle.prune([taskId])
    await life.settle(taskId)
    expect(life.app.jobs.latestOfTask(taskId, 'task.archive')).toMatchObject({ state: 'failed' })
    expect(await life.keeps(taskId, commit)).toBe(true)
    const app = life.restart()
    await app.lifecycle.recover()
    await life.settle(taskId)
    expect(await life.exists(life.checkout(taskId))).toBe(false)
    expect(await life.keeps(taskId, commit)).toBe(true)

    const other = await life.create('Stopped')
    app.lifecycle.prune([other])
    const job = app.jobs.liveOfTask(other, 'task.archive')
    if (job !== null) app.jobs.cancel(job.id)
    await life.settle(other)
    await app.lifecycle.recover()
    await life.settle(other)
    expect(await life.exists(life.checkout(other))).toBe(true)
    app.lifecycle.retryCleanUp(other, 'task.archive', false)
    await life.settle(other)
    expect(await life.exists(life.checkout(other))).toBe(false)
  })

  it('removes checkouts of old archived tasks where that is set', async () => {
    const life = await openLifecycle()
    const taskId = await life.create('Old')
    life.app.commands.archive(taskId)
    await life.settle(taskId)
    life.pass(8 * 24 * 60 * 60_000)
    await life.app.lifecycle.recover()
    await life.settle(taskId)
    expect(await life.exists(life.checkout(taskId))).toBe(true)
    life.settings = { removeCheckoutsAfterDays: 7 }
    await life.app.lifecycle.recover()
    await life.settle(taskId)
    expect(await life.exists(life.checkout(taskId))).toBe(false)
  })
})

describe('archiving a task', () => {
  it('comes to what the last run did not: the job of one that GitHub archived', async () => {
    const life = await openLifecycle()
    const taskId = await life.create('Crash', 'crash')
    life.pull(1, 'crash', 'open')
    life.app.dieAt('before stopping agents')
    life.pull(1, 'crash', 'merged')
    await life.app.death
    // The transaction of the sync is there, the job that follows it is not.
    life.app.database.commands.$client.prepare("DELETE FROM jobs WHERE kind = 'task.archive'").run()
    const app = life.restart()
    expect(app.projection.get(taskId).archiveReason).toBe('merged')
    await app.lifecycle.recover()
    await life.settle(taskId)
    expect(app.jobs.latestOfTask(taskId, 'task.archive')).toMatchObject({ state: 'succeeded' })
    expect(life.rowsOf(taskId)).toMatchObject({ checkpoints: 1 })
    await app.lifecycle.recover()
    expect(app.jobs.ofTask(taskId).filter(({ kind }) => kind === 'task.archive')).toHaveLength(1)
  })

  it('can be undone while it still goes on', async () => {
    const life = await openLifecycle()
    const taskId = await life.create('Undo')
    life.app.lifecycle.archiveMany([taskId])
    expect(life.app.projection.get(taskId).archivedAt).not.toBeNull()
    life.app.commands.unarchive(taskId)
    ;(await life.app.tasks.acquire(taskId)).release()
    expect(life.app.projection.get(taskId)).toMatchObject({ archivedAt: null, archiveReason: null })
  })
})

describe('a branch that is renamed on GitHub', () => {
  it('is renamed in the checkout when somebody works there next', async () => {
    const life = await openLifecycle()
    const taskId = await life.create('Rename', 'old')
    const commit = await life.commit(taskId, 'one.txt')
    await life.write(taskId, 'two.txt')
    life.pull(1, 'old', 'open')
    life.pull(1, 'new/name', 'open')
    expect(life.app.projection.get(taskId).branch).toBe('new/name')
    ;(await life.app.tasks.acquire(taskId)).release()
    const git = (...args: string[]) => life.world.run(life.checkout(taskId), ...args)
    expect(await git('branch', '--show-current')).toBe('new/name')
    expect(await git('rev-parse', 'HEAD')).toBe(commit)
    expect(await git('status', '--porcelain')).toBe('?? two.txt')
    expect(life.problems).toEqual([])
  })

  it('comes back under its new name where the checkout was gone', async () => {
    const life = await openLifecycle()
    const taskId = await life.create('Rename', 'old')
    const commit = await life.commit(taskId, 'one.txt')
    life.pull(1, 'old', 'open')
    life.app.lifecycle.prune([taskId])
    await life.settle(taskId)
    life.pull(1, 'new', 'open')
    life.app.commands.unarchive(taskId)
    ;(await life.app.tasks.acquire(taskId)).release()
    const git = (...args: string[]) => life.world.run(life.checkout(taskId), ...args)
    expect(await git('branch', '--show-current')).toBe('new')
    expect(await git('rev-parse', 'HEAD')).toBe(commit)
    expect(life.problems).toEqual([])
  })

  it('keeps its name, and says so, where the new one is taken in the checkout', async () => {
    const life = await openLifecycle()
    const taskId = await life.create('Rename', 'old')
    await life.world.run(life.checkout(taskId), 'branch', 'new')
    life.pull(1, 'old', 'open')
    life.pull(1, 'new', 'open')
    ;(await life.app.tasks.acquire(taskId)).release()
    expect(await life.world.run(life.checkout(taskId), 'branch', '--show-current')).toBe('old')
    const [session] = life.app.sessions.ofTask(taskId)
    life.app.sessions.flush()
    const told = life.app.database.commands.$client
      .prepare('SELECT payload FROM session_events WHERE session_id = ?')
      .pluck()
      .all(session?.id)
    expect(told.join()).toContain('there is a branch new in the checkout already')
  })
})

describe('a branch that was in the way', () => {
  it('makes room for another name before the first checkout, and not afterwards', async () => {
    const life = await openLifecycle()
    await life.world.run(life.folder, 'branch', 'mine')
    const taskId = await life.create('Ready', 'ready')
    await expect(life.app.commands.retry(taskId, 'another')).rejects.toThrow(/is there already/)
    await life.world.run(life.folder, 'branch', 'taken')
    life.app.database.commands.$client.prepare('DELETE FROM task_sandboxes WHERE task_id = ?').run(taskId)
    await expect(life.app.commands.retry(taskId, '../x')).rejects.toThrow(/cannot be the name/)
    const other = await life.create('Other', 'other')
    expect(other).not.toBe(taskId)
    await expect(life.app.commands.retry(taskId, 'other')).rejects.toThrow(/already/)
  })
})
