import { EditorState, Text } from '@codemirror/state'
import { LiveTokenizer } from '@pierre/highlights'
import theme from '@pierre/highlights/themes/pierre-dark'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { codeOf, editsOf } from '../../../src/renderer/features/files/code-edits'

/** What may be typed, with what a line, a character or a token of several lines is made of. */
const parts = [
  'a',
  'let x = 1',
  '/*',
  '*/',
  '`',
  '${',
  '"',
  '\n',
  '\n\n',
  '\r',
  '\r\n',
  '\t',
  '\0',
  '\u2028',
].concat(['é', '😀', '\uD83D', '\uDE00', '<div>', '</div>', '日本'])
const texts = (maxLength: number) =>
  fc.array(fc.constantFrom(...parts), { maxLength }).map((some) => some.join(''))
/** Places as parts of the text, so that they are in it whatever was changed before. */
const change = fc.record({ at: fc.nat(1000), length: fc.nat(30), text: texts(5) })
const lines = (text: string): Text => Text.of(text.split('\n'))

it('tells the highlighter of edits so that it has the text of the editor', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('ts', 'md', 'python', 'html', 'bash'),
      texts(60),
      fc.array(fc.array(change, { minLength: 1, maxLength: 4 }), { maxLength: 8 }),
      (lang, text, steps) => {
        let state = EditorState.create({
          doc: lines(text),
          extensions: EditorState.lineSeparator.of('\n'),
        })
        const tokenizer = new LiveTokenizer({ theme, lang, code: codeOf(state.doc) })
        for (const step of steps) {
          const { length } = state.doc
          const {
            changes,
            startState,
            state: next,
          } = state.update({
            // Of the places before all of them, as several cursors type.
            changes: step.map(({ at, length: wanted, text: insert }) => {
              const from = Math.floor((at / 1000) * length)
              return { from, to: Math.min(length, from + wanted), insert: lines(insert) }
            }),
          })
          tokenizer.applyEdits(editsOf(startState.doc, changes))
          state = next
          expect(tokenizer.getText()).toBe(codeOf(state.doc))
          // As many lines of the same lengths: colours are drawn by them.
          expect(
            Array.from({ length: tokenizer.lineCount }, (_, line) => tokenizer.getLineLength(line)),
          ).toEqual(Array.from(state.doc.iterLines(), (line) => line.length))
        }
        tokenizer.dispose()
      },
    ),
  )
})
