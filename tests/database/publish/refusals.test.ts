import { describe, expect, it } from 'vitest'
import { createPublishWorld, failure, type PublishWorld } from './world'

type Task = Awaited<ReturnType<PublishWorld['createTask']>>

async function changed(): Promise<{ world: PublishWorld; task: Task }> {
  const world = await createPublishWorld()
  const task = await world.createTask()
  await task.write('speed.txt', 'fast\n')
  return { world, task }
}

const CASES: [
  what: string,
  kind: string,
  message: RegExp,
  next: RegExp,
  arrange: (world: PublishWorld, task: Task) => void | Promise<void>,
][] = [
  [
    'a protected branch',
    'forbidden',
    /protected/,
    /another branch/,
    (world, task) =>
      void world.model.protect(world.engine, task.branch, {
        requiredChecks: ['build'],
        requiresPullRequest: false,
      }),
  ],
  [
    'a file that is too large',
    'forbidden',
    /too large/,
    /speed\.txt/,
    (world) => void (world.engine.pushRules.maxFileBytes = 1),
  ],
  [
    'a hook of the repository',
    'git',
    /"pre-push" hook/,
    /ask the agent/,
    (_, task) => task.hook('pre-push', 'echo "tests failed" >&2; exit 1'),
  ],
  [
    'a hook that refuses the commit',
    'git',
    /"pre-commit" hook/,
    /ask the agent/,
    (_, task) => task.hook('pre-commit', 'echo "lint failed" >&2; exit 1'),
  ],
  [
    'a check of the server',
    'forbidden',
    /check on the server/,
    /below/,
    (world) => void (world.engine.pushRules.preReceive = 'No ticket in the commit'),
  ],
  [
    'workflows without the scope',
    'forbidden',
    /workflow/,
    /"workflow"/,
    async (world, task) => {
      world.token.scopes = ['repo', 'read:org']
      await task.write('.github/workflows/ci.yml', 'on: push\n')
    },
  ],
  [
    'who may not push',
    'forbidden',
    /may not/,
    /write access/,
    (world) => {
      world.acme.basePermission = 'READ'
      world.acme.members.set(world.octavia, 'member')
    },
  ],
  [
    'an archived repository',
    'conflict',
    /archived/,
    /Un-archive/,
    (world) => void (world.engine.archived = true),
  ],
  [
    'a token that ended',
    'credentials',
    /sign-in|token/i,
    /again/i,
    (world) => world.model.revoke(world.token),
  ],
  [
    'drafts where there are none',
    'unsupported',
    /no draft/,
    /ready/,
    (world) => void (world.engine.settings.allowDrafts = false),
  ],
  [
    'a limit of GitHub',
    'rate_limited',
    /limit/,
    /reset|pause/,
    (world) => void world.github.faults.add('POST */pulls', { kind: 'rate', resetAt: Date.now() + 60_000 }),
  ],
  [
    'an organization with single sign-on',
    'forbidden',
    /single sign-on/,
    /Authorize/,
    (world) => void world.github.faults.add('POST */pulls', { kind: 'saml', organization: 'acme' }),
  ],
]

describe('what is in the way', () => {
  it.each(CASES)('is said, with what to do: %s', async (_, kind, message, next, arrange) => {
    const { world, task } = await changed()
    const request = await task.request({ draft: true })
    await arrange(world, task)
    const { state, error } = await task.job('task.publish', request)
    expect(state).toBe('failed')
    expect(error).toMatchObject({ kind })
    expect(error?.message).toMatch(message)
    expect(error?.next).toMatch(next)
    expect(error?.detail?.length).toBeGreaterThan(0)
    expect(world.pulls()).toHaveLength(0)
    expect(world.github.leaks()).toEqual([])
  })

  it('is the remote branch: it is brought in, and then it goes', async () => {
    const { world, task } = await changed()
    await task.publish()
    const other = await world.theirs(task.branch, { 'other.txt': 'theirs\n' })
    await task.write('more.txt', 'more\n')
    const refused = await task.push()
    expect(refused).toMatchObject({ state: 'failed', error: { kind: 'conflict' } })
    expect(await world.git(world.origin, 'rev-parse', task.branch)).toBe(other)
    expect(await task.job('task.updateFromBase', { method: 'merge', from: 'upstream' })).toMatchObject({
      state: 'succeeded',
    })
    expect(await task.push()).toMatchObject({ state: 'succeeded' })
    expect(await world.git(world.origin, 'ls-tree', '--name-only', task.branch)).toBe(
      'README.md\nmore.txt\nother.txt\nspeed.txt',
    )
  })

  it('is told before anything is tried', async () => {
    const { world, task } = await changed()
    world.setOnline(false)
    const accounts = world.app
    const plan = await task.plan()
    expect(plan).toMatchObject({ git: { uncommitted: { total: 1 } }, obstacle: null })
    const offline = await task.job('task.publish', await task.request({ commitMessage: 'feat: Offline' }))
    expect(offline).toMatchObject({ state: 'failed', error: { kind: 'offline' } })
    world.setOnline(true)
    const request = await task.request()
    expect(
      await failure(accounts.call('task.publish', { taskId: task.taskId, ...request, base: task.branch })),
    ).toMatchObject({
      kind: 'invalid_input',
    })
    expect(
      await failure(
        accounts.call('task.merge', { taskId: task.taskId, method: 'merge', deleteBranch: false, head: 'x' }),
      ),
    ).toMatchObject({
      kind: 'conflict',
      next: 'Publish it first.',
    })
    // Other commits than those that were looked at are published by nobody.
    await task.commit('between.txt')
    await task.write('again.txt', 'again\n')
    expect(await task.job('task.publish', { ...request, commitMessage: 'feat: Again' })).toMatchObject({
      state: 'failed',
      error: { kind: 'conflict', message: expect.stringContaining('other commits') },
    })
  })

  it('keeps what is published where nobody could be asked', async () => {
    const { world, task } = await changed()
    const job = await task.publish({ reviewers: ['octavia'] })
    expect(job).toMatchObject({
      state: 'failed',
      error: {
        message: expect.stringContaining('#1 is published'),
        detail: expect.stringContaining('author'),
      },
    })
    expect(world.pulls()).toHaveLength(1)
    expect(await task.detail()).toMatchObject({ pullRequest: { number: 1 } })
  })
})
