import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { replaceLines, replacementPatch } from '../../../src/main/task/git/suggestion'
import { createRepository, createWorld, failure, sandboxGit } from './world'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'foundry-suggestion-'))
  execFileSync('git', ['init', '--quiet'], { cwd: folder })
})
afterAll(() => rmSync(folder, { recursive: true }))

/** What git makes of the patch. */
function applied(content: string, path: string, patch: string): string {
  writeFileSync(join(folder, path), content, 'latin1')
  writeFileSync(join(folder, '.patch'), patch, 'latin1')
  execFileSync('git', ['apply', '--whitespace=nowarn', '.patch'], { cwd: folder })
  return readFileSync(join(folder, path), 'latin1')
}

const made = (content: string, line: number, expected: string[], replacement: string[], path = 'file') =>
  replacementPatch(content, { path, line, expected, replacement })

it('finds the lines where they are said to be, or where they are now', () => {
  expect(made('a\nb\nc\n', 2, ['b'], ['x', 'y'])).toMatchObject({ line: 2 })
  expect(made('new\na\nb\nc\n', 2, ['b', 'c'], ['x'])).toMatchObject({ line: 3 })
  // At its place a line may be there twice.
  expect(made('b\nb\n', 2, ['b'], ['x'])).toMatchObject({ line: 2 })
  expect(made('b\na\nb\n', 2, ['b'], ['x'])).toBe('has these lines in several places now.')
  expect(made('a\n', 1, ['b'], ['x'])).toBe('does not have these lines any more.')
  expect(made('a\nb\n', 1, ['a'], ['a'])).toBeNull()
})

it('keeps how lines end, and names that git has to quote', () => {
  const crlf = made('a\r\nb\r\n', 2, ['b'], ['x', 'y'])
  if (crlf === null || typeof crlf === 'string') throw new Error('There is a patch')
  expect(applied('a\r\nb\r\n', 'file', crlf.text)).toBe('a\r\nx\r\ny\r\n')
  const strange = made('a\n', 1, ['a'], ['ä'], 'ein "ä".txt')
  if (strange === null || typeof strange === 'string') throw new Error('There is a patch')
  expect(strange.text).toContain('+++ "b/ein \\042\\303\\244\\042.txt"')
  expect(applied('a\n', 'ein "ä".txt', strange.text)).toBe(Buffer.from('ä\n').toString('latin1'))
})

/** Invariant: git applies what is made to exactly what it was made for, and what comes of it is what was suggested. */
it('makes of any file what was suggested', () => {
  const line = fc.constantFrom('a', 'b', '', ' ', '-a', '+b', '@@ -1 +1 @@', '\\', 'ä')
  fc.assert(
    fc.property(
      fc.array(line, { minLength: 1, maxLength: 12 }),
      fc.nat(),
      fc.nat(),
      fc.array(line, { maxLength: 4 }),
      fc.boolean(),
      (lines, one, other, replacement, ends) => {
        const [start = 0, last = 0] = [one % lines.length, other % lines.length].toSorted((a, b) => a - b)
        const expected = lines.slice(start, last + 1)
        // A file that ends with an empty line has a newline there.
        const hasEnd = ends || lines.at(-1) === ''
        const joined = (all: readonly string[]) => all.map((each) => `${each}\n`).join('')
        const content = hasEnd ? joined(lines) : joined(lines).slice(0, -1)
        const bytes = Buffer.from(content).toString('latin1')
        const patch = made(bytes, start + 1, expected, replacement)
        if (typeof patch === 'string') throw new Error(patch)
        if (patch === null) return
        const wanted = joined([...lines.slice(0, start), ...replacement, ...lines.slice(last + 1)])
        const atEnd = last === lines.length - 1
        const cut = !hasEnd && !(atEnd && replacement.length === 0)
        const result = cut ? wanted.slice(0, -1) : wanted
        expect(applied(bytes, 'file', patch.text)).toBe(Buffer.from(result).toString('latin1'))
      },
    ),
    { numRuns: 60 },
  )
})

it('writes plain files of the checkout only, and never behind a link', async () => {
  const world = await createWorld()
  const repo = await createRepository(world, 'repo', { 'a/b.txt': 'one\ntwo\n', 'c.txt': 'one\n' })
  await mkdir(join(world.root, 'outside'))
  await world.write(join(world.root, 'outside/b.txt'), 'one\ntwo\n')
  const git = sandboxGit(world, repo)
  const replace = (path: string) =>
    replaceLines(git, { path, line: 2, expected: ['two'], replacement: ['zwei'] })
  expect(await replace('a/b.txt')).toBe(2)
  expect(await readFile(join(repo, 'a/b.txt'), 'utf8')).toBe('one\nzwei\n')
  expect(await failure(replace('a/b.txt'))).toMatchObject({ kind: 'conflict' })

  await rm(join(repo, 'a'), { recursive: true })
  await symlink(join(world.root, 'outside'), join(repo, 'a'))
  expect(await failure(replace('a/b.txt'))).toMatchObject({ kind: 'git' })
  await rm(join(repo, 'c.txt'))
  await symlink(join(world.root, 'outside/b.txt'), join(repo, 'c.txt'))
  expect(await failure(replace('c.txt'))).toMatchObject({ kind: 'git' })
  expect(await readFile(join(world.root, 'outside/b.txt'), 'utf8')).toBe('one\ntwo\n')
  for (const path of [
    '../outside/b.txt',
    join(world.root, 'outside/b.txt'),
    '.git/config',
    'nothing.txt',
    'a*',
  ])
    expect(await failure(replace(path))).toMatchObject({ kind: expect.stringMatching(/^(not_found|git)$/) })
})
