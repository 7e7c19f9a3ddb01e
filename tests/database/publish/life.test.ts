import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { TaskSummary } from '../../../src/shared/domain'
import type { Sync } from '../../../src/shared/github'
import type { MergeMethod } from '../../../src/shared/publish'
import { createPublishWorld, failure } from './world'

async function published(files?: Record<string, string>) {
  const world = await createPublishWorld(files)
  const task = await world.createTask()
  await task.write('speed.txt', 'fast\n')
  expect(await task.publish()).toMatchObject({ state: 'succeeded' })
  const call = <Value = TaskSummary>(operation: string, input: object = {}): Promise<Value> =>
    world.app.call<Value>(operation, { taskId: task.taskId, ...input })
  const [pull] = world.pulls()
  if (pull === undefined) throw new Error('There is no pull request')
  return { world, task, call, pull }
}

describe('a published task', () => {
  it('takes over a pull request that is there already, and changes nothing about it', async () => {
    const world = await createPublishWorld()
    const task = await world.createTask()
    await task.commit('speed.txt')
    expect(await task.push()).toMatchObject({ state: 'succeeded' })
    world.model.openPullRequest(world.engine, { title: 'By hand', headRef: task.branch, author: world.ben })
    expect(await task.publish({ title: 'Not by hand' })).toMatchObject({ state: 'succeeded' })
    expect(world.pulls()).toMatchObject([{ title: 'By hand', author: world.ben }])
    expect(await task.detail()).toMatchObject({ pullRequest: { number: 1, author: 'ben' } })
  })

  it('stays what it was made here, whatever answer was under way then', async () => {
    const { world, call, pull } = await published()
    let send = (): void => undefined
    const until = new Promise<void>((resolve) => (send = resolve))
    const isList = ({ body }: { body: string }): boolean => body.includes('query UpdatedPullRequests(')
    const before = world.github.requests.filter(isList).length
    // Nothing but seconds tells the order of these two.
    const updatedAt = pull.updatedAt
    world.github.faults.add((request) => isList(request), { kind: 'late', until })
    await world.app.call('organization.sync', { organizationId: world.organization.id })
    await world.github.until(() => world.github.requests.filter(isList).length > before)
    expect(await call('task.setDraft', { draft: true })).toMatchObject({ pullRequest: { isDraft: true } })
    pull.updatedAt = updatedAt
    send()
    await world.app.until<Sync>(
      `organization:${world.organization.id}`,
      'sync',
      ({ state }) => state === 'synced',
    )
    const { pullRequest } = await world.app.until<TaskSummary>(
      `tasks:${world.organization.id}`,
      'task',
      (task) => task.pullRequest?.number === pull.number,
    )
    expect(pullRequest?.isDraft).toBe(true)
  })

  it('pushes what follows to the same branch', async () => {
    const { world, task } = await published()
    await task.write('more.txt', 'more\n')
    expect(await task.plan()).toMatchObject({
      pullRequest: 1,
      git: { uncommitted: { total: 1 }, unpushed: { total: 0 }, upstream: { ahead: 0, behind: 0 } },
    })
    expect(await task.push()).toMatchObject({ state: 'succeeded' })
    expect(await world.git(world.origin, 'rev-list', '--count', `main..${task.branch}`)).toBe('2')
    expect(world.pulls()).toMatchObject([{ commits: 2, changedFiles: 2 }])
    expect(await task.detail()).toMatchObject({ pullRequest: { additions: 2 } })
  })

  it('is a draft, ready, edited, closed and open again', async () => {
    const { task, call, pull } = await published()
    expect(await call('task.setDraft', { draft: true })).toMatchObject({ pullRequest: { isDraft: true } })
    expect(await task.standing()).toMatchObject({ obstacles: ['It is a draft. Mark it ready first.'] })
    expect(await call('task.setDraft', { draft: false })).toMatchObject({ pullRequest: { isDraft: false } })
    await call('task.editPullRequest', { title: 'Faster', body: 'Much' })
    expect(pull).toMatchObject({ title: 'Faster', body: 'Much' })
    expect(await failure(call('task.editPullRequest', { base: 'nowhere' }))).toMatchObject({
      kind: 'conflict',
      detail: expect.stringContaining("'nowhere' was not found"),
    })
    expect(await call('task.closePullRequest')).toMatchObject({
      status: 'archived',
      archiveReason: 'closed',
      pullRequest: { state: 'closed' },
    })
    expect(await call('task.reopenPullRequest')).toMatchObject({
      archiveReason: null,
      pullRequest: { state: 'open' },
    })
  })

  it.each<[MergeMethod, string]>([
    ['merge', 'Merge pull request #1'],
    ['squash', 'feat: Make the engine faster (#1)'],
    ['rebase', 'feat: Make the engine faster'],
  ])('is merged with %s, what was looked at and nothing else, and archived', async (method, subject) => {
    const { world, task, call } = await published()
    const looked = await task.standing()
    expect(looked).toMatchObject({ obstacles: [], methods: ['merge', 'squash', 'rebase'], mayMerge: true })
    await task.commit('late.txt')
    await task.push()
    expect(
      await failure(call('task.merge', { method, deleteBranch: true, head: looked.head })),
    ).toMatchObject({
      kind: 'conflict',
      message: '#1 has other commits than a moment ago.',
    })
    const { head } = await task.standing()
    expect(await call('task.merge', { method, deleteBranch: true, head })).toMatchObject({
      status: 'archived',
      archiveReason: 'merged',
      pullRequest: { state: 'merged' },
    })
    const log = await world.git(world.origin, 'log', '--format=%s', 'main')
    expect(log).toContain(subject)
    expect(await world.git(world.origin, 'ls-tree', '--name-only', 'main')).toBe(
      'README.md\nlate.txt\nspeed.txt',
    )
    expect(await world.git(world.origin, 'branch', '--list', task.branch)).toBe('')
    expect(world.written().slice(-2)).toEqual([
      expect.stringMatching(/^PUT .*\/pulls\/1\/merge$/),
      expect.stringMatching(/^DELETE .*\/git\/refs\/heads\//),
    ])
  })

  it('says why it cannot be merged, and does not try', async () => {
    const { world, task, call, pull } = await published()
    world.model.protect(world.engine, 'main', { requiredApprovals: 1, requiredChecks: ['build'] })
    world.model.setChecks(pull, 'FAILURE')
    world.engine.settings.allowMerge = false
    const standing = await task.standing()
    expect(standing).toMatchObject({
      mergeState: 'blocked',
      methods: ['squash', 'rebase'],
      checks: [{ name: 'build', state: 'failure', required: true }],
    })
    expect(standing.obstacles).toContain('Required checks fail: build.')
    expect(
      await failure(call('task.merge', { method: 'merge', deleteBranch: false, head: standing.head })),
    ).toMatchObject({ kind: 'conflict', detail: expect.stringContaining('Merge commits are not allowed') })
    expect(pull.state).toBe('OPEN')
  })

  it.each(['merge', 'rebase'] as const)('is brought up to its base by %s, and pushed', async (method) => {
    const { world, task, pull } = await published()
    const base = await world.theirs('main', { 'theirs.txt': 't\n' })
    expect(await task.job('task.updateFromBase', { method, from: 'base' })).toMatchObject({
      state: 'succeeded',
    })
    expect(await task.plan()).toMatchObject({
      git: { base: { behind: 0 }, rebased: method === 'rebase', own: { total: method === 'rebase' ? 1 : 2 } },
    })
    expect(await task.push()).toMatchObject({ state: 'succeeded' })
    expect(await world.git(world.origin, 'merge-base', 'main', task.branch)).toBe(base)
    expect(pull).toMatchObject({ state: 'OPEN', changedFiles: 1 })
  })

  it('does not replace what others pushed, rebased or not', async () => {
    const { world, task } = await published()
    await world.theirs('main', { 'theirs.txt': 't\n' })
    await task.job('task.updateFromBase', { method: 'rebase', from: 'base' })
    const other = await world.theirs(task.branch, { 'other.txt': 'o\n' })
    expect(await task.push()).toMatchObject({ state: 'failed', error: { kind: 'conflict' } })
    expect(await world.git(world.origin, 'rev-parse', task.branch)).toBe(other)
  })

  it('has its conflicts told by file, to be resolved or taken back', async () => {
    const { world, task, call } = await published({ 'README.md': '# Engine\n' })
    await task.write('README.md', '# Fast engine\n')
    await task.push()
    await world.theirs('main', { 'README.md': '# Green engine\n' })
    const update = () => task.job('task.updateFromBase', { method: 'merge', from: 'base' })
    expect(await update()).toMatchObject({
      state: 'failed',
      error: { kind: 'conflict', detail: 'README.md' },
    })
    expect(await task.plan()).toMatchObject({ git: { update: { method: 'merge', paths: ['README.md'] } } })
    expect(await failure(call('task.finishUpdate'))).toMatchObject({ kind: 'conflict', detail: 'README.md' })
    await call('task.abortUpdate')
    expect(await task.plan()).toMatchObject({ git: { update: null, uncommitted: { total: 0 } } })
    expect(await update()).toMatchObject({ state: 'failed' })
    await task.write('README.md', '# Fast green engine\n')
    await call('task.finishUpdate')
    expect(await task.plan()).toMatchObject({ git: { update: null, base: { behind: 0 } } })
    expect(await task.push()).toMatchObject({ state: 'succeeded' })
    expect(await readFile(join(task.cwd, 'README.md'), 'utf8')).toBe('# Fast green engine\n')
  })

  it('keeps what was typed until it is published', async () => {
    const world = await createPublishWorld({
      'README.md': '# Engine\n',
      '.github/pull_request_template.md': '## What\n\n## Tests\n',
      '.github/PULL_REQUEST_TEMPLATE/fix.md': '## Fix\n',
    })
    world.model.label(world.engine, 'speed', 'aabbcc')
    const task = await world.createTask('Make it faster\n\nAs fast as it can be.')
    const plan = await task.plan()
    expect(plan.templates.map(({ name }) => name)).toEqual([
      '.github/pull_request_template.md',
      '.github/PULL_REQUEST_TEMPLATE/fix.md',
    ])
    expect(plan.body).toBe(
      '## What\n\n**Asked for**\n\n> Make it faster\n>\n> As fast as it can be.\n\n## Tests',
    )
    expect(await world.app.call('task.publishChoices', { taskId: task.taskId })).toMatchObject({
      labels: [{ name: 'speed' }],
      mayPush: true,
    })
    const draft = {
      title: 'Mine',
      body: 'My own',
      base: 'main',
      draft: true,
      reviewers: ['ben'],
      labels: [],
      commitMessage: 'mine',
      closesIssue: true,
    }
    await world.app.call('task.savePublishDraft', { taskId: task.taskId, draft })
    await world.restart()
    expect(await task.plan()).toMatchObject({ draft })
    await task.write('speed.txt', 'fast\n')
    world.github.faults.add('POST */pulls', { kind: 'server', status: 502 })
    expect(await task.publish()).toMatchObject({ state: 'failed' })
    expect(await task.plan()).toMatchObject({ draft })
    expect(await task.publish({ issue: 7 })).toMatchObject({ state: 'succeeded' })
    expect(await task.plan()).toMatchObject({ draft: null })
    expect(world.pulls()[0]?.body.endsWith('Closes #7')).toBe(true)
  })
})
