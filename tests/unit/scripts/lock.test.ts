import { spawnSync } from 'node:child_process'
import { readFile, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { exists } from '../../../scripts/bootstrap/files.mjs'
import { isAbandoned, withLock } from '../../../scripts/bootstrap/lock.mjs'
import { emptyFolder } from './folder'

const quick = { pollMs: 5 }

function deadProcess(): number {
  return spawnSync(process.execPath, ['-e', '']).pid
}

describe('withLock', () => {
  test('lets one in at a time and removes the lock', async () => {
    const file = join(await emptyFolder(), 'locks', 'one')
    let inside = 0
    let most = 0
    const work = async () => {
      inside += 1
      most = Math.max(most, inside)
      await sleep(20)
      inside -= 1
    }
    await Promise.all(Array.from({ length: 5 }, () => withLock(file, work, quick)))
    expect(most).toBe(1)
    expect(await exists(file)).toBe(false)
  })

  test('is released when the work fails', async () => {
    const file = join(await emptyFolder(), 'one')
    await expect(
      withLock(
        file,
        async () => {
          throw new Error('failed')
        },
        quick,
      ),
    ).rejects.toThrow('failed')
    await expect(withLock(file, async () => 'in', quick)).resolves.toBe('in')
  })

  test('takes over from a process that died', async () => {
    const file = join(await emptyFolder(), 'one')
    await writeFile(file, JSON.stringify({ pid: deadProcess(), host: hostname(), id: 'x' }))
    await expect(withLock(file, async () => 'in', quick)).resolves.toBe('in')
  })

  test('waits for one that lives, and says so once', async () => {
    const file = join(await emptyFolder(), 'one')
    let said = 0
    const order: string[] = []
    const first = withLock(file, async () => {
      await sleep(60)
      order.push('first')
    })
    await sleep(10)
    const onWait = () => void (said += 1)
    await Promise.all([first, withLock(file, async () => order.push('second'), { ...quick, onWait })])
    expect(order).toEqual(['first', 'second'])
    expect(said).toBe(1)
  })

  test('does not remove a lock that somebody else has taken over', async () => {
    const file = join(await emptyFolder(), 'one')
    await withLock(file, async () => writeFile(file, 'theirs'), quick)
    expect(await readFile(file, 'utf8')).toBe('theirs')
  })
})

describe('isAbandoned', () => {
  test('judges by the process on this machine, by the heartbeat elsewhere', async () => {
    const file = join(await emptyFolder(), 'one')
    expect(await isAbandoned(file)).toBe(false)
    await writeFile(file, JSON.stringify({ pid: process.pid, host: hostname(), id: 'x' }))
    expect(await isAbandoned(file)).toBe(false)
    await writeFile(file, JSON.stringify({ pid: deadProcess(), host: 'elsewhere', id: 'x' }))
    expect(await isAbandoned(file)).toBe(false)
    await utimes(file, 0, 0)
    expect(await isAbandoned(file)).toBe(true)
  })

  test('gives one that is just being written the benefit of the doubt', async () => {
    const file = join(await emptyFolder(), 'one')
    await writeFile(file, '')
    expect(await isAbandoned(file)).toBe(false)
  })
})
