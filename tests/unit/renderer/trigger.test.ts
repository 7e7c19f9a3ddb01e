import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { completed, triggerAt } from '../../../src/renderer/features/composer/trigger'

/** The caret stands at the bar. */
const at = (text: string) => triggerAt(text.replace('|', ''), text.indexOf('|'))

describe('what can be completed at the caret', () => {
  it.each([
    ['/|', 'command', ''],
    ['/rev|iew', 'command', 'rev'],
    ['look at @|', 'file', ''],
    ['look at (@src/a|', 'file', 'src/a'],
    ['@"my no| and on', 'file', 'my no'],
    ['fix #12|', 'number', '12'],
    ['line\n#|', 'number', ''],
  ])('%s', (text, kind, words) => {
    expect(at(text)).toMatchObject({ kind, words })
  })

  it.each(['|', 'a /x|', 'me@example|', 'C#|', '@a |', '@"a" b|', 'x\n/y|'])('is nothing in %s', (text) => {
    expect(at(text)).toBeNull()
  })

  it('becomes the chosen word, with the caret behind it and the rest as it was', () => {
    const text = 'See @sr and more'
    const trigger = triggerAt(text, 7)
    expect(trigger).toMatchObject({ start: 4, end: 7 })
    expect(completed(text, { start: 4, end: 7 }, '@src/a.ts')).toEqual({
      text: 'See @src/a.ts and more',
      caret: 14,
    })
    expect(completed('@s', { start: 0, end: 2 }, '@src/')).toEqual({ text: '@src/', caret: 5 })
  })

  it('never touches what is around the word', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.string(),
        fc.constantFrom('@', '#', '@"', '/'),
        fc.string({ maxLength: 5 }),
        (before, rest, sign, words) => {
          const text = `${before} ${sign}${words}`
          const trigger = triggerAt(text + rest, text.length)
          fc.pre(trigger !== null)
          const { start, end } = trigger ?? { start: 0, end: 0 }
          const after = completed(text + rest, { start, end }, '@chosen')
          expect(after.text.startsWith(text.slice(0, start))).toBe(true)
          expect(after.text.endsWith(rest)).toBe(true)
          expect(after.text.slice(start, after.caret).trim()).toBe('@chosen')
        },
      ),
    )
  })
})
