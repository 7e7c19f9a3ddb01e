import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { gitEnvironment } from '../../../src/main/sandbox/git/environment'
import { gitError, shellQuote } from '../../../src/main/sandbox/git/errors'
import { nulStrings, parseNumstat, parseRaw, toPathspec } from '../../../src/main/sandbox/git/parse'
import { findFailedHook } from '../../../src/main/task/git/hook-trace'
import { withoutCredentials } from '../../../src/main/repository/inspect'
import { formatConfig } from '../../../src/main/sandbox/checkout/config'

const bytes = (text: string) => new TextEncoder().encode(text)

describe('lists that git prints', () => {
  const path = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !text.includes('\0'))

  it('give back every name, and never half of one that was cut', () => {
    fc.assert(
      fc.property(fc.array(path), fc.nat(), (paths, cut) => {
        const all = bytes(paths.map((name) => `${name}\0`).join(''))
        expect(nulStrings(all)).toEqual(paths)
        const some = nulStrings(all.subarray(0, cut % (all.length + 1)))
        expect(paths.slice(0, some.length)).toEqual(some)
      }),
    )
  })

  it('tell changes with old and new paths, whatever they are called', () => {
    const change = fc.record({
      status: fc.constantFrom('M', 'A', 'D', 'T', 'R100', 'C75'),
      path,
      oldPath: path,
    })
    fc.assert(
      fc.property(fc.uniqueArray(change, { selector: (entry) => entry.path }), (entries) => {
        const moved = (status: string) => status.length > 1
        const raw = entries.map(({ status, path: name, oldPath }) => {
          const paths = moved(status) ? `${oldPath}\0${name}` : name
          return `:100644 100644 1111111 2222222 ${status}\0${paths}\0`
        })
        const numstat = entries.map(({ status, path: name, oldPath }) =>
          moved(status) ? `1\t2\t\0${oldPath}\0${name}\0` : `1\t2\t${name}\0`,
        )
        const parsed = parseRaw(bytes(raw.join('')), 1000)
        expect(parsed.total).toBe(entries.length)
        expect(parsed.changes.map((found) => [found.path, found.oldPath])).toEqual(
          entries.map(({ status, path: name, oldPath }) => [name, moved(status) ? oldPath : null]),
        )
        const counts = parseNumstat(bytes(numstat.join('')))
        for (const { path: name } of entries) expect(counts.get(name)).toEqual({ added: 1, removed: 2 })
      }),
    )
  })

  it('survive any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
        expect(parseRaw(noise, 10).changes.length).toBeLessThanOrEqual(10)
        expect(parseNumstat(noise).size).toBeLessThanOrEqual(noise.length)
      }),
    )
  })

  it('count beyond what they list, and know binary files', () => {
    const raw = bytes(
      Array.from({ length: 7 }, (_, n) => `:000000 100644 0000000 1111111 A\0f${n}\0`).join(''),
    )
    expect(parseRaw(raw, 3)).toMatchObject({ total: 7, changes: { length: 3 } })
    expect(parseNumstat(bytes('-\t-\tx.png\0')).get('x.png')).toEqual({ added: null, removed: null })
  })
})

describe('errors of git', () => {
  const classify = (stderr: string) =>
    gitError({ exitCode: 128, stdout: '', stderr, truncated: false }, 'It failed')

  it.each([
    ['fatal: could not write: No space left on device', 'disk_full'],
    ["fatal: sha1 file 'x' write error. Out of diskspace", 'disk_full'],
    ['error: could not lock config file: Read-only file system', 'read_only'],
    ["fatal: Unable to create '/r/.git/index.lock': File exists.", 'conflict'],
    ['*** Please tell me who you are.', 'git_identity'],
    ['fatal: empty ident name (for <>) not allowed', 'git_identity'],
    ['error: gpg failed to sign the data', 'git'],
    ["fatal: could not read Username for 'https://github.com': terminal prompts disabled", 'credentials'],
    ['fatal: unable to access: Could not resolve host: github.com', 'offline'],
    ['fatal: not a git repository (or any of the parent directories): .git', 'invalid_input'],
    ['something never seen before', 'git'],
  ])('%s is %s, with git’s own words', (stderr, kind) => {
    const error = classify(stderr)
    expect(error.kind).toBe(kind)
    expect(error.detail).toBe(stderr)
  })

  it('quotes paths for a shell', () => {
    expect(shellQuote('/a/b-c')).toBe('/a/b-c')
    expect(shellQuote("/it's $HOME")).toBe(`'/it'\\''s $HOME'`)
    expect(classify("fatal: detected dubious ownership in repository at '/a b'\n").next).toContain(
      "safe.directory '/a b'",
    )
  })
})

describe('small helpers', () => {
  it('keep variables that point git elsewhere out of its environment', () => {
    const environment = gitEnvironment({
      PATH: '/bin',
      GIT_DIR: '/x',
      GIT_INDEX_FILE: 'i',
      GIT_SSH_COMMAND: 'ssh -i k',
      LC_ALL: 'de',
    })
    expect(environment).toMatchObject({
      PATH: '/bin',
      GIT_SSH_COMMAND: 'ssh -i k',
      LC_ALL: 'C',
      GIT_TERMINAL_PROMPT: '0',
    })
    expect(environment).not.toHaveProperty('GIT_DIR')
    expect(environment).not.toHaveProperty('GIT_INDEX_FILE')
  })

  it.each([
    ['https://ada:t0ken@github.com/a/b.git', 'https://github.com/a/b.git'],
    ['https://t0ken@github.com/a/b', 'https://github.com/a/b'],
    ['https://a:p@ss@host/x', 'https://host/x'],
    ['ssh://git@host:22/a', 'ssh://git@host:22/a'],
    ['ssh://git:pw@host/a', 'ssh://git@host/a'],
    ['git@github.com:a/b.git', 'git@github.com:a/b.git'],
    ['/home/a@b/repo', '/home/a@b/repo'],
    ['https://github.com/a/b@c', 'https://github.com/a/b@c'],
  ])('%s is shown as %s', (url, shown) => expect(withoutCredentials(url)).toBe(shown))

  it('find the hook that failed, not those that only a hook’s own git ran', () => {
    const event = (fields: object) => JSON.stringify({ sid: 's1', time: 't', ...fields })
    const trace = [
      event({ event: 'version' }),
      event({ event: 'child_start', child_id: 0, child_class: 'hook', hook_name: 'pre-commit' }),
      event({ sid: 's1/s2', event: 'child_start', child_id: 0, child_class: 'hook', hook_name: 'inner' }),
      event({ sid: 's1/s2', event: 'child_exit', child_id: 0, code: 1 }),
      event({ event: 'child_exit', child_id: 0, code: 0 }),
      event({ event: 'child_start', child_id: 1, child_class: 'hook', hook_name: 'commit-msg' }),
    ]
    expect(findFailedHook(trace.join('\n'))).toBeNull()
    expect(
      findFailedHook([...trace, event({ event: 'child_exit', child_id: 1, code: 1 }), '{"cut'].join('\n')),
    ).toBe('commit-msg')
  })

  it('name one file, whatever is in its name', () => {
    expect(toPathspec(':(top)*.txt')).toBe(':(top,literal):(top)*.txt')
    expect(toPathspec('caf\uFFFD\uFFFD [x]?.txt')).toBe(':(top,glob)caf* \\[x\\]\\?.txt')
  })

  it('write settings that git reads back', () => {
    expect(formatConfig([{ section: ['remote', 'a"b\\c'], key: 'url', value: ' x # "y"\\\n' }])).toBe(
      '[remote "a\\"b\\\\c"]\n\turl = " x # \\"y\\"\\\\\\n"\n',
    )
  })
})
