import type { SidebarRow } from './task-groups'

/** Rows that are marked beside the task that is open, so that something is done with all of them. */
export type Marks = ReadonlySet<string>

export const noMarks: Marks = new Set()

/** The tasks from one row to another, whichever stands first. */
export function markedRange(rows: readonly SidebarRow[], from: number, to: number): Marks {
  const between = rows.slice(Math.min(from, to), Math.max(from, to) + 1)
  return new Set(between.flatMap((row) => (row.type === 'task' ? [row.key] : [])))
}

/** Marks a task, or takes its mark away. The first mark takes the open task along, which looks chosen already. */
export function toggleMark(marks: Marks, row: SidebarRow | undefined, open: string | null): Marks {
  if (row?.type !== 'task') return marks
  const next = new Set(marks.size === 0 && open !== null ? [open] : marks)
  if (!next.delete(row.key)) next.add(row.key)
  return next
}
