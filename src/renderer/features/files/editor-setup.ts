import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { bracketMatching, indentUnit } from '@codemirror/language'
import {
  gotoLine,
  highlightSelectionMatches,
  openSearchPanel,
  search,
  searchKeymap,
} from '@codemirror/search'
import { Compartment, EditorState, type Extension, type Text } from '@codemirror/state'
import {
  crosshairCursor,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
  rectangularSelection,
} from '@codemirror/view'
import { codeEditorTheme } from '../../ui/code-editor-theme'
import { coloursFor } from './editor-colours'

/** What turns the direction of text or cannot be seen is named, as everywhere in the app. */
const unseen =
  // oxlint-disable-next-line no-control-regex -- that these are seen is the point
  /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u00AD\u061C\u200B\u200E\u200F\u2028-\u202E\u2060-\u2064\u2066-\u2069\uFEFF\uFFF9-\uFFFC]/gu

function picture(code: number): HTMLElement {
  const element = document.createElement('span')
  const name = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`
  element.className = 'cm-specialChar'
  element.textContent = code === 13 ? '␍' : `[${name}]`
  element.title = name
  element.setAttribute('aria-label', name)
  return element
}

export const locked = new Compartment()
export const wrapping = new Compartment()

/** One level of indentation as the file has it. */
function indentOf(doc: Text): string {
  const widths = new Map<number, number>()
  let before = 0
  for (const line of doc.iterLines(1, Math.min(doc.lines, 500) + 1)) {
    if (line.startsWith('\t')) return '\t'
    const width = line.search(/\S/)
    if (width < 0) continue
    const step = width - before
    if (step > 1) widths.set(step, (widths.get(step) ?? 0) + 1)
    before = width
  }
  const [usual] = [...widths].toSorted((a, b) => b[1] - a[1])
  return ' '.repeat(usual?.[0] ?? 2)
}

export interface EditorSetup {
  path: string
  readOnly: boolean
  wrap: boolean
  /** Of a line of the text, from 1, in the file; null for one that stands for what is not known. */
  numberOf: ((line: number) => number | null) | null
  onSave: () => void
}

export const readOnlyExtension = (on: boolean): Extension => [
  EditorState.readOnly.of(on),
  EditorView.contentAttributes.of({ 'aria-readonly': String(on) }),
]
export const wrapExtension = (on: boolean): Extension => (on ? EditorView.lineWrapping : [])

/** Everything an editor of one file is made of. */
export function editorExtensions(doc: Text, setup: EditorSetup): Extension {
  const { numberOf } = setup
  return [
    // Returns that end no line stay characters of it, so that they come back as they were.
    EditorState.lineSeparator.of('\n'),
    EditorView.clipboardInputFilter.of((text) => text.replaceAll(/\r\n?/g, '\n')),
    lineNumbers(
      numberOf === null
        ? {}
        : { formatNumber: (line) => numberOf(line)?.toLocaleString('en', { useGrouping: false }) ?? '⋯' },
    ),
    highlightSpecialChars({ specialChars: unseen, render: picture }),
    history(),
    bracketMatching(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    highlightSelectionMatches(),
    rectangularSelection(),
    crosshairCursor(),
    search({ top: true }),
    EditorState.phrases.of({
      next: 'Next',
      previous: 'Previous',
      all: 'All',
      'match case': 'Match case',
      regexp: 'Regular expression',
      'by word': 'Whole words',
      replace: 'Replace',
      'replace all': 'Replace all',
      close: 'Close',
      go: 'Go',
    }),
    EditorState.tabSize.of(4),
    indentUnit.of(indentOf(doc)),
    keymap.of([
      {
        key: 'Mod-s',
        run: () => {
          setup.onSave()
          return true
        },
      },
      { key: 'Ctrl-g', run: gotoLine },
      ...searchKeymap.filter(({ key }) => key !== 'Mod-g' || navigator.userAgent.includes('Mac')),
      ...historyKeymap,
      indentWithTab,
      ...defaultKeymap,
    ]),
    EditorView.contentAttributes.of({
      'aria-label': setup.path,
      tabindex: '0',
      spellcheck: 'false',
      autocorrect: 'off',
      autocapitalize: 'off',
    }),
    locked.of(readOnlyExtension(setup.readOnly)),
    wrapping.of(wrapExtension(setup.wrap)),
    codeEditorTheme,
    coloursFor(setup.path),
  ]
}

export { gotoLine, openSearchPanel }
