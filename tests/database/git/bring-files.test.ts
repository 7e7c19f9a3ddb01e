import { lstat, mkdir, mkdtemp, readFile, readlink, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { bringFiles } from '../../../src/main/sandbox/checkout/bring-files'

let root: string
let folder: string
let checkout: string

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'foundry-bring-')))
  folder = join(root, 'folder')
  checkout = join(root, 'checkout')
  await mkdir(join(folder, 'config', 'deep'), { recursive: true })
  await mkdir(checkout)
  await writeFile(join(root, 'secret'), 'not yours')
  await writeFile(join(folder, '.env'), 'A=1')
  await writeFile(join(folder, 'config', 'deep', 'local.json'), '{}')
  await symlink('../secret', join(folder, 'config', 'leak'))
  await symlink('../secret', join(folder, 'out'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

it('copies files and folders, and links', async () => {
  const { brought, notes } = await bringFiles({
    folder,
    checkout,
    copy: ['.env', 'config'],
    link: ['config/deep'],
  })
  // The folder was copied by then.
  expect(brought).toEqual(['.env', 'config'])
  expect(notes).toEqual(['config/deep was not linked: there is one in the checkout already.'])
  expect(await readFile(join(checkout, '.env'), 'utf8')).toBe('A=1')
  expect(await readFile(join(checkout, 'config', 'deep', 'local.json'), 'utf8')).toBe('{}')
  await expect(lstat(join(checkout, 'config', 'leak'))).rejects.toThrow('ENOENT')

  await bringFiles({ folder, checkout, copy: [], link: ['config/deep/../deep/local.json'] })
  const other = await bringFiles({ folder, checkout, copy: [], link: ['config/deep/none'] })
  expect(other.notes).toEqual(['config/deep/none was not linked: your folder does not have it.'])
})

it('links to the file itself, in folders that it makes', async () => {
  await bringFiles({ folder, checkout, copy: [], link: ['config/deep/local.json'] })
  expect(await readlink(join(checkout, 'config', 'deep', 'local.json'))).toBe(
    join(folder, 'config', 'deep', 'local.json'),
  )
})

it('takes nothing from outside the folder, and writes nothing outside the checkout', async () => {
  await symlink(root, join(checkout, 'config'))
  const { brought, notes } = await bringFiles({
    folder,
    checkout,
    copy: ['out', 'config/deep/local.json', 'missing'],
    link: ['out'],
  })
  expect(brought).toEqual([])
  expect(notes).toEqual([
    'out was not copied: it leads out of your folder.',
    'config/deep/local.json was not copied: a link in the checkout leads to another place.',
    'missing was not copied: your folder does not have it.',
    'out was not linked: it leads out of your folder.',
  ])
  await expect(lstat(join(root, 'deep'))).rejects.toThrow('ENOENT')
})

it('leaves what is there', async () => {
  await writeFile(join(checkout, '.env'), 'mine')
  const { notes } = await bringFiles({ folder, checkout, copy: ['.env'], link: [] })
  expect(notes).toEqual(['.env was not copied: there is one in the checkout already.'])
  expect(await readFile(join(checkout, '.env'), 'utf8')).toBe('mine')
})
