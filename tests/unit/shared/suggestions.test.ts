import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { commentParts, lastLines, suggestionBlock } from '../../../src/shared/suggestions'

const suggestion = (...lines: string[]) => ({ kind: 'suggestion', lines })
const text = (words: string) => ({ kind: 'text', text: words })

it('reads suggestions out of a comment, and leaves other code in its text', () => {
  expect(commentParts('Better:\r\n\r\n```suggestion\r\nconst a = 1\r\n\r\n```\r\nIs it?')).toEqual([
    text('Better:\n'),
    suggestion('const a = 1', ''),
    text('Is it?'),
  ])
  expect(commentParts('```suggestion\n```')).toEqual([suggestion()])
  expect(commentParts('```ts\n```suggestion\nx\n```')).toEqual([text('```ts\n```suggestion\nx\n```')])
  expect(commentParts('~~~~ suggestion extra\n```\nx\n~~~\n~~~~')).toEqual([suggestion('```', 'x', '~~~')])
  expect(commentParts('  ```suggestion\n    x\n y\n  ```')).toEqual([suggestion('  x', 'y')])
  expect(commentParts('```suggestion\nnever closed')).toEqual([suggestion('never closed')])
  // A line with more than a fence is text, and so is one that is code by its indent.
  expect(commentParts('```suggestion`\nx')).toEqual([text('```suggestion`\nx')])
  expect(commentParts('    ```suggestion\n    x')).toEqual([text('    ```suggestion\n    x')])
  expect(commentParts('```suggestions\nx\n```')).toEqual([text('```suggestions\nx\n```')])
  expect(commentParts('')).toEqual([])
})

const line = fc
  .array(fc.constantFrom('`', '``', '```', '~~~', 'a', ' ', '  ', 'suggestion', '\t', 'ä'), { maxLength: 6 })
  .map((parts) => parts.join(''))

/** Invariant: whatever lines are suggested are the lines that are read, also between other words. */
it('reads the lines it wrote, whatever they hold', () => {
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), fc.constantFrom('', 'Words\n\n'), (lines, before) => {
      const parts = commentParts(`${before}${suggestionBlock(lines)}\nafter`)
      expect(parts.filter(({ kind }) => kind === 'suggestion')).toEqual([suggestion(...lines)])
      expect(parts.at(-1)).toEqual(text('after'))
    }),
  )
})

/** Invariant: nothing of a comment is lost or said twice, whatever its fences are. */
it('keeps every line of any comment', () => {
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
      const body = lines.join('\n')
      const said = commentParts(body).flatMap((part) =>
        part.kind === 'text' ? part.text.split('\n') : part.lines,
      )
      const wanted = lines.filter((one) => one.trim() !== '' && !/^ {0,3}(`{3,}|~{3,})/.test(one))
      const bare = (all: readonly string[]) =>
        all.map((one) => one.trimStart()).filter((one) => one.trim() !== '')
      const found = bare(said)
      for (const one of bare(wanted)) expect(found).toContain(one)
      expect(said.length).toBeLessThanOrEqual(lines.length + 1)
    }),
  )
})

it('tells the lines a piece of a diff ends with, as they are on a side', () => {
  const hunk = '@@ -1,3 +1,3 @@\n one\n-two\n-three\n+zwei\n+drei'
  expect(lastLines(hunk, 'new', 2)).toEqual(['zwei', 'drei'])
  expect(lastLines(hunk, 'old', 2)).toEqual(['two', 'three'])
  expect(lastLines(hunk, 'new', 3)).toEqual(['one', 'zwei', 'drei'])
  expect(lastLines(hunk, 'new', 4)).toBeNull()
  expect(lastLines(`${hunk}\n\\ No newline at end of file`, 'new', 1)).toEqual(['drei'])
})
