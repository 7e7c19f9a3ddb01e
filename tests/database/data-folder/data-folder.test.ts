import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import {
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { askForChange, pendingChange } from '../../../src/main/data-folder/change'
import { moveFolder, planMove, removeOld } from '../../../src/main/data-folder/move'
import { forgetMove, movedTo, requireFolder, setMovedTo } from '../../../src/main/data-folder/place'
import { runReset } from '../../../src/main/data-folder/reset'
import { readOutcome } from '../../../src/main/database'
import { relocateCheckouts } from '../../../src/main/sandbox/checkout/relocate'
import { DatabaseFolder } from '../../support/database-folder'
import { writeHistory } from '../../support/history'

let world: string
let home: string
beforeEach(async () => {
  world = await mkdtemp(join(tmpdir(), 'foundry-place-'))
  home = join(world, 'home')
  await mkdir(home)
  await DatabaseFolder.at(home).use((databases) => writeHistory(databases, 1, 3))
  await mkdir(join(home, 'tasks', 'one'), { recursive: true })
  await writeFile(join(home, 'tasks', 'one', 'run.sh'), '#!/bin/sh', { mode: 0o755 })
  await symlink(join(home, 'tasks', 'one', 'run.sh'), join(home, 'tasks', 'one', 'inside'))
  await symlink('/usr/bin/env', join(home, 'tasks', 'one', 'outside'))
  await writeFile(join(home, 'settings.json'), '{}')
})
afterEach(() => rm(world, { recursive: true, force: true }))

const move = (
  to: string,
  signal = new AbortController().signal,
  progress = (): void => undefined,
): Promise<void> => moveFolder({ from: home, to, home, at: 7, signal, progress })

describe('a move', () => {
  it('copies everything, compares it, and only then makes it the data folder', async () => {
    const to = join(world, 'to')
    let before: string | null = 'never looked'
    await move(to, undefined, () => {
      before ??= null
    })
    expect(before).toBe('never looked')
    expect(await movedTo(home)).toBe(to)
    expect((await stat(join(to, 'tasks', 'one', 'run.sh'))).mode & 0o777).toBe(0o755)
    expect((await stat(to)).mode & 0o777).toBe(0o700)
    expect(await readlink(join(to, 'tasks', 'one', 'inside'))).toBe(join(to, 'tasks', 'one', 'run.sh'))
    expect(await readlink(join(to, 'tasks', 'one', 'outside'))).toBe('/usr/bin/env')
    expect(await readOutcome(to)).toEqual({ kind: 'moved', at: 7, from: home, to })
    // The old one is as it was, until a person says otherwise.
    expect(existsSync(join(home, 'foundry.db'))).toBe(true)
    await removeOld(home)
    expect(await readdir(home)).toEqual(['location.json'])
    await DatabaseFolder.at(to).use(({ database }) =>
      expect(database.commands.$client.prepare('SELECT count(*) FROM tasks').pluck().get()).toBe(3),
    )
  })

  it('that is stopped leaves both folders as they were', async () => {
    const to = join(world, 'to')
    const abort = new AbortController()
    await expect(move(to, abort.signal, () => abort.abort())).rejects.toMatchObject({ kind: 'cancelled' })
    expect(existsSync(to)).toBe(false)
    expect(await movedTo(home)).toBeNull()
    await mkdir(to)
    await expect(move(to, abort.signal)).rejects.toMatchObject({ kind: 'cancelled' })
    expect(await readdir(to)).toEqual([])
  })

  it('goes back to where it began', async () => {
    const to = join(world, 'to')
    await move(to)
    await removeOld(home)
    await moveFolder({
      from: to,
      to: home,
      home,
      at: 8,
      signal: new AbortController().signal,
      progress: () => undefined,
    })
    expect(await movedTo(home)).toBeNull()
    expect(existsSync(join(home, 'foundry.db'))).toBe(true)
  })

  it.each([
    ['inside itself', () => join(home, 'tasks', 'new'), 'inside the data folder'],
    ['to where it is', () => home, 'there already'],
    ['around itself', () => world, 'inside that folder'],
    ['into a folder with something in it', () => join(world, 'full'), 'not empty'],
    ['to a file', () => join(world, 'full', 'a file'), 'a file'],
    ['into a checkout', () => join(world, 'checkout', 'data'), 'git checkout'],
    [
      'into a synchronized folder, by its name',
      () => join(world, 'OneDrive - Company', 'data'),
      'synchronized',
    ],
    [
      'into a synchronized folder, by a mark in it',
      () => join(world, 'marked', 'deep', 'data'),
      'synchronized',
    ],
    ['through a link into itself', () => join(world, 'link', 'x'), 'inside the data folder'],
  ])('%s is refused, and nothing is made', async (_what, place, why) => {
    await mkdir(join(world, 'full'))
    await writeFile(join(world, 'full', 'a file'), 'x')
    await mkdir(join(world, 'checkout', '.git'), { recursive: true })
    await mkdir(join(world, 'OneDrive - Company'))
    await mkdir(join(world, 'marked', '.stfolder'), { recursive: true })
    await symlink(home, join(world, 'link'))
    const plan = await planMove(home, place())
    expect(plan.refusal?.message).toContain(why)
    await expect(move(place())).rejects.toMatchObject({ kind: 'conflict' })
    expect(await movedTo(home)).toBeNull()
  })

  it.runIf(process.getuid?.() === 0 && process.platform === 'linux')(
    'to a disk that is too small is refused',
    async () => {
      const small = join(world, 'small')
      await mkdir(small)
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small])
      try {
        expect((await planMove(home, join(small, 'data'))).refusal).toMatchObject({ kind: 'disk_full' })
      } finally {
        execFileSync('umount', [small])
      }
    },
  )
})

describe('a data folder that is elsewhere', () => {
  it('is not made up when it is away, and not opened when it is copied in part', async () => {
    const to = join(world, 'to')
    await setMovedTo(home, to)
    expect(await movedTo(home)).toBe(to)
    await expect(requireFolder(to, true)).rejects.toMatchObject({ kind: 'not_found' })
    await mkdir(to)
    await expect(requireFolder(to, true)).rejects.toMatchObject({ kind: 'not_found' })
    await writeFile(join(to, 'foundry.db'), '')
    await requireFolder(to, true)
    await writeFile(join(to, 'incomplete.json'), '{}')
    await expect(requireFolder(to, false)).rejects.toMatchObject({ kind: 'conflict' })
    await forgetMove(home)
    expect(await movedTo(home)).toBeNull()
    await writeFile(join(home, 'location.json'), 'no json')
    await expect(movedTo(home)).rejects.toMatchObject({ kind: 'conflict' })
  })

  it('has checkouts that borrow from stores by its new path', async () => {
    const checkout = join(home, 'tasks', 'task_1', '.git', 'objects', 'info')
    await mkdir(checkout, { recursive: true })
    await writeFile(join(checkout, 'alternates'), `${home}/stores/repo_1.git/objects\n/elsewhere/objects\n`)
    const to = join(world, 'by-hand')
    await rename(home, to)
    expect(await relocateCheckouts(join(to, 'tasks'), home, to)).toBe(1)
    expect(await readFile(join(to, 'tasks', 'task_1', '.git', 'objects', 'info', 'alternates'), 'utf8')).toBe(
      `${to}/stores/repo_1.git/objects\n/elsewhere/objects\n`,
    )
    expect(await relocateCheckouts(join(to, 'tasks'), home, to)).toBe(0)
  })
})

describe('a reset', () => {
  const kept = 'reset-1795000000000'
  const reset = { kind: 'reset', kept, at: 1 } as const
  const undo = { kind: 'undo_reset', name: kept, kept: 'reset-1795000000001', at: 2 } as const

  it('sets everything aside but backups and logs, and is undone', async () => {
    await mkdir(join(home, 'backups'))
    await askForChange(home, reset)
    await runReset(home, reset)
    expect((await readdir(home)).toSorted()).toEqual(['backups', 'outcome.json', kept])
    expect(await readOutcome(home)).toEqual({ kind: 'reset', at: 1, kept })
    expect(await pendingChange(home)).toBeNull()
    await writeFile(join(home, 'settings.json'), '{"since":true}')
    await runReset(home, undo)
    expect(await readFile(join(home, 'settings.json'), 'utf8')).toBe('{}')
    expect(await readFile(join(home, undo.kept, 'settings.json'), 'utf8')).toContain('since')
    expect(existsSync(join(home, 'tasks', 'one', 'run.sh'))).toBe(true)
    expect(existsSync(join(home, kept))).toBe(false)
  })

  it('that is killed between any two of its steps goes on at the next start', async () => {
    // What a killed run has done already, entry by entry.
    const entries = ['tasks', 'settings.json', 'foundry.db']
    for (let done = 0; done <= entries.length; done += 1) {
      const folder = join(world, `after-${done}`)
      await cp(home, folder, { recursive: true, verbatimSymlinks: true })
      await mkdir(join(folder, kept))
      for (const name of entries.slice(0, done)) await rename(join(folder, name), join(folder, kept, name))
      await runReset(folder, reset)
      for (const name of entries) expect(existsSync(join(folder, kept, name))).toBe(true)
      // The undo, killed while it brings them back: what is back is not set aside again.
      await mkdir(join(folder, undo.kept, 'set-aside'), { recursive: true })
      for (const name of entries.slice(0, done)) await rename(join(folder, kept, name), join(folder, name))
      await runReset(folder, undo)
      for (const name of entries) expect(existsSync(join(folder, name))).toBe(true)
    }
  })
})
