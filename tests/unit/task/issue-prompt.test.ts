import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { promptWithIssue } from '../../../src/main/task/issue-prompt'
import type { Issue } from '../../../src/shared/github'

const issue: Issue = {
  number: 7,
  title: 'Crash',
  body: '',
  state: 'open',
  url: 'https://github.com/acme/engine/issues/7',
  author: 'grace',
  labels: [],
  comments: 0,
  createdAt: 0,
  updatedAt: 0,
}

it('says what to do where a person wrote nothing, and has the issue below', () => {
  const prompt = promptWithIssue('  ', { ...issue, body: 'Line one\r\n\r\n\r\n\r\n> quoted' }, 'acme/engine')
  expect(prompt).toContain('Resolve the issue that is quoted below.\n\n---\nIssue #7 of acme/engine')
  expect(prompt).toMatch(/\n> Crash\n>\n> Line one\n>\n> > quoted\n$/)
})

it('leaves out what GitHub does not show', () => {
  const body = 'a<!-- hidden -->b\u{E0041}\u202Ec<!-- never closed'
  expect(promptWithIssue('x', { ...issue, body }, 'acme/engine')).toMatch(/\n> abc\n$/)
})

it('cuts what is very long, and says so', () => {
  const prompt = promptWithIssue('x', { ...issue, body: 'word '.repeat(20_000) }, 'acme/engine')
  expect(prompt.length).toBeLessThan(21_000)
  expect(prompt).toContain('It is longer than this and was cut.')
})

it('has every line of an issue quoted, whatever is in it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (title, body) => {
      const [, , below = ''] =
        /^([\s\S]*?\n---\n[^\n]*\n)\n([\s\S]*)$/.exec(
          promptWithIssue('Mine', { ...issue, title, body }, 'acme/engine'),
        ) ?? []
      const lines = below.split('\n').slice(0, -1)
      expect(lines.length).toBeGreaterThan(0)
      expect(lines.filter((line) => !line.startsWith('>'))).toEqual([])
    }),
  )
})
