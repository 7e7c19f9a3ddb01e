import { expect, it } from 'vitest'
import { logExcerpt } from '../../../src/main/github/reviews/checks'

const stamp = '2026-03-01T12:00:00.1234567Z '

it('shows what leads to the last error, without stamps, colours and folds', () => {
  const raw = [
    `\uFEFF${stamp}##[group]Run npm test`,
    `${stamp}\u001b[31m\u001b[1mexpected 1\u001b[0m`,
    `${stamp}##[endgroup]`,
    `${stamp}##[error]Process completed with exit code 1.`,
    ...Array.from({ length: 30 }, (_, number) => `${stamp}cleaning up ${number}`),
  ].join('\r\n')
  const { text, cut } = logExcerpt(raw)
  expect(text.split('\n').slice(0, 3)).toEqual([
    'Run npm test',
    'expected 1',
    'error: Process completed with exit code 1.',
  ])
  expect(text.split('\n')).toHaveLength(11)
  expect(cut).toBe(true)
})

it('shows the end of a log without errors, of a few lines, and says whether there is more', () => {
  const lines = Array.from({ length: 500 }, (_, number) => `${stamp}line ${number}`)
  const { text, cut } = logExcerpt(lines.join('\n'))
  expect(text.split('\n').at(-1)).toBe('line 499')
  expect(text.split('\n')).toHaveLength(120)
  expect(cut).toBe(true)
  expect(logExcerpt(`${stamp}one\n${stamp}two\n`)).toEqual({ text: 'one\ntwo', cut: false })
  expect(logExcerpt('')).toEqual({ text: '', cut: false })
  const long = logExcerpt(`${'x'.repeat(30_000)}\nend`)
  expect(long).toEqual({ text: 'end', cut: true })
})
