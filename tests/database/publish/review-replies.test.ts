import { describe, expect, it } from 'vitest'
import type { Job } from '../../../src/shared/domain'
import type { OutgoingReply } from '../../../src/shared/reviews'
import type { MatchedRequest } from '../../support/github/faults'
import { addThread, deleteThread, reply as replyThere, resolveThread } from '../../support/github/reviews'
import { reviewedWorld } from './reviewed-world'
import { failure } from './world'

const posts = ({ body }: MatchedRequest): boolean => body.includes('addPullRequestReviewThreadReply')
const looks = ({ body }: MatchedRequest): boolean => body.includes('query ReplyThread')

/** A thread of Ben's on the pull request, to be answered. */
async function threadWorld() {
  const reviewed = await reviewedWorld()
  const { world, model, pull, ben, call, taskId } = reviewed
  const thread = addThread(model, pull, { author: ben, path: 'engine.txt', line: 10, body: 'A number?' })
  const seen = { path: 'engine.txt', state: 'open', resolved: false }
  const reply = (body: string) =>
    call<OutgoingReply>('task.replyToThread', { threadId: thread.nodeId, body, seen })
  const outgoing = (wanted: (reply: OutgoingReply) => boolean) =>
    world.app.until<OutgoingReply>(`task:${taskId}`, 'outgoingReply', wanted)
  const job = (state: Job['state']) =>
    world.app.until<Job>(`task:${taskId}`, 'job', (one) => one.kind === 'task.reply' && one.state === state)
  /** What octavia has said in the thread. */
  const said = () => thread.comments.filter(({ author }) => author === world.octavia).map(({ body }) => body)
  return { ...reviewed, thread, seen, reply, outgoing, job, said }
}

describe('a reply', () => {
  it('waits without a network, survives a restart, and goes once when GitHub can be reached', async () => {
    const { world, thread, seen, call, reply, outgoing, said, sync, job, read } = await threadWorld()
    world.setOnline(false)
    const { id } = await reply('It is one now.')
    expect(await outgoing(({ waits }) => waits)).toMatchObject({
      id,
      threadId: thread.nodeId,
      body: 'It is one now.',
      problem: { kind: 'offline' },
      uncertain: false,
    })
    // The thread has one that waits: a second one would come before it, or twice.
    expect(await failure(reply('Or is it?'))).toMatchObject({ kind: 'conflict' })
    await world.restart()
    expect(await outgoing(({ waits }) => waits)).toMatchObject({ id, body: 'It is one now.' })
    world.setOnline(true)
    await sync()
    await job('succeeded')
    expect(said()).toEqual(['It is one now.'])
    expect(await read(false)).toMatchObject({ threads: [{ comments: [{}, { body: 'It is one now.' }] }] })
    await sync()
    expect(said()).toEqual(['It is one now.'])
    expect(await failure(call('task.dropReply', { replyId: id }))).toMatchObject({ kind: 'not_found' })
    expect(await failure(call('task.resumeReply', { replyId: id, seen }))).toMatchObject({
      kind: 'not_found',
    })
  })

  it('goes to its thread beside a review that waits, and beside one to another thread', async () => {
    const { world, model, pull, ben, call, seen, reply, send, given, said, sync } = await threadWorld()
    const other = addThread(model, pull, { author: ben, path: 'engine.txt', line: 20, body: 'And this?' })
    world.setOnline(false)
    await send([], { body: 'Later.' })
    await reply('First.')
    await call('task.replyToThread', { threadId: other.nodeId, body: 'Second.', seen })
    world.setOnline(true)
    await sync()
    const words = () => given().filter(({ body }) => body !== '')
    await world.github.until(() => said().length + other.comments.length + words().length === 4)
    expect(said()).toEqual(['First.'])
    expect(other.comments[1]).toMatchObject({ author: world.octavia, body: 'Second.' })
    expect(words()).toMatchObject([{ body: 'Later.' }])
  })

  it('is not sent once it is dropped', async () => {
    const { world, call, reply, outgoing, said, sync } = await threadWorld()
    world.setOnline(false)
    const { id } = await reply('Hm.')
    await outgoing(({ waits }) => waits)
    await call('task.dropReply', { replyId: id })
    world.setOnline(true)
    await sync()
    expect(
      world.github
        .calls()
        .filter(({ body }) => JSON.stringify(body).includes('addPullRequestReviewThreadReply')),
    ).toEqual([])
    // Another one may be written.
    await reply('Yes.')
    await world.github.until(() => said().length > 0)
    expect(said()).toEqual(['Yes.'])
  })

  it.each([
    ['was resolved', { thread: { resolved: true, state: 'open', mayReply: true } }],
    ['belongs to a pull request that was closed', { thread: { resolved: false, state: 'closed' } }],
    ['belongs to a pull request that was merged', { thread: { resolved: false, state: 'merged' } }],
  ] as const)('asks before it is sent to a thread that %s meanwhile', async (_, conflict) => {
    const { world, model, pull, ben, thread, seen, call, reply, outgoing, said } = await threadWorld()
    world.setOnline(false)
    const { id } = await reply('It is one now.')
    await outgoing(({ waits }) => waits)
    if (conflict.thread.resolved) resolveThread(model, thread, ben)
    if (conflict.thread.state === 'closed') model.close(pull)
    if (conflict.thread.state === 'merged') model.merge(pull)
    world.setOnline(true)
    await call('task.resumeReply', { replyId: id })
    expect(await outgoing((one) => one.conflict !== null)).toMatchObject({
      body: 'It is one now.',
      conflict,
      waits: false,
      problem: null,
    })
    expect(said()).toEqual([])
    const { resolved, state } = conflict.thread
    await call('task.resumeReply', { replyId: id, seen: { ...seen, resolved, state } })
    await world.github.until(() => said().length > 0)
    expect(said()).toEqual(['It is one now.'])
  })

  it('keeps its text where the thread is gone, and says so', async () => {
    const { world, model, thread, call, reply, outgoing, sync } = await threadWorld()
    world.setOnline(false)
    const { id } = await reply('It is one now.')
    await outgoing(({ waits }) => waits)
    deleteThread(model, thread)
    world.setOnline(true)
    await sync()
    const gone = (one: OutgoingReply) => one.conflict !== null && one.conflict.thread === null
    expect(await outgoing(gone)).toMatchObject({ id, body: 'It is one now.', seen: { path: 'engine.txt' } })
    await world.restart()
    expect(await outgoing(gone)).toMatchObject({ body: 'It is one now.' })
    await call('task.dropReply', { replyId: id })
  })

  it('keeps its text where this account may not reply any more, and goes when it may again', async () => {
    const { world, engine, call, reply, outgoing, said } = await threadWorld()
    engine.archived = true
    const { id } = await reply('It is one now.')
    expect(await outgoing((one) => one.conflict !== null)).toMatchObject({
      conflict: { thread: { mayReply: false } },
    })
    engine.archived = false
    world.github.faults.add(posts, { kind: 'forbidden' })
    await call('task.resumeReply', { replyId: id })
    expect(await outgoing((one) => one.problem !== null)).toMatchObject({
      problem: { kind: 'forbidden' },
      waits: false,
      // GitHub has answered.
      uncertain: false,
    })
    expect(said()).toEqual([])
    await call('task.resumeReply', { replyId: id })
    await world.github.until(() => said().length > 0)
    expect(said()).toEqual(['It is one now.'])
  })

  it.each([
    ['is lost on its way', { kind: 'truncated' } as const],
    ['is no answer', { kind: 'malformed' } as const],
  ])('is never sent twice where the answer %s', async (_, effect) => {
    const { world, thread, model, octavia, reply, outgoing, said, sync, job } = await threadWorld()
    // The same words as before: what is there already is told from what was sent.
    replyThere(model, thread, octavia, 'Yes.')
    world.github.faults.add(posts, effect)
    await reply('Yes.')
    expect(await outgoing(({ uncertain, problem }) => uncertain && problem !== null)).toMatchObject({
      waits: true,
    })
    expect(said()).toEqual(['Yes.', 'Yes.'])
    await sync()
    await job('succeeded')
    expect(said()).toEqual(['Yes.', 'Yes.'])
  })

  it('is sent although the same words are there from before, where the request was lost', async () => {
    const { world, thread, model, octavia, reply, outgoing, said, sync, job } = await threadWorld()
    replyThere(model, thread, octavia, 'Yes.')
    world.github.faults.add(posts, { kind: 'reset' })
    await reply('Yes.')
    await outgoing(({ uncertain, problem }) => uncertain && problem !== null)
    expect(said()).toEqual(['Yes.'])
    await sync()
    await job('succeeded')
    expect(said()).toEqual(['Yes.', 'Yes.'])
  })

  it.each([
    ['before the thread is looked at', looks],
    ['before it is posted', posts],
  ] as const)('goes on after the app ended, and is there once: %s', async (_, match) => {
    const { world, reply, said, job } = await threadWorld()
    const restarted = new Promise<void>((resolve, reject) => {
      world.github.faults.between(match, 0, () => void world.restart().then(resolve, reject))
    })
    await reply('Only once.')
    await restarted
    await world.github.until(() => said().length > 0)
    await job('succeeded')
    expect(said()).toEqual(['Only once.'])
  })

  it('is there once where the app ended after GitHub had it and before the answer came', async () => {
    const { world, thread, reply, said, job } = await threadWorld()
    const { promise: ended, resolve: end } = Promise.withResolvers<undefined>()
    world.github.faults.add(posts, { kind: 'late', until: ended })
    const { comments } = thread
    const written = new Promise<number>((resolve) => {
      comments.push = (...more) => {
        resolve(more.length)
        return Array.prototype.push.apply(comments, more)
      }
    })
    await reply('Only once.')
    await written
    await world.restart()
    end(undefined)
    await job('succeeded')
    expect(said()).toEqual(['Only once.'])
  })
})
