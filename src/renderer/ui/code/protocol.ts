/** A run of characters of one look. A line is the runs of it, from its start. */
export interface CodeRun {
  /** In UTF-16 code units. */
  readonly length: number
  /** Of CSS; undefined for the colour of plain text. */
  readonly color: string | undefined
  readonly italic: boolean
}
export type CodeLine = readonly CodeRun[]

/** Of a document, before the change: lines and characters from 0. */
export interface CodeEdit {
  readonly range: {
    readonly start: { readonly line: number; readonly character: number }
    readonly end: { readonly line: number; readonly character: number }
  }
  readonly newText: string
}

interface Look {
  /** A name of the highlighter, or a file name's ending. */
  readonly language: string
  readonly theme: 'light' | 'dark'
}

/** What the window asks the worker that colours code. Messages are worked off in their order. */
export type CodeRequest =
  | ({ readonly kind: 'colour'; readonly request: number; readonly code: string } & Look)
  | ({ readonly kind: 'open'; readonly document: number; readonly code: string } & Look)
  | { readonly kind: 'edit'; readonly document: number; readonly edits: readonly CodeEdit[] }
  /** Lines `from` to, not with, `to`. */
  | {
      readonly kind: 'read'
      readonly request: number
      readonly document: number
      readonly from: number
      readonly to: number
    }
  | { readonly kind: 'close'; readonly document: number }

/** `lines` is null for a language that nobody knows. */
export interface CodeAnswer {
  readonly request: number
  readonly lines: readonly CodeLine[] | null
}
