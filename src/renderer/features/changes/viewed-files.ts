import { useSyncExternalStore } from 'react'
import { readStored, writeStored } from '../../client/storage'

/** Versions of diffs that were marked as viewed, by path; of the tasks that were reviewed last. */
type Marks = Record<string, Record<string, string>>

const KEY = 'viewed-files'
const MOST_TASKS = 50
const MOST_FILES = 5000

let marks: Marks | null = null
const listeners = new Set<() => void>()

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function read(): Marks {
  marks ??=
    readStored(KEY, (value) => {
      if (!isRecord(value)) return null
      const known: Marks = {}
      for (const [taskId, files] of Object.entries(value)) {
        if (!isRecord(files)) continue
        known[taskId] = Object.fromEntries(
          Object.entries(files).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
        )
      }
      return known
    }) ?? {}
  return marks
}

/** Marks a file as viewed in the version it has now; null takes the mark away. */
export function markViewed(taskId: string, path: string, version: string | null): void {
  const { [taskId]: known = {}, ...others } = read()
  const { [path]: _before, ...files } = known
  const changed = version === null ? files : { ...files, [path]: version }
  const kept = Object.fromEntries(Object.entries(changed).slice(-MOST_FILES))
  // The task that was reviewed last stands last.
  marks = Object.fromEntries(Object.entries({ ...others, [taskId]: kept }).slice(-MOST_TASKS))
  writeStored(KEY, marks)
  for (const listener of listeners) listener()
}

const none: Record<string, string> = {}

/** What was viewed of a task: a file counts only in the version that was marked. */
export function useViewedFiles(taskId: string): Readonly<Record<string, string>> {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => read()[taskId] ?? none,
  )
}
