import { readFile, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createLog, formatEntry } from '../../../src/main/app/log'
import { createLogFile } from '../../../src/main/app/log-file'
import { createUncaughtHandler, isConnectionError, type Uncaught } from '../../../src/main/app/process-errors'
import { createRepetitions } from '../../../src/main/app/repetitions'
import { testFolder } from './folder'

const unexpected = (error: unknown): void => {
  throw error
}

describe('log', () => {
  it('writes redacted lines with scope and details, in order', async () => {
    const path = join(await testFolder(), 'logs', 'main.log')
    const file = createLogFile(path, unexpected)
    const log = createLog(file, false)
    log.info('100% of %s')
    log.scope('session').warn('failed', { token: 'ghp_0123456789abcdef', code: 3 })
    log.error('thrown', new Error('Bearer abcdefghijklmnop'))
    await file.flush()
    const text = await readFile(path, 'utf8')
    expect(text).toContain('info 100% of %s')
    expect(text).toContain('warn session: failed')
    expect(text).toContain('code: 3')
    expect(text).not.toContain('ghp_0123456789abcdef')
    expect(text).not.toContain('abcdefghijklmnop')
    expect(text).toMatch(/error thrown Error: Bearer \[redacted\]\n {8}at /)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  it('lets no text pass for an entry of ours or move the cursor', () => {
    const entry = formatEntry(new Date(0), 'info', undefined, [
      '%s',
      'a\r\n1970-01-01T00:00:00.000Z error b\u001b[2J\u009b1m',
    ])
    expect(entry).toBe('1970-01-01T00:00:00.000Z info a\n    1970-01-01T00:00:00.000Z error b\\x1B[2J\\x9B1m')
  })

  it('cuts what would fill the file', () => {
    expect(formatEntry(new Date(0), 'info', undefined, ['%s', 'x'.repeat(100_000)]).length).toBeLessThan(
      21_000,
    )
  })
})

describe('log file', () => {
  it('rotates, and keeps so many files and no more', async () => {
    const folder = await testFolder()
    const file = createLogFile(join(folder, 'main.log'), unexpected, { files: 3, bytesPerFile: 100 })
    for (let index = 0; index < 10; index += 1) {
      file.write(`${index}`.repeat(60))
      await file.flush()
    }
    expect((await readdir(folder)).sort()).toEqual(['main.1.log', 'main.2.log', 'main.log'])
    expect(await readFile(join(folder, 'main.log'), 'utf8')).toBe(`${'9'.repeat(60)}\n`)
    expect(await readFile(join(folder, 'main.2.log'), 'utf8')).toBe(`${'7'.repeat(60)}\n`)
  })

  it('goes on with the file of the run before', async () => {
    const path = join(await testFolder(), 'main.log')
    await writeFile(path, 'before\n')
    const file = createLogFile(path, unexpected)
    file.write('after')
    await file.flush()
    expect(await readFile(path, 'utf8')).toBe('before\nafter\n')
  })

  it('says once that it cannot write, and does not throw', async () => {
    const folder = await testFolder()
    await writeFile(join(folder, 'logs'), 'a file where the folder should be')
    const problems: unknown[] = []
    const file = createLogFile(join(folder, 'logs', 'main.log'), (error) => problems.push(error))
    for (let index = 0; index < 3; index += 1) {
      file.write('line')
      await file.flush()
    }
    expect(problems).toHaveLength(1)
  })
})

describe('uncaught errors', () => {
  class AcpHttpError extends Error {}

  it('knows a broken connection by name, code or cause', () => {
    const reset = Object.assign(new Error('read'), { code: 'ECONNRESET' })
    expect(isConnectionError(new AcpHttpError('x'))).toBe(true)
    expect(isConnectionError(new DOMException('The operation was aborted', 'AbortError'))).toBe(true)
    expect(isConnectionError(reset)).toBe(true)
    expect(isConnectionError(new TypeError('fetch failed', { cause: reset }))).toBe(true)
    expect(isConnectionError(new TypeError('x is not a function'))).toBe(false)
    expect(isConnectionError('AbortError')).toBe(false)
    const loop = new Error('loop')
    loop.cause = loop
    expect(isConnectionError(loop)).toBe(false)
  })

  it('reports the same one at the 1st, 10th and 100th time', () => {
    const reported: Uncaught[] = []
    const handler = createUncaughtHandler((uncaught) => reported.push(uncaught))
    const error = new Error('again')
    for (let index = 0; index < 150; index += 1) handler.rejection(error)
    handler.exception(new Error('other'))
    expect(reported.map(({ origin, times }) => [origin, times])).toEqual([
      ['rejection', 1],
      ['rejection', 10],
      ['rejection', 100],
      ['exception', 1],
    ])
  })

  it('forgets before it remembers too much', () => {
    const repetitions = createRepetitions()
    for (let index = 0; index < 1000; index += 1) expect(repetitions(String(index))).toBe(1)
  })
})
