import { type Extension, type Range, RangeSet, StateEffect, type Text } from '@codemirror/state'
import {
  Decoration,
  type DecorationSet,
  type EditorView,
  ViewPlugin,
  type ViewUpdate,
} from '@codemirror/view'
import { getFiletypeFromFileName } from '@pierre/diffs'
import { CodeDocument } from '../../ui/code/code-colours'
import type { CodeLine, CodeRun } from '../../ui/code/protocol'
import { currentTheme, onThemeChange } from '../../ui/theme-watch'
import { codeOf, editsOf } from './code-edits'

const arrived = StateEffect.define()
const marks = new Map<string, Decoration>()

function markOf({ color, italic }: CodeRun): Decoration {
  const style = `color:${color}${italic ? ';font-style:italic' : ''}`
  let mark = marks.get(style)
  if (mark === undefined) {
    mark = Decoration.mark({ attributes: { style } })
    marks.set(style, mark)
  }
  return mark
}

/** Colours of what can be seen of a text, from another thread, which is told what is typed. */
class Colours {
  decorations: DecorationSet = Decoration.none
  #document: CodeDocument
  /** Counts what makes an answer too old: a change of the text, of what can be seen, of the theme. */
  #state = 0
  readonly #stopTheme: () => void

  constructor(
    private readonly view: EditorView,
    private readonly language: string,
  ) {
    this.#document = this.#open()
    this.#stopTheme = onThemeChange(() => {
      this.#document.close()
      this.#document = this.#open()
      void this.#read()
    })
    void this.#read()
  }

  update(update: ViewUpdate): void {
    if (update.docChanged) {
      this.#document.edit(editsOf(update.startState.doc, update.changes))
      // They move along until they are read again.
      this.decorations = this.decorations.map(update.changes)
    }
    if (update.docChanged || update.viewportChanged) void this.#read()
  }

  destroy(): void {
    this.#state += 1
    this.#stopTheme()
    this.#document.close()
  }

  #open(): CodeDocument {
    return new CodeDocument(codeOf(this.view.state.doc), this.language, currentTheme())
  }

  async #read(): Promise<void> {
    this.#state += 1
    const state = this.#state
    const { doc } = this.view.state
    // More than can be seen, so that a little scrolling finds its colours there.
    const { from, to } = this.view.viewport
    const first = doc.lineAt(from).number
    const lines = await this.#document.read(first - 1, doc.lineAt(Math.min(to, doc.length)).number)
    if (state !== this.#state || lines == null) return
    this.decorations = drawn(doc, first, lines)
    this.view.dispatch({ effects: arrived.of(null) })
  }
}

function drawn(doc: Text, first: number, lines: readonly CodeLine[]): DecorationSet {
  const ranges: Range<Decoration>[] = []
  for (const [index, runs] of lines.entries()) {
    const { from, to } = doc.line(first + index)
    let at = from
    for (const run of runs) {
      const end = Math.min(at + run.length, to)
      if (run.color !== undefined && end > at) ranges.push(markOf(run).range(at, end))
      at = end
    }
  }
  return RangeSet.of(ranges)
}

/** Colours for a file, by its name; none where nobody knows its language. */
export function coloursFor(path: string): Extension {
  const language = getFiletypeFromFileName(path)
  if (language === 'text') return []
  return ViewPlugin.define((view) => new Colours(view, language), {
    decorations: (colours) => colours.decorations,
  })
}
