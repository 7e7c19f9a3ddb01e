import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import type { TaskId } from '../../../src/shared/ids'
import { createAuditLog } from '../../../src/main/audit-log/audit-log'
import { createFoundCommits } from '../../../src/main/task/found-commits'
import { openTestDatabase } from '../../support/database'
import { createRepository, createWorld, sandboxGit } from '../git/world'

const taskId: TaskId = 'task_00000000-0000-4000-8000-000000000001'

it('records commits of the branch that nobody else recorded, once, and none of its base', async () => {
  const data = await openTestDatabase()
  onTestFinished(() => data.close())
  const world = await createWorld()
  const repo = await createRepository(world, 'work')
  const git = sandboxGit(world, repo)
  const commit = async (subject: string): Promise<string> => {
    await writeFile(join(repo, 'a.txt'), `${subject}\n`)
    await world.run(repo, 'commit', '-qam', subject)
    return world.run(repo, 'rev-parse', 'HEAD')
  }
  const baseCommit = await world.run(repo, 'rev-parse', 'HEAD')
  const audit = createAuditLog(data.database, Date.now)
  const failures: unknown[] = []
  const make = () =>
    createFoundCommits({
      database: data.database,
      audit,
      look: (_task, run) => run(git, { baseCommit }),
      ids: (id) => ({ taskId: id }),
      branchOf: () => 'main',
      reportError: (error) => failures.push(error),
    })
  const found = () =>
    audit
      .page({ taskId, kinds: ['task.commits.found'], cursor: null })
      .rows.map(({ payload }) => payload['subject'])
      .toReversed()
  const find = make()
  await find(taskId)
  expect(found()).toEqual([])
  await commit('one')
  const two = await commit('two')
  await find(taskId)
  await find(taskId)
  expect(found()).toEqual(['one', 'two'])
  // Its own pushed branch is its own; what came from another branch of the remote is not.
  await world.run(repo, 'update-ref', 'refs/remotes/origin/main', two)
  await world.run(repo, 'checkout', '-q', '-b', 'theirs', baseCommit)
  await writeFile(join(repo, 'b.txt'), 'theirs\n')
  await world.run(repo, 'add', '-A')
  await world.run(repo, 'commit', '-qm', 'theirs')
  await world.run(repo, 'update-ref', 'refs/remotes/origin/other', 'HEAD')
  await world.run(repo, 'checkout', '-q', 'main')
  await world.run(repo, 'merge', '-q', '--no-ff', '-m', 'merge', 'theirs')
  const by = await commit('by a person')
  data.database.transaction(() =>
    audit.append({ kind: 'task.committed', actor: 'user_1', taskId, payload: { commit: by } }),
  )
  await find(taskId)
  // After a restart nothing is told again.
  await make()(taskId)
  expect(found()).toEqual(['one', 'two', 'merge'])
  expect(failures).toEqual([])
})
