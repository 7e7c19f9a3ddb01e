import { isolateHistory } from '@codemirror/commands'
import { Annotation, EditorState, Text, Transaction, type TransactionSpec } from '@codemirror/state'
import { EditorView } from '@codemirror/view'
import { type RefObject, useEffect, useImperativeHandle, useRef } from 'react'
import {
  editorExtensions,
  gotoLine,
  locked,
  openSearchPanel,
  readOnlyExtension,
  wrapExtension,
  wrapping,
} from './editor-setup'
import type { FileBuffer } from './file-buffer'
import type { Goal } from './files-state'

export interface CodeEditorHandle {
  focus(): void
  find(): void
  goToLine(): void
  /** Where the cursor is, from 1. */
  line(): number | null
}

export interface CodeEditorProps {
  buffer: FileBuffer
  readOnly: boolean
  wrap: boolean
  goal: Goal | null
  /** See `EditorSetup`. */
  numberOf: ((line: number) => number | null) | null
  /** The place that was asked for is on screen. */
  onReached: () => void
  /** Something was typed. */
  onTyped: () => void
  handle: RefObject<CodeEditorHandle | null>
}

/** A change that nobody typed. */
const shown = Annotation.define<true>()

/** How an editor stood when it went away: its text with all that can be undone, and where it was scrolled to. */
class Kept {
  constructor(
    readonly state: EditorState,
    readonly scroll: ReturnType<EditorView['scrollSnapshot']>,
    readonly savedDoc: Text | null,
  ) {}
}

/** The text of a file: only what can be seen of it is drawn, however long it is. */
export function CodeEditor(props: CodeEditorProps) {
  const { buffer, readOnly, wrap, goal, handle } = props
  const place = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView | null>(null)
  const latest = useRef(props)
  useEffect(() => {
    latest.current = props
  })

  useEffect(() => {
    const target = place.current
    if (target === null) return undefined
    const { current: first } = latest
    const kept = buffer.view instanceof Kept ? buffer.view : null
    const doc = toDoc(buffer.text)
    const same = kept?.state.doc.eq(doc) === true ? kept : null
    // It may have become another text while no editor showed it.
    const change = kept === null ? null : changeTo(kept.state, buffer.text, buffer.replacedUndoably)
    const keptState = change === null ? kept?.state : kept?.state.update(change).state
    const { savedText } = buffer
    // While nothing is unsaved, the text here is what is in the file.
    let savedDoc: Text | null = !buffer.snapshot().unsaved
      ? (keptState?.doc ?? doc)
      : (same?.savedDoc ?? (savedText === null ? null : toDoc(savedText)))
    const editor: EditorView = new EditorView({
      parent: target,
      ...(same === null ? {} : { scrollTo: same.scroll }),
      state:
        keptState ??
        EditorState.create({
          doc,
          extensions: [
            editorExtensions(doc, {
              path: buffer.path,
              readOnly: first.readOnly,
              wrap: first.wrap,
              numberOf: first.numberOf,
              // What is kept of an editor outlives this one, as the buffer does.
              onSave: () => buffer.saveTyped(),
            }),
          ],
        }),
      dispatchTransactions(transactions, own) {
        own.update(transactions)
        if (!transactions.some((one) => one.docChanged)) return
        if (transactions.every((one) => one.annotation(shown) === true)) return
        buffer.changed(savedDoc === null || !own.state.doc.eq(savedDoc))
        latest.current.onTyped()
      },
    })
    view.current = editor
    const detach = buffer.attach({
      text: () => editor.state.doc.toString(),
      replace(text, undoable) {
        const spec = changeTo(editor.state, text, undoable)
        if (spec !== null) editor.dispatch(spec)
      },
      saved: () => {
        savedDoc = editor.state.doc
      },
    })
    return () => {
      buffer.view = new Kept(editor.state, editor.scrollSnapshot(), savedDoc)
      detach()
      view.current = null
      editor.destroy()
    }
  }, [buffer])

  useEffect(() => {
    view.current?.dispatch({
      effects: [locked.reconfigure(readOnlyExtension(readOnly)), wrapping.reconfigure(wrapExtension(wrap))],
    })
  }, [readOnly, wrap])

  const reached = useRef<Goal | null>(null)
  useEffect(() => {
    const editor = view.current
    if (editor === null || goal === null || reached.current === goal) return
    reached.current = goal
    if (goal.line !== null) {
      const line = editor.state.doc.line(
        Math.max(1, Math.min(lineOf(latest.current, goal.line), editor.state.doc.lines)),
      )
      editor.dispatch({
        selection: { anchor: line.from },
        effects: EditorView.scrollIntoView(line.from, { y: 'center' }),
      })
    }
    if (goal.focus) editor.focus()
    latest.current.onReached()
  }, [goal])

  useImperativeHandle(
    handle,
    () => ({
      focus: () => view.current?.focus(),
      find: () => {
        if (view.current !== null) openSearchPanel(view.current)
      },
      goToLine: () => {
        if (view.current !== null) gotoLine(view.current)
      },
      line: () => {
        const state = view.current?.state
        return state === undefined ? null : state.doc.lineAt(state.selection.main.head).number
      },
    }),
    [],
  )
  return <div ref={place} className="min-h-0 min-w-0 flex-1 overflow-hidden" />
}

const toDoc = (text: string): Text => Text.of(text.split('\n'))

/** Of a line of the file, where it stands in what is shown. */
function lineOf({ numberOf, buffer }: CodeEditorProps, line: number): number {
  if (numberOf === null) return line
  const lines = buffer.text.split('\n').length
  let best = 1
  for (let number = 1; number <= lines; number += 1) {
    const at = numberOf(number)
    if (at !== null && at <= line) best = number
  }
  return best
}

/** Changes only what differs, so that whoever reads it keeps their place. Null where nothing does. */
function changeTo(state: EditorState, text: string, undoable: boolean): TransactionSpec | null {
  const before = state.doc.toString()
  let start = 0
  const shorter = Math.min(before.length, text.length)
  while (start < shorter && before.charCodeAt(start) === text.charCodeAt(start)) start += 1
  let end = 0
  while (
    end < shorter - start &&
    before.charCodeAt(before.length - 1 - end) === text.charCodeAt(text.length - 1 - end)
  )
    end += 1
  if (start === before.length && start === text.length) return null
  return {
    changes: { from: start, to: before.length - end, insert: toDoc(text.slice(start, text.length - end)) },
    annotations: [
      shown.of(true),
      Transaction.addToHistory.of(undoable),
      // What was typed just before is a step of its own.
      isolateHistory.of('full'),
    ],
  }
}
