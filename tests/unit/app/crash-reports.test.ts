import { appendFile, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createCrashReports } from '../../../src/main/app/crash-reports'
import { CRASH_REPORTS_KEPT } from '../../../src/shared/crash-report'
import { testFolder } from './folder'

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5)

async function reportsIn(folder: string) {
  const problems: unknown[] = []
  const path = join(folder, 'main.log')
  await writeFile(path, 'first line\n')
  const reports = createCrashReports({
    directory: folder,
    log: { path, flush: () => Promise.resolve() },
    about: 'Foundry 1.0.0, linux x64',
    now: () => NOW,
    onProblem: (error) => problems.push(error),
  })
  return { reports, path, problems }
}

describe('crash reports', () => {
  it('hold what ended and what the log said last, for the person alone', async () => {
    const { reports, path, problems } = await reportsIn(await testFolder())
    await appendFile(path, `${'an old line\n'.repeat(10_000)}the last line\n`)
    let changes = 0
    reports.onChange(() => (changes += 1))
    reports.note('The window ended:\n crashed')
    await reports.settled()

    const [report] = await reports.list()
    expect(report).toMatchObject({ at: NOW, what: 'The window ended: crashed' })
    const text = await reports.text(report?.name ?? '')
    expect(text).toMatch(/^The window ended: crashed\n2026-01-02T03:04:05.000Z, Foundry 1\.0\.0, linux x64\n/)
    expect(text).toContain('the last line\n')
    expect(text).not.toContain('first line')
    expect(text.length).toBeLessThan(66 * 1024)
    expect((await stat(join(path, '..', report?.name ?? ''))).mode & 0o777).toBe(0o600)
    expect({ changes, problems }).toEqual({ changes: 1, problems: [] })
  })

  it('hold no tokens', async () => {
    const { reports, path } = await reportsIn(await testFolder())
    const token = `ghp_${'aB3dE5fG7h'.repeat(4)}`
    await appendFile(path, `pushed with ${token}\n`)
    reports.note(`Uncaught exception: ${token} was refused`)
    await reports.settled()
    const [report] = await reports.list()
    expect(report?.what).toBe('Uncaught exception: [masked github-token #1] was refused')
    expect(await reports.text(report?.name ?? '')).not.toContain(token)
  })

  it('are few, and each has a file of its own', async () => {
    const folder = await testFolder()
    const { reports } = await reportsIn(folder)
    for (let count = 0; count < CRASH_REPORTS_KEPT + 5; count += 1) reports.note(`Crash ${count}`)
    await reports.settled()
    const list = await reports.list()
    expect(list).toHaveLength(CRASH_REPORTS_KEPT)
    expect(list[0]?.what).toBe(`Crash ${CRASH_REPORTS_KEPT + 4}`)
    await reports.removeAll()
    expect(await reports.list()).toEqual([])
    expect(await readdir(folder)).toEqual(['main.log'])
    await expect(reports.text(list[0]?.name ?? '')).rejects.toMatchObject({ kind: 'not_found' })
  })

  it('say so where they cannot be written, and end nothing', async () => {
    const folder = await testFolder()
    const { reports, problems } = await reportsIn(folder)
    await mkdir(join(folder, `crash-${NOW}.txt`))
    reports.note('A crash')
    reports.note('Another')
    await reports.settled()
    expect(problems).toHaveLength(1)
    expect(await readFile(join(folder, `crash-${NOW + 1}.txt`), 'utf8')).toMatch(/^Another\n/)
  })
})
