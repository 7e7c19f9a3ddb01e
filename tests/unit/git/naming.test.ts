import { execFileSync } from 'node:child_process'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { conflictingBranch, freeBranchName, validateBranchName } from '../../../src/shared/branch-name'
import { deriveBranch, deriveTitle, randomBranch, slug } from '../../../src/main/task/naming'

describe('titles', () => {
  it.each([
    ['Fix OAuth callback bug in handler', 'fix: Fix OAuth callback bug in handler'],
    ['Add auth', 'feat: Add auth'],
    ['Improve prefix parsing', 'feat: Improve prefix parsing'],
    ['Debug view for the doctor page', 'feat: Debug view for the doctor page'],
    ['Update the README', 'docs: Update the README'],
    ['Refactoring of sync', 'refactor: Refactoring of sync'],
    ['\n\n  second line counts\nnot this', 'feat: second line counts'],
    ['FEAT: Shout', 'feat: Shout'],
    ['docs: how to fix it', 'docs: how to fix it'],
    ['feat:no space is no prefix', 'feat: feat no space is no prefix'],
    ['Überprüfe die Größe der Straße', 'feat: Überprüfe die Größe der Straße'],
    ['添加登录页面', 'feat: 添加登录页面'],
    ['हिन्दी में लिखो', 'feat: हिन्दी में लिखो'],
    ['', 'feat: update task'],
    ['🎉🎉', 'feat: update task'],
    ['`rm -rf /` && "x"', 'feat: rm -rf x'],
  ])('%j becomes %j', (prompt, title) => expect(deriveTitle(prompt)).toBe(title))

  it('prefers what the person gave', () => {
    expect(deriveTitle('something else', ' feat: Browser UI Flow ')).toBe('feat: Browser UI Flow')
    expect(deriveTitle('prompt', '   ')).toBe('feat: prompt')
  })

  it('cuts between words', () => {
    const title = deriveTitle('word '.repeat(40))
    expect(title).toBe(`feat: ${'word '.repeat(12).trim()}`)
  })

  it('is one short line for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (prompt) => {
        const title = deriveTitle(prompt)
        expect(title).toMatch(/^(feat|fix|docs|refactor): \S/)
        expect(title).not.toMatch(/[\p{Cc}\u2028\u2029]/u)
      }),
    )
  })
})

describe('branches', () => {
  it.each([
    ['feat: Add @mentions & #hashtags', 'feat-add-mentions-hashtags'],
    ['  spaces  everywhere  ', 'spaces-everywhere'],
    ['Café résumé', 'cafe-resume'],
    ['添加登录页面', '添加登录页面'],
    ['х'.repeat(60), 'х'.repeat(50)],
  ])('%j becomes %j', (title, branch) => expect(slug(title)).toBe(branch))

  it('takes a suffix when it is taken, in whatever case', () => {
    const taken = new Set(['Feat-X', 'feat-x-2', 'group'])
    expect(deriveBranch('feat: x', taken)).toBe('feat-x-3')
    expect(freeBranchName('group/one', taken)).toBe('group-one')
    expect(conflictingBranch('a', ['a/b'])).toBe('a/b')
    expect(conflictingBranch('ab', ['a', 'a/b'])).toBeNull()
  })

  it('is a name that git takes, for any title', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 120 }), (title) => {
        expect(validateBranchName(deriveBranch(title, new Set()))).toBeNull()
      }),
    )
  })
})

describe('a name for a new branch', () => {
  const branch = fc
    .array(fc.constantFrom('feat', 'fix', 'x', 'FIX', 'add-login', 'amber', 'ä', '2'), {
      minLength: 1,
      maxLength: 3,
    })
    .chain((parts) => fc.constantFrom(parts.join('/'), parts.join('-'), parts.join('')))
  const anyTitle = fc.oneof(
    branch,
    fc.string({ unit: 'grapheme', maxLength: 80 }),
    fc.string({ unit: 'binary' }),
  )

  it('is valid and conflicts with nothing, whatever there is', () => {
    fc.assert(
      fc.property(anyTitle, fc.array(branch, { maxLength: 30 }), (title, existing) => {
        // What a title makes is taken as well, and what comes after it.
        const taken = new Set([...existing, deriveBranch(title, new Set()).toUpperCase()])
        const name = deriveBranch(deriveTitle(title), taken)
        expect(validateBranchName(name)).toBeNull()
        expect(conflictingBranch(name, taken)).toBeNull()
      }),
    )
  })

  it('is a word and four characters at random, also when all of them are taken', () => {
    fc.assert(
      fc.property(
        fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })),
        fc.boolean(),
        (stream, same) => {
          const random = same ? () => 0 : () => stream.next().value ?? 0
          const first = randomBranch(new Set(), random)
          expect(first).toMatch(/^[a-z]+-[a-z0-9]{4}$/)
          expect(validateBranchName(first)).toBeNull()
          const taken = new Set([first.toUpperCase()])
          expect(conflictingBranch(randomBranch(taken, random), taken)).toBeNull()
        },
      ),
    )
  })
})

describe('the rules for branch names', () => {
  const gitTakes = (name: string): boolean => {
    try {
      execFileSync('git', ['check-ref-format', '--branch', name], { stdio: 'ignore', cwd: '/' })
      return true
    } catch {
      return false
    }
  }

  it('are those of the real git', () => {
    const piece = fc.constantFrom(
      'a',
      'B',
      '9',
      '.',
      '..',
      '/',
      '@',
      '{',
      '@{',
      '-',
      '_',
      '.lock',
      'lock',
      ' ',
      '~',
      '^',
      ':',
      '?',
      '*',
      '[',
      ']',
      '\\',
      '\u007F',
      '\u0001',
      '\t',
      'ä',
      '漢',
      '😀',
      '$',
      "'",
      '"',
      '!',
      '#',
      '%',
      '&',
      '(',
      ';',
      '<',
      '|',
      'HEAD',
      'refs/heads/',
    )
    // `@` alone is short for HEAD to `--branch`; no branch can be made of it.
    const name = fc
      .array(piece, { minLength: 1, maxLength: 6 })
      .map((parts) => parts.join(''))
      .filter((text) => text !== '@')
    fc.assert(
      fc.property(name, (candidate) => {
        expect({ candidate, taken: validateBranchName(candidate) === null }).toEqual({
          candidate,
          taken: gitTakes(candidate),
        })
      }),
      { numRuns: 250 },
    )
  }, 60_000)

  it('refuse what no argument can carry', () => {
    for (const name of ['', 'a\0b', '\uD800', 'x'.repeat(241), 'HEAD', '-x', '@']) {
      expect(validateBranchName(name)).toMatch(/\.$/)
    }
  })
})
