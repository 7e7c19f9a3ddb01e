import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest'
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
  path: 'src/ä b.ts',
  from: { side: 'old' as const, line: 3 },
  to: { side: 'new' as const, line: 4 },
  excerpt: 'const a = 1',
  text: 'Why?',
}

it('keeps comments of a task in the order of writing, over a restart, until they are removed', async () => {
  let time = 0
  const now = () => (time += 1)
  const { comments } = createUser(test.database, now)
  const one = comments.add(first, note)
  const two = comments.add(first, { ...note, text: 'And here?' })
  comments.add(second, note)
  comments.edit(first, one.id, 'Why so?')
  expect(() => comments.edit(second, one.id, 'x')).toThrow('does not exist')

  const again = createUser(test.reopen(), now)
  expect(again.comments.ofTask(first)).toEqual([{ ...one, text: 'Why so?' }, two])
  again.comments.remove(second, [one.id])
  again.comments.remove(first, [one.id, one.id])
  expect(again.comments.ofTask(first)).toEqual([two])
  await again.erase(first, new AbortController().signal)
  expect(again.comments.ofTask(first)).toEqual([])
  expect(again.comments.ofTask(second)).toHaveLength(1)
})

it('keeps the order of writing within one moment, also when they are written again', () => {
  // Ids begin with the time, too.
  vi.spyOn(Date, 'now').mockReturnValue(1_790_000_000_000)
  onTestFinished(() => void vi.restoreAllMocks())
  const { comments } = createUser(test.database, () => 5)
  const texts = Array.from({ length: 20 }, (_, number) => `Text ${number}`)
  const all = texts.map((text) => comments.add(first, { ...note, text }))
  expect(comments.ofTask(first).map(({ text }) => text)).toEqual(texts)
  comments.remove(
    first,
    all.map(({ id }) => id),
  )
  comments.restore(first, all)
  expect(comments.ofTask(first)).toEqual(all)
})
