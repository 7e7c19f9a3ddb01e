import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { beginStart } from '../../../src/main/app/start-record'
import { stopCrashLoop } from '../../../src/main/boot/starts'
import { testFolder } from './folder'

const now = Date.UTC(2026, 0, 2, 3, 4, 5)

describe('start record', () => {
  it('leaves nothing behind after a proper end', async () => {
    const folder = await testFolder()
    const first = await beginStart(folder, now, 11)
    expect(first).toMatchObject({ uncleanExit: null, failedStarts: 0 })
    await first.usable()
    await first.endedCleanly()
    expect(await readdir(folder)).toEqual([])
    expect(await beginStart(folder, now)).toMatchObject({ uncleanExit: null, failedStarts: 0 })
  })

  it('tells the next start that it was killed', async () => {
    const folder = await testFolder()
    await (await beginStart(folder, now, 11)).usable()
    const next = await beginStart(folder, now + 1, 12)
    expect(next.uncleanExit).toContain('process 11, started 2026-01-02T03:04:05.000Z')
    expect(next.failedStarts).toBe(0)
  })

  it('opens the recovery window after three starts that failed, until the person tries again', async () => {
    const folder = await testFolder()
    for (const failed of [0, 1, 2]) {
      const record = await beginStart(folder, now)
      expect(record.failedStarts).toBe(failed)
      expect(() => stopCrashLoop(record)).not.toThrow()
    }
    const fourth = await beginStart(folder, now)
    expect(() => stopCrashLoop(fourth)).toThrow('3 times in a row')
    await fourth.forgetFailures()
    expect((await beginStart(folder, now)).failedStarts).toBe(0)
  })

  it('counts only starts without a good one in between', async () => {
    const folder = await testFolder()
    await beginStart(folder, now)
    await beginStart(folder, now)
    await (await beginStart(folder, now)).usable()
    expect((await beginStart(folder, now)).failedStarts).toBe(0)
  })

  it.each(['', '{', 'null', '{"pid":"x"}', '{"pid":1,"startedAt":1e300}', '\0\0'])(
    'takes a file cut short by a power cut (%j) as an unclean exit',
    async (content) => {
      const folder = await testFolder()
      await writeFile(join(folder, 'running.json'), content)
      await writeFile(join(folder, 'starts.json'), content)
      const record = await beginStart(folder, now)
      expect(record.uncleanExit).toBe('Foundry did not end properly the last time.')
      expect(record.failedStarts).toBe(0)
    },
  )
})
