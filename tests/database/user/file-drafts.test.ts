import { expect, it, onTestFinished } from 'vitest'
import { createUser } from '../../../src/main/user/user'
import type { TaskId } from '../../../src/shared/ids'
import { openTestDatabase } from '../../support/database'

const first: TaskId = 'task_00000000-0000-4000-8000-000000000001'
const second: TaskId = 'task_00000000-0000-4000-8000-000000000002'

it('what was typed into files is kept byte for byte, one a file, until it is dropped or its task is deleted', async () => {
  const test = await openTestDatabase()
  onTestFinished(() => test.close())
  let time = 0
  const user = createUser(test.database, () => (time += 1))
  const drafts = user.fileDrafts
  const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte)
  drafts.save(first, 'b.txt', { bytes, version: 'v1' })
  drafts.save(first, 'a.txt', { bytes: new Uint8Array(), version: null })
  drafts.save(second, 'b.txt', { bytes: Uint8Array.of(1), version: 'v2' })
  expect(drafts.get(first, 'b.txt')).toEqual({ bytes, version: 'v1' })
  expect(drafts.get(first, 'a.txt')).toEqual({ bytes: new Uint8Array(), version: null })
  expect(drafts.ofTask(first)).toEqual(['b.txt', 'a.txt'])

  drafts.save(first, 'b.txt', { bytes: Uint8Array.of(2), version: 'v3' })
  expect(drafts.get(first, 'b.txt')).toEqual({ bytes: Uint8Array.of(2), version: 'v3' })
  expect(drafts.ofTask(first)).toEqual(['a.txt', 'b.txt'])
  drafts.drop(first, 'a.txt')
  drafts.drop(first, 'none.txt')
  expect(drafts.get(first, 'a.txt')).toBeNull()

  await user.erase(first, new AbortController().signal)
  expect(drafts.ofTask(first)).toEqual([])
  expect(drafts.ofTask(second)).toEqual(['b.txt'])
})
