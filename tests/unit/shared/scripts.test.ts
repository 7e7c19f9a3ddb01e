import * as fc from 'fast-check'
import { posix } from 'node:path'
import { describe, expect, it } from 'vitest'
import { canonicalScripts, effectiveScripts, needsSetup } from '@shared/scripts'
import { parseScripts, pathProblem } from '@shared/scripts-schema'

describe('the scripts of a repository', () => {
  it('are read with all there may be', () => {
    const scripts = {
      setup: 'npm ci',
      run: { dev: 'npm run dev', 'test watch': 'npx vitest' },
      teardown: 'docker compose down',
      copy: ['.env', 'config/local/'],
      link: ['node_modules'],
    }
    expect(parseScripts(JSON.stringify(scripts))).toEqual({
      scripts: { ...scripts, copy: ['.env', 'config/local'] },
    })
    expect(parseScripts('{}')).toEqual({ scripts: {} })
  })

  it.each([
    ['{', 'JSON'],
    ['[]', 'object'],
    ['{"setup": ""}', 'setup: A command must not be empty'],
    ['{"setup": ["npm"]}', 'setup: '],
    ['{"start": "npm start"}', 'start'],
    ['{"run": {"": "x"}}', 'run'],
    ['{"run": {"setup": "x"}}', 'run'],
    ['{"run": {"../x": "x"}}', 'run'],
    [String.raw`{"setup": "a\u0000b"}`, 'zero byte'],
    ['{"copy": ["../.env"]}', 'copy.0: '],
    ['{"link": ["/etc"]}', 'link.0: '],
  ])('%s is refused, with the place', (text, words) => {
    const read = parseScripts(text)
    expect('problem' in read && read.problem).toContain(words)
  })

  it('are the same in whatever order they are written, and others when anything is', () => {
    const one = { setup: 'a', run: { x: '1', y: '2' }, copy: ['b', 'a'] }
    expect(canonicalScripts({ copy: ['a', 'b'], run: { y: '2', x: '1' }, setup: 'a' })).toBe(
      canonicalScripts(one),
    )
    for (const other of [
      { ...one, setup: 'a ' },
      { ...one, run: { x: '1' } },
      { ...one, run: { x: '2', y: '1' } },
      { ...one, copy: ['a'] },
      { ...one, link: ['a'] },
      { ...one, teardown: 'a' },
    ])
      expect(canonicalScripts(other)).not.toBe(canonicalScripts(one))
  })

  it('of the person come before those of the file, field by field', () => {
    const file = { setup: 'a', run: { x: '1' }, copy: ['.env'] }
    expect(effectiveScripts(file, { setup: 'b', run: {} })).toEqual({ setup: 'b', run: {}, copy: ['.env'] })
    expect(effectiveScripts(null, null)).toEqual({})
    expect(needsSetup({ run: { x: '1' }, teardown: 'b' })).toBe(false)
    expect(needsSetup({ link: ['a'] })).toBe(true)
  })
})

describe('a path to copy or link', () => {
  it.each(['.env', 'a/b/.env.local', 'folder/', 'ä ö/…', '.gitignore', 'a.git'])('may be %s', (path) => {
    expect(pathProblem(path)).toBeNull()
  })

  it.each([
    '..',
    '../a',
    'a/../../b',
    '/a',
    'a//b',
    './a',
    'C:/a',
    'a\\b',
    '.git',
    '.git/hooks/x',
    'a/.GIT/config',
    'a\0b',
    '/',
  ])('may not be %j', (path) => {
    expect(pathProblem(path)).not.toBeNull()
  })

  it('never leads out of the folder, or into what belongs to git', () => {
    const part = fc.oneof(fc.constantFrom('..', '.', '', '.git', 'a', '\\', 'C:', '\0'), fc.string())
    fc.assert(
      fc.property(fc.array(part, { minLength: 1 }), (parts) => {
        const path = parts.join('/')
        if (pathProblem(path) !== null) return
        const reached = posix.resolve('/root/folder', path)
        expect(reached.startsWith('/root/folder/')).toBe(true)
        expect(reached.split('/').some((one) => one.toLowerCase() === '.git')).toBe(false)
      }),
    )
  })
})
