import { afterEach, beforeEach, expect, it } from 'vitest'
import type { ErrorKind } from '../../../src/shared/errors'
import type { TaskId } from '../../../src/shared/ids'
import { createUser } from '../../../src/main/user/user'
import { openTestDatabase, type TestDatabase } from '../../support/database'

let test: TestDatabase
beforeEach(async () => {
  test = await openTestDatabase()
})
afterEach(() => test.close())

const first: TaskId = 'task_00000000-0000-4000-8000-000000000001'
const second: TaskId = 'task_00000000-0000-4000-8000-000000000002'
const note = {
  path: 'a.ts',
  from: { side: 'new' as const, line: 3 },
  to: { side: 'new' as const, line: 3 },
  excerpt: 'x',
  text: 'Why?',
}

it('keeps one review of a task over a restart, with its comments and what is in its way', async () => {
  const { comments, outgoingReviews: store } = createUser(test.database, () => 5)
  const comment = comments.add(first, note)
  const seen = { head: 'abc', state: 'open' as const, outside: [comment.id] }
  const review = { number: 1, verdict: 'approve' as const, body: 'Fine.', comments: [comment], seen }
  const added = store.add(first, review)
  expect(added).toMatchObject({ ...review, conflict: null, problem: null, waits: false, uncertain: false })
  expect(() => store.add(first, review)).toThrow('UNIQUE')
  comments.remove(first, [comment.id])
  store.setAttempt(added.id, { at: 1 })

  const { outgoingReviews: again, comments: notes, erase } = createUser(test.reopen(), () => 6)
  expect(again.ofTask(first)).toEqual({ ...added, uncertain: true })
  expect(again.attempt(added.id)).toEqual({ at: 1 })
  expect(again.ofTask(second)).toBeNull()
  notes.restore(first, added.comments)
  expect(notes.ofTask(first)).toEqual([comment])

  const conflict = { head: 'def', state: 'closed' as const, isOwn: false, outside: [], moved: [] }
  again.fail(added.id, { kind: 'offline', message: 'No network' })
  expect(again.waiting()).toEqual([{ taskId: first, reviewId: added.id, replyId: null }])
  again.ask(added.id, conflict)
  expect(again.ofTask(first)).toMatchObject({ conflict, problem: null, waits: false })
  expect(again.waiting()).toEqual([])
  again.decide(added.id, { seen: { ...seen, head: 'def' }, verdict: 'comment' })
  expect(again.ofTask(first)).toMatchObject({ conflict: null, verdict: 'comment', seen: { head: 'def' } })
  await erase(first, new AbortController().signal)
  expect(again.ofTask(first)).toBeNull()
})

it.each<[ErrorKind, boolean]>([
  ['offline', true],
  ['rate_limited', true],
  ['credentials', true],
  ['github', true],
  ['conflict', false],
  ['forbidden', false],
  ['invalid_input', false],
  ['cancelled', false],
])('goes by itself after a failure that passes: %s, %s', (kind, waits) => {
  const { outgoingReviews: store } = createUser(test.database, () => 5)
  const seen = { head: 'abc', state: 'open' as const, outside: [] }
  const { id } = store.add(first, { number: 1, verdict: 'comment', body: 'Hm.', comments: [], seen })
  store.fail(id, { kind, message: 'So it is' })
  expect(store.ofTask(first)).toMatchObject({ waits })
  expect(store.waiting()).toEqual(waits ? [{ taskId: first, reviewId: id, replyId: null }] : [])
})

it('keeps a reply to each of several threads beside the review, over a restart', async () => {
  const { outgoingReviews: store } = createUser(test.database, () => 5)
  const review = { number: 1, verdict: 'comment' as const, body: 'Hm.', comments: [] }
  store.add(first, { ...review, seen: { head: 'abc', state: 'open', outside: [] } })
  const seen = { path: 'a.ts', state: 'open' as const, resolved: false }
  const one = store.addReply(first, { number: 1, threadId: 'T1', body: 'One.', seen })
  const two = store.addReply(first, { number: 1, threadId: 'T2', body: 'Two.', seen })
  store.addReply(second, { number: 2, threadId: 'T1', body: 'There.', seen })
  expect(() => store.addReply(first, { number: 1, threadId: 'T1', body: 'Again.', seen })).toThrow('UNIQUE')
  expect(one).toMatchObject({ threadId: 'T1', seen, conflict: null, problem: null, waits: false })
  store.setAttempt(one.id, { at: 1 })
  store.fail(one.id, { kind: 'offline', message: 'No network' })
  const conflict = { thread: { state: 'open' as const, resolved: true, mayReply: true } }
  store.ask(two.id, conflict)

  const { outgoingReviews: again, erase } = createUser(test.reopen(), () => 6)
  expect(again.ofTask(first)).toMatchObject({ body: 'Hm.' })
  expect(again.repliesOf(first)).toMatchObject([
    { id: one.id, body: 'One.', waits: true, uncertain: true, problem: { kind: 'offline' } },
    { id: two.id, body: 'Two.', waits: false, uncertain: false, conflict },
  ])
  const waiting = again.waiting().map(({ taskId, replyId }) => [taskId, replyId])
  expect(waiting).toContainEqual([first, one.id])
  expect(waiting).not.toContainEqual([first, two.id])
  again.decide(two.id, { seen: { ...seen, resolved: true } })
  expect(again.repliesOf(first)[1]).toMatchObject({ conflict: null, seen: { resolved: true } })
  await erase(first, new AbortController().signal)
  expect([again.repliesOf(first).length, again.repliesOf(second).length]).toEqual([0, 1])
})
