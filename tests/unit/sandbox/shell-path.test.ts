import * as fc from 'fast-check'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  findOnPath,
  joinPath,
  parseShellEnvironment,
  ShellEnvironment,
} from '../../../src/main/sandbox/shell-path'

describe('parseShellEnvironment', () => {
  it('reads between the markers, whatever a profile prints around them', () => {
    const output =
      'Welcome!\nPATH=/wrong\nm4rk\nPATH=/a:/b\nEMPTY=\nLINES=one\ntwo\nEQ=a=b\nm4rk\nBye\nPATH=/wrong'
    expect(parseShellEnvironment(output, 'm4rk')).toEqual({
      PATH: '/a:/b',
      EMPTY: '',
      LINES: 'one',
      EQ: 'a=b',
    })
  })

  it('refuses an answer without both markers', () => {
    expect(() => parseShellEnvironment('m4rk\nPATH=/a', 'm4rk')).toThrow('incomplete')
    expect(() => parseShellEnvironment('PATH=/a', 'm4rk')).toThrow('incomplete')
  })

  it('gives back any environment of single lines', () => {
    const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,10}$/)
    const value = fc.string().filter((text) => !/[\r\n]/.test(text) && !text.includes('m4rk'))
    fc.assert(
      fc.property(fc.dictionary(name, value, { noNullPrototype: true }), (environment) => {
        const lines = Object.entries(environment).map((entry) => entry.join('='))
        expect(parseShellEnvironment(['m4rk', ...lines, 'm4rk'].join('\n'), 'm4rk')).toEqual(environment)
      }),
    )
  })
})

describe('joinPath', () => {
  it('keeps absolute folders, each once, in order', () => {
    expect(joinPath('/a:.:/b::~/c', undefined, '/b:/d:/a')).toBe('/a:/b:/d')
  })
})

describe('with a shell', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'foundry-shell-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  async function shell(text: string): Promise<string> {
    const file = join(folder, 'shell')
    await writeFile(file, `#!/bin/sh\n${text}\n`)
    await chmod(file, 0o755)
    return file
  }

  it('takes the PATH of the login shell, in front of the inherited one, and asks once', async () => {
    const SHELL = await shell(
      `echo asked >> '${folder}/count'; echo "Hello from a noisy profile"; export PATH=/from/profile:$PATH CLAUDE_CONFIG_DIR=/cfg; shift; eval "$1"; exit 3`,
    )
    const logged: string[] = []
    const environment = new ShellEnvironment({
      inherited: { SHELL, PATH: '/usr/bin:/bin', HOME: folder },
      log: (line) => void logged.push(line),
    })
    const [first, second] = await Promise.all([environment.get(), environment.get()])
    expect(first).toBe(second)
    expect(first).toMatchObject({
      PATH: '/from/profile:/usr/bin:/bin',
      CLAUDE_CONFIG_DIR: '/cfg',
      HOME: folder,
    })
    expect(first).not.toHaveProperty('DISABLE_AUTO_UPDATE')
    expect(logged).toEqual([])
  })

  it('falls back to the usual folders when the shell fails, and says so', async () => {
    for (const SHELL of [await shell('exit 1'), join(folder, 'absent'), 'relative']) {
      const logged: string[] = []
      const environment = new ShellEnvironment({
        inherited: { SHELL, PATH: '/usr/bin' },
        platform: 'darwin',
        home: '/Users/a',
        log: (line) => void logged.push(line),
      })
      const path = (await environment.get())['PATH']?.split(':')
      expect(path?.[0]).toBe('/usr/bin')
      expect(path).toEqual(
        expect.arrayContaining(['/opt/homebrew/bin', '/usr/local/bin', '/Users/a/.local/bin']),
      )
      expect(logged).toHaveLength(1)
    }
  })

  it('finds programs on a PATH, not folders or plain files', async () => {
    for (const name of ['one', 'two', 'three']) await mkdir(join(folder, name))
    await mkdir(join(folder, 'one', 'agent'))
    await writeFile(join(folder, 'two', 'agent'), '', { mode: 0o644 })
    await writeFile(join(folder, 'three', 'agent'), '', { mode: 0o755 })
    const PATH = ['one', 'two', 'three'].map((name) => join(folder, name)).join(':')
    expect(await findOnPath('agent', { PATH })).toBe(join(folder, 'three', 'agent'))
    expect(await findOnPath('other', { PATH })).toBeNull()
  })
})
