import type { ChangeSet, Text } from '@codemirror/state'
import type { CodeEdit } from '../../ui/code/protocol'

/** A text as the highlighter is told it. To it a return ends a line, which in the editor it is a character of. */
export const codeOf = (text: Text): string => text.sliceString(0, text.length, '\n').replaceAll('\r', ' ')

/** What was changed of `before`, in the places it had there. */
export function editsOf(before: Text, changes: ChangeSet): CodeEdit[] {
  const place = (at: number) => {
    const line = before.lineAt(at)
    return { line: line.number - 1, character: at - line.from }
  }
  const edits: CodeEdit[] = []
  changes.iterChanges((from, to, _fromNow, _toNow, inserted) => {
    edits.push({ range: { start: place(from), end: place(to) }, newText: codeOf(inserted) })
  })
  return edits
}
