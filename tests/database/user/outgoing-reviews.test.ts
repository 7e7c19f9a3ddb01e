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
  expect(again.waiting()).toEqual([first])
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
  expect(store.waiting()).toEqual(waits ? [first] : [])
})
