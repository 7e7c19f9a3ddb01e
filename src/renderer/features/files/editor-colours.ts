import { type Extension, type Range, RangeSet, StateEffect, type Text } from '@codemirror/state'
import {
  Decoration,
  type DecorationSet,
  type EditorView,
  ViewPlugin,
  type ViewUpdate,
} from '@codemirror/view'
import { getFiletypeFromFileName, getSharedHighlighter } from '@pierre/diffs'
import { codeThemes } from '../../ui/code-theme'
import { currentTheme, onThemeChange } from '../../ui/theme-watch'

type Highlighter = Awaited<ReturnType<typeof getSharedHighlighter>>
type Reader = ReturnType<Highlighter['createStreamTokenizer']>
type Languages = Parameters<typeof getSharedHighlighter>[0]['langs']

/** A longer line keeps one colour: what it costs would be felt, and nobody reads it. */
const longestLine = 2000
/** So long at a time, the window has other things to do. */
const sliceMs = 6
/** What a line begins with is remembered each so many lines. */
const step = 100

interface Token {
  readonly from: number
  readonly to: number
  readonly style: string
}

const arrived = StateEffect.define()
const marks = new Map<string, Decoration>()

function markOf(style: string): Decoration {
  let mark = marks.get(style)
  if (mark === undefined) {
    mark = Decoration.mark({ attributes: { style } })
    marks.set(style, mark)
  }
  return mark
}

/**
 * Colours of the highlighter of the diffs. Lines are read from the top on, as what a line means depends on those before
 * it, in slices while the window is idle; a change makes those behind it be read again once they are seen.
 */
class Colours {
  decorations: DecorationSet = Decoration.none
  #highlighter: Highlighter | null = null
  /** By line, from 0: its colours. */
  #tokens: (readonly Token[])[] = []
  /** Each `step` lines: a reader that stands there. The first is made when it is needed. */
  #stops: Reader[] = []
  #reader: Reader | null = null
  #idle: number | null = null
  #gone = false
  #theme = currentTheme()
  readonly #stopTheme: () => void

  constructor(
    private readonly view: EditorView,
    private readonly language: string,
  ) {
    this.#stopTheme = onThemeChange(() => {
      // Colours of another theme cannot be read on this one.
      this.#stop()
      this.#highlighter = null
      this.#forgetAll()
      this.view.dispatch({ effects: arrived.of(null) })
      void this.#load()
    })
    void this.#load()
  }

  async #load(): Promise<void> {
    const theme = currentTheme()
    try {
      const highlighter = await getSharedHighlighter({
        themes: [codeThemes[theme]],
        langs: [this.language] as Languages,
        preferredHighlighter: 'shiki-js',
      })
      if (this.#gone || theme !== currentTheme()) return
      this.#theme = theme
      this.#highlighter = highlighter
    } catch {
      // A language that nobody knows is not an error: its code stays in one colour.
      return
    }
    this.#forgetAll()
    this.#plan()
  }

  update(update: ViewUpdate): void {
    if (update.docChanged) {
      let first = update.state.doc.lines
      update.changes.iterChangedRanges((_from, _to, start) => {
        first = Math.min(first, update.state.doc.lineAt(start).number - 1)
      })
      this.#forget(first)
      // Those behind move along until they are read again.
      this.decorations = this.decorations.map(update.changes)
    }
    const read = update.transactions.some((one) => one.effects.some((effect) => effect.is(arrived)))
    if (read || (update.viewportChanged && !update.docChanged)) this.decorations = this.#draw()
    if (update.docChanged || update.viewportChanged) this.#plan()
  }

  destroy(): void {
    this.#gone = true
    this.#stopTheme()
    this.#stop()
  }

  #stop(): void {
    if (this.#idle !== null) cancelIdleCallback(this.#idle)
    this.#idle = null
  }

  #forget(line: number): void {
    if (line >= this.#tokens.length) return
    const stop = Math.floor(line / step)
    this.#tokens.length = stop * step
    this.#stops.length = Math.min(this.#stops.length, stop + 1)
    this.#reader = null
  }

  #forgetAll(): void {
    this.#tokens = []
    this.#stops = []
    this.#reader = null
  }

  #wanted(): number {
    const { doc } = this.view.state
    return doc.lineAt(Math.min(this.view.viewport.to, doc.length)).number
  }

  #plan(): void {
    if (this.#highlighter === null || this.#idle !== null || this.#tokens.length >= this.#wanted()) return
    this.#idle = requestIdleCallback(
      () => {
        this.#idle = null
        if (this.#gone) return
        this.#readSlice()
        if (this.#tokens.length >= this.#wanted()) this.view.dispatch({ effects: arrived.of(null) })
        else this.#plan()
      },
      { timeout: 200 },
    )
  }

  #readSlice(): void {
    const { doc } = this.view.state
    const end = performance.now() + sliceMs
    const wanted = this.#wanted()
    while (this.#tokens.length < wanted && performance.now() < end) this.#readLine(doc)
  }

  #readLine(doc: Text): void {
    const index = this.#tokens.length
    const { text } = doc.line(index + 1)
    const reader = this.#readerAt(index)
    const read = text.length > longestLine ? null : reader.enqueue(`${text}\n`)
    // Only readers that fetch their languages answer later, and these have them.
    if (read === null || read instanceof Promise) {
      this.#tokens.push([])
      return
    }
    let at = 0
    const line: Token[] = []
    for (const token of read.stable) {
      const to = Math.min(at + token.content.length, text.length)
      const italic = ((token.fontStyle ?? 0) & 1) !== 0 ? ';font-style:italic' : ''
      if (token.color !== undefined && to > at && token.content.trim() !== '')
        line.push({ from: at, to, style: `color:${token.color}${italic}` })
      at = to
    }
    this.#tokens.push(line)
  }

  /** The reader that stands before a line; lines before it were read. */
  #readerAt(index: number): Reader {
    const known = this.#stops[index / step]
    if (known !== undefined) this.#reader = known.clone()
    else if (this.#reader === null) {
      if (this.#highlighter === null || index % step !== 0)
        throw new Error(`Nothing reads from line ${index} on`)
      this.#reader = this.#highlighter.createStreamTokenizer({
        lang: this.language,
        theme: codeThemes[this.#theme],
      })
    }
    if (index % step === 0 && known === undefined) this.#stops[index / step] = this.#reader.clone()
    return this.#reader
  }

  #draw(): DecorationSet {
    const { doc } = this.view.state
    const ranges: Range<Decoration>[] = []
    for (const { from, to } of this.view.visibleRanges) {
      const last = doc.lineAt(to).number
      for (let number = doc.lineAt(from).number; number <= last; number += 1) {
        const line = doc.line(number)
        for (const token of this.#tokens[number - 1] ?? [])
          ranges.push(markOf(token.style).range(line.from + token.from, line.from + token.to))
      }
    }
    return RangeSet.of(ranges)
  }
}

/** Colours for a file, by its name; none where nobody knows its language. */
export function coloursFor(path: string): Extension {
  const language = getFiletypeFromFileName(path)
  if (language === 'text') return []
  return ViewPlugin.define((view) => new Colours(view, language), {
    decorations: (colours) => colours.decorations,
  })
}
