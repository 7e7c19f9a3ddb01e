import { inflateSync } from 'node:zlib'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createCheckpointStore } from '../../../src/main/task/checkpoints'
import { checkpoints } from '../../../src/main/task/tables'
import { openTestDatabase, type TestDatabase } from '../../support/database'

let test: TestDatabase
beforeEach(async () => {
  test = await openTestDatabase()
})
afterEach(() => test.close())

const taskId = 'task_00000000-0000-4000-8000-000000000001'

it('keeps the diff readable after a restart and tells the newest of a task', async () => {
  let time = 1000
  const store = createCheckpointStore(test.database, () => (time += 1))
  const tree = {
    commit: 'a'.repeat(40),
    parent: 'b'.repeat(40),
    files: 1,
    added: 2,
    removed: 0,
    diffTruncated: false,
  }
  const diff = new TextEncoder().encode('+hello\n+wörld\n')
  expect(store.latest(taskId)).toBeNull()
  await store.add({ taskId, sessionId: null, turnId: null, reason: 'archive' }, { ...tree, diff })
  await store.add(
    { taskId, sessionId: null, turnId: null, reason: 'archive' },
    { ...tree, commit: 'c'.repeat(40), diff: new Uint8Array() },
  )
  expect(store.latest(taskId)).toMatchObject({ commit: 'c'.repeat(40) })

  const rows = test.reopen().commands.select().from(checkpoints).all()
  expect(rows.map((row) => [row.commit, inflateSync(row.diff).toString()])).toEqual([
    ['a'.repeat(40), '+hello\n+wörld\n'],
    ['c'.repeat(40), ''],
  ])
})
