import { spawnSync } from 'node:child_process'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { cached } from '../../../scripts/bootstrap/cache.mjs'
import { exists } from '../../../scripts/bootstrap/files.mjs'
import { onlyWhenChanged } from '../../../scripts/build/stamp.mjs'
import { emptyFolder } from './folder'

const contentOf = async (root: string) => (await readdir(root)).filter((name) => name !== 'locks')

test('an entry is made once, by the first of two who ask at the same time', async () => {
  const root = await emptyFolder()
  let made = 0
  const fill = async (folder: string) => {
    made += 1
    await sleep(20)
    await writeFile(join(folder, 'file'), 'x')
  }
  const folders = await Promise.all([cached(root, 'entry', fill), cached(root, 'entry', fill)])
  expect(folders).toEqual([join(root, 'entry'), join(root, 'entry')])
  expect(made).toBe(1)
  expect(await contentOf(root)).toEqual(['entry'])
})

test('nothing is left of an entry that could not be made, and the next attempt makes it', async () => {
  const root = await emptyFolder()
  const fail = async (folder: string) => {
    await writeFile(join(folder, 'half'), 'x')
    throw new Error('no network')
  }
  await expect(cached(root, 'entry', fail)).rejects.toThrow('no network')
  expect(await contentOf(root)).toEqual([])
  const folder = await cached(root, 'entry', async (temporary: string) =>
    writeFile(join(temporary, 'file'), 'x'),
  )
  expect(await readdir(folder)).toEqual(['file'])
})

test('what an ended process left behind is removed, what a living one works on is not', async () => {
  const root = await emptyFolder()
  const dead = spawnSync(process.execPath, ['-e', '']).pid
  await mkdir(join(root, `entry.tmp-${dead}-0a`))
  await mkdir(join(root, `entry.tmp-${process.pid}-0b`))
  await mkdir(join(root, `other.tmp-${dead}-0c`))
  await cached(root, 'entry', async () => undefined)
  expect((await contentOf(root)).toSorted()).toEqual(
    ['entry', `entry.tmp-${process.pid}-0b`, `other.tmp-${dead}-0c`].toSorted(),
  )
})

test('a copy made at the same time elsewhere wins when it was first', async () => {
  const root = await emptyFolder()
  const folder = await cached(root, 'entry', async (temporary: string) => {
    await writeFile(join(temporary, 'file'), 'ours')
    await mkdir(join(root, 'entry'))
    await writeFile(join(root, 'entry', 'theirs'), '')
  })
  expect(await readdir(folder)).toEqual(['theirs'])
  expect(await contentOf(root)).toEqual(['entry'])
})

test('work is skipped for the same inputs, and done again after it was interrupted', async () => {
  const stamp = join(await emptyFolder(), 'stamp')
  const works: string[] = []
  const run = (inputs: string, work = async () => void works.push(inputs)) =>
    onlyWhenChanged(stamp, inputs, work)
  expect(await run('1')).toBe(true)
  expect(await run('1')).toBe(false)
  expect(await run('2')).toBe(true)
  await expect(run('3', () => Promise.reject(new Error('interrupted')))).rejects.toThrow('interrupted')
  expect(await exists(stamp)).toBe(false)
  expect(await run('2')).toBe(true)
  expect(works).toEqual(['1', '2', '2'])
})
