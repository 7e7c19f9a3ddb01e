import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { excerptText, placeText, reviewPrompt } from '../../../src/shared/place-text'

const place = (side: 'old' | 'new', line: number) => ({ side, line })

it('names lines by their true numbers, and says which are gone', () => {
  expect(placeText({ from: place('new', 4), to: place('new', 4) })).toBe('Line 4')
  expect(placeText({ from: place('old', 9), to: place('new', 4) })).toBe('Lines 4 to 9')
  expect(placeText({ from: place('old', 3), to: place('old', 5) })).toBe('Lines 3 to 5, before the change')
})

it('makes one prompt of all comments, by file and line', () => {
  const comment = { id: 'comment_1' as const, createdAt: 1, from: place('new', 2), to: place('new', 2) }
  const prompt = reviewPrompt([
    { ...comment, path: 'src/a b.ts', excerpt: 'let x', text: 'Use const.' },
    { ...comment, path: 'b.ts', excerpt: '', text: 'Why?' },
  ])
  expect(prompt).toContain('@src/a b.ts line 2:\n```\nlet x\n```\nUse const.\n\n@b.ts line 2:\nWhy?\n')
})

/** Invariant: no line of the code itself ends the fence around it. */
it('fences code that holds fences', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('`', '``', '```', '````', 'a', '\n'), { minLength: 1 }), (parts) => {
      const code = parts.join('')
      const text = excerptText(code)
      const fence = /^`+/.exec(text)?.[0] ?? ''
      expect(text).toBe(`${fence}\n${code}\n${fence}\n`)
      expect(code.split('\n').some((line) => line.startsWith(fence))).toBe(false)
    }),
  )
})
