import { describe, expect, it } from 'vitest'
import type { Job } from '../../../src/shared/domain'
import type { ErrorValue } from '../../../src/shared/errors'
import type { CheckDetail, PullRequestReviews, ReviewPlan } from '../../../src/shared/reviews'
import { addThread, resolveThread, setCheck } from '../../support/github/reviews'
import { changed, reviewedWorld } from './reviewed-world'
import { failure } from './world'

describe('what is said about a pull request', () => {
  it('is read with its threads, answered, resolved, and kept for the time without GitHub', async () => {
    const { world, model, pull, ben, octavia, read, call, push, taskId } = await reviewedWorld()
    const thread = addThread(model, pull, {
      author: ben,
      path: 'engine.txt',
      line: 10,
      body: 'Is this a number?',
      hunk: '@@ -7,4 +7,4 @@\n line 8\n line 9\n-line 10\n+line ten',
    })
    const old = addThread(model, pull, { author: ben, path: 'engine.txt', line: 20, body: 'And this?' })
    setCheck(model, pull, 'lint', {
      conclusion: 'failure',
      annotations: [
        { path: 'engine.txt', startLine: 10, endLine: 10, level: 'failure', title: 'Words', message: 'No.' },
      ],
    })
    await push(changed.with(19, 'line 2O'))
    setCheck(model, pull, 'lint', {
      conclusion: 'failure',
      annotations: [
        { path: 'engine.txt', startLine: 10, endLine: 10, level: 'failure', title: 'Words', message: 'No.' },
      ],
    })
    const first = await read()
    expect(first).toMatchObject({ number: pull.number, head: pull.headCommit, isOwn: false, threadsTotal: 2 })
    expect(first.threads).toMatchObject([
      {
        id: thread.nodeId,
        side: 'new',
        line: 10,
        outdated: false,
        resolved: false,
        mayResolve: true,
        hunk: ' line 8\n line 9\n-line 10\n+line ten',
        comments: [{ author: 'ben', body: 'Is this a number?', pending: false }],
      },
      { id: old.nodeId, line: null, originalLine: 20, outdated: true },
    ])
    expect(first.annotations).toMatchObject([
      { check: 'lint', level: 'failure', startLine: 10, message: 'No.' },
    ])

    await call('task.replyToThread', {
      threadId: thread.nodeId,
      body: 'It is one now.',
      seen: { path: 'engine.txt', state: 'open', resolved: false },
    })
    await world.app.until<Job>(
      `task:${taskId}`,
      'job',
      (job) => job.kind === 'task.reply' && job.state === 'succeeded',
    )
    await call('task.resolveThread', { threadId: thread.nodeId, resolved: true })
    expect(thread).toMatchObject({ resolvedBy: octavia, comments: [{}, { author: octavia }] })
    world.setOnline(false)
    const kept = await call<{ reviews: PullRequestReviews; error: ErrorValue }>('task.reviews', {
      refresh: true,
    })
    expect(kept.error).toMatchObject({ kind: 'offline' })
    expect(kept.reviews.threads[0]).toMatchObject({
      resolved: true,
      resolvedBy: 'octavia',
      comments: [{}, { body: 'It is one now.' }],
    })
    expect(await failure(call('task.resolveThread', { threadId: old.nodeId, resolved: true }))).toMatchObject(
      {
        kind: 'offline',
      },
    )
    world.setOnline(true)
    resolveThread(model, thread, null)
    expect((await read()).threads[0]).toMatchObject({ resolved: false })
    expect(await failure(call('task.resolveThread', { threadId: 'nothing', resolved: true }))).toMatchObject({
      kind: 'not_found',
    })
  })

  it('says what a check says, with the end of its log, which is read without the token', async () => {
    const { github, model, pull, call } = await reviewedWorld()
    const stamp = '2026-03-01T12:00:00.0000000Z '
    const noise = Array.from({ length: 400 }, (_, number) => `${stamp}step ${number}`)
    const check = setCheck(model, pull, 'build', {
      conclusion: 'failure',
      title: '1 error',
      summary: 'It **failed**.',
      annotations: [
        { path: 'engine.txt', startLine: 10, endLine: 11, level: 'warning', title: null, message: 'Hm.' },
      ],
      log: [...noise, `${stamp}\u001b[31mexpected 10\u001b[0m`, `${stamp}##[error]Process completed`].join(
        '\r\n',
      ),
    })
    const detail = await call<CheckDetail>('task.check', { checkId: check.id })
    expect(detail).toMatchObject({
      name: 'build',
      conclusion: 'failure',
      title: '1 error',
      annotations: [{ startLine: 10, endLine: 11, level: 'warning' }],
      log: { cut: true, problem: null },
    })
    expect(detail.log?.text.split('\n').slice(-3)).toEqual([
      'step 399',
      'expected 10',
      'error: Process completed',
    ])
    const [logged] = github.requested('GET /_logs/*')
    expect(logged?.headers['authorization']).toBeUndefined()
    expect(github.leaks()).toEqual([])

    const other = setCheck(model, pull, 'style', { conclusion: 'failure', summary: 'Ugly.' })
    expect(await call('task.check', { checkId: other.id })).toMatchObject({ summary: 'Ugly.', log: null })
    github.faults.add('GET */logs', { kind: 'gone' })
    expect(await call('task.check', { checkId: check.id })).toMatchObject({
      title: '1 error',
      log: { text: '', problem: { kind: 'not_found' } },
    })
    expect(await failure(call('task.check', { checkId: 5 }))).toMatchObject({ kind: 'not_found' })
  })
})

describe('a review', () => {
  it('puts comments at their lines in the diff, and the rest into its text', async () => {
    const { pull, call, comment, jobEnd, given } = await reviewedWorld()
    const exact = await comment(10, 'A number, please.', 'line ten')
    // Written while the file had other lines above.
    const shifted = await comment(25, 'And here.', 'line twenty')
    const range = await comment(9, 'Both of these.', 'line 9\nline ten', 'engine.txt', 10)
    const outside = await comment(30, 'Why is it here?', 'something else')
    const all = [exact, shifted, range, outside]
    const plan = await call<ReviewPlan>('task.reviewPlan', { commentIds: all.map(({ id }) => id) })
    expect(plan).toMatchObject({
      head: pull.headCommit,
      state: 'open',
      isOwn: false,
      outside: [outside.id],
      moved: [{ id: shifted.id, line: 20 }],
    })
    await call('task.sendReview', {
      verdict: 'request_changes',
      body: 'Numbers are numbers.',
      commentIds: all.map(({ id }) => id),
      seen: { head: plan.head, state: plan.state, outside: plan.outside },
    })
    expect(await jobEnd()).toMatchObject({ state: 'succeeded', error: null })
    expect(given()).toMatchObject([{ state: 'CHANGES_REQUESTED', commit: pull.headCommit }])
    expect(given()[0]?.body).toBe(
      'Numbers are numbers.\n\n**`engine.txt`, line 30**\n\n```\nsomething else\n```\n\nWhy is it here?',
    )
    expect(pull.threads.map(({ line, startLine, comments }) => [startLine, line, comments[0]?.body])).toEqual(
      [
        [null, 10, 'A number, please.'],
        [null, 20, 'And here.'],
        [9, 10, 'Both of these.'],
      ],
    )
  })

  it('waits without a network, survives a restart, and goes once when GitHub can be reached', async () => {
    const { world, comment, send, jobEnd, outgoing, given, sync, call } = await reviewedWorld()
    const one = await comment(10, 'Offline thoughts.', 'line ten')
    world.setOnline(false)
    await send([one], { body: 'Later.' })
    expect(await jobEnd()).toMatchObject({ state: 'failed', error: { kind: 'offline' } })
    expect(await outgoing(({ waits }) => waits)).toMatchObject({
      comments: [{ id: one.id }],
      problem: { kind: 'offline' },
      uncertain: false,
    })
    expect(await failure(send([]))).toMatchObject({ kind: 'conflict' })
    await world.restart()
    expect(await outgoing(({ waits }) => waits)).toMatchObject({ body: 'Later.' })
    world.setOnline(true)
    await sync()
    await world.github.until(() => given().length > 0)
    expect(given()).toMatchObject([{ state: 'COMMENTED', body: 'Later.' }])
    await sync()
    expect(given()).toHaveLength(1)
    expect(await failure(call('task.takeBackReview'))).toMatchObject({ kind: 'not_found' })
  })

  it('asks before anything is posted where the pull request is another now', async () => {
    const { world, model, pull, comment, send, jobEnd, outgoing, given, call, push } = await reviewedWorld()
    const gone = await comment(10, 'This one.', 'line ten')
    const stays = await comment(20, 'That one.', 'line twenty')
    const seen = pull.headCommit
    await push(['new', ...changed.with(9, 'line 10')])
    await send([gone, stays], { verdict: 'approve', head: seen })
    await jobEnd()
    const asks = await outgoing(({ conflict }) => conflict !== null)
    expect(asks).toMatchObject({
      waits: false,
      conflict: {
        head: pull.headCommit,
        state: 'open',
        outside: [gone.id],
        moved: [{ id: stays.id, line: 21 }],
      },
    })
    expect(given()).toEqual([])
    model.close(pull)
    const { conflict } = asks
    if (conflict === null) throw new Error('There is a conflict')
    const decision = { head: conflict.head, outside: conflict.outside }
    await call('task.resumeReview', { seen: { ...decision, state: 'open' } })
    // Closed meanwhile: the person decides once more.
    expect(await outgoing((one) => one.conflict?.state === 'closed')).toMatchObject({ verdict: 'approve' })
    expect(given()).toEqual([])
    await call('task.resumeReview', { seen: { ...decision, state: 'closed' }, verdict: 'comment' })
    await world.github.until(() => given().length > 0)
    expect(given()).toMatchObject([{ state: 'COMMENTED', comments: [{ body: 'That one.' }] }])
    expect(given()[0]?.body).toContain('**`engine.txt`, line 10**')
  })

  it('is taken back with all that was written', async () => {
    const { world, comment, send, jobEnd, call, taskId } = await reviewedWorld()
    const one = await comment(10, 'Hm.', 'line ten')
    world.setOnline(false)
    await send([one], { verdict: 'approve', body: 'Fine.' })
    await jobEnd()
    expect(await call('task.takeBackReview')).toEqual({ verdict: 'approve', body: 'Fine.' })
    expect(await world.app.until(`task:${taskId}`, 'comment', () => true)).toEqual(one)
    world.setOnline(true)
    expect(world.written().filter((text) => text.endsWith('/reviews'))).toEqual([])
  })

  it('is explained where GitHub refuses it', async () => {
    const { world, model, pull, octavia, send, jobEnd, outgoing, given, call } = await reviewedWorld()
    model.review(pull, octavia, 'PENDING')
    await send([], { body: 'Well.' })
    expect(await jobEnd()).toMatchObject({
      error: { kind: 'conflict', next: expect.stringContaining('discard') },
    })
    expect(await outgoing(() => true)).toMatchObject({ waits: false, uncertain: false })
    pull.reviews.length = 0
    pull.author = octavia
    await call('task.resumeReview', { verdict: 'approve' })
    // Nobody approves their own: it is known before it is sent.
    expect(await outgoing(({ conflict }) => conflict !== null)).toMatchObject({ conflict: { isOwn: true } })
    const before = world.written().length
    await call('task.resumeReview', { verdict: 'comment' })
    await world.github.until(() => given().length > 0)
    expect(world.written().slice(before)).toHaveLength(1)
  })

  it.each([
    ['is lost on its way', { kind: 'truncated' } as const],
    ['is no answer', { kind: 'malformed' } as const],
  ])('is never sent twice where the answer %s', async (_, effect) => {
    const { world, comment, send, jobEnd, done, outgoing, given, sync } = await reviewedWorld()
    const one = await comment(10, 'Once.', 'line ten')
    world.github.faults.add('POST */reviews', effect)
    await send([one], { body: 'Only once.' })
    expect(await jobEnd()).toMatchObject({ state: 'failed' })
    expect(given()).toHaveLength(1)
    expect(await outgoing(({ uncertain }) => uncertain)).toMatchObject({ waits: true })
    await sync()
    await done()
    expect(given()).toHaveLength(1)
  })

  it.each([
    ['before it is asked for', 'POST /graphql'],
    ['before it is posted', 'POST */reviews'],
    ['before its lines are looked up', 'GET */files'],
  ] as const)('goes on after the app ended, and is there once: %s', async (_, match) => {
    const { world, comment, send, done, given } = await reviewedWorld()
    const one = await comment(10, 'Once.', 'line ten')
    const restarted = new Promise<void>((resolve, reject) => {
      world.github.faults.between(match, 0, () => void world.restart().then(resolve, reject))
    })
    await send([one], { body: 'Only once.' })
    await restarted
    await world.github.until(() => given().length > 0)
    await done()
    expect(given()).toMatchObject([{ body: 'Only once.', comments: [{ body: 'Once.' }] }])
  })
})
