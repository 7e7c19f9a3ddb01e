import { access, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { createCheckouts } from '../../../src/main/sandbox/checkout/checkouts'
import type { RepositoryId, TaskId } from '../../../src/shared/ids'
import type { Storage, StorageState } from '../../../src/shared/lifecycle'
import { createRepository, createWorld, quietProgress } from '../git/world'
import { startApp } from '../github/app-world'

const clean: TaskId = 'task_00000001'
const worked: TaskId = 'task_00000002'
const repositoryId: RepositoryId = 'repo_00000001'
const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

it('removes what crashed runs left, and shows what holds work until somebody decides', async () => {
  const git = await createWorld()
  const folder = await createRepository(git, 'engine')
  const world = await startApp()
  const at = (...parts: string[]) => join(world.directory, ...parts)
  const checkouts = createCheckouts({
    storesDirectory: at('stores'),
    checkoutsDirectory: at('tasks'),
    git: git.git,
  })
  for (const taskId of [clean, worked])
    await checkouts.prepare(
      {
        taskId,
        repositoryId,
        source: { path: folder, originUrl: null },
        branch: 'work',
        start: { kind: 'base', branch: null },
        includeUncommitted: false,
        identity: null,
        access: null,
      },
      quietProgress(),
    )
  await checkouts.close()
  await writeFile(at('tasks', worked, 'half.txt'), 'half done')

  await world.restart()
  // The store stays with the checkout that borrows from it.
  await world.app.until<StorageState>('app', 'storage', ({ leftovers }) => leftovers === 2)
  expect(await isThere(at('tasks', clean))).toBe(false)
  expect(await isThere(at('tasks', worked, 'half.txt'))).toBe(true)
  expect(world.lines.join('\n')).toContain(`left with work in it: ${at('tasks', worked)}`)

  const storage = await world.app.call<Storage>('storage.read', { measure: true })
  expect(storage).toMatchObject({ tasks: [], taskCount: 0, cleanUps: [] })
  const left = storage.leftovers.find(({ kind }) => kind === 'checkout')
  expect(left).toMatchObject({ holdsWork: true, path: at('tasks', worked) })
  expect(left?.bytes).toBeGreaterThan(0)
  expect(storage.freeBytes).toBeGreaterThan(0)
  expect(storage.totalBytes).toBeGreaterThanOrEqual(left?.bytes ?? 0)

  // Its work is secured in the store, which is no leftover that anybody can lose by a click.
  const after = await world.app.call<Storage>('storage.removeLeftover', { key: left?.key })
  expect(after.leftovers.map(({ kind }) => kind)).toEqual(['store'])
  expect(await isThere(at('tasks', worked))).toBe(false)
  const refs = await git.run(at('stores', `${repositoryId}.git`), 'for-each-ref', '--format=%(refname)')
  expect(refs).toContain(`refs/foundry/${worked}/kept/worktree`)
  await expect(
    world.app.call('storage.removeLeftover', { key: after.leftovers[0]?.key }),
  ).rejects.toMatchObject({ kind: 'conflict' })
})
