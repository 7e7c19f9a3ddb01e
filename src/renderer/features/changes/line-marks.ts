import { type Comparison, comparisonSchema } from '@shared/changes'
import type { LineOrigin } from '@shared/provenance'
import type { TaskId } from '@shared/ids'
import { useCallback, useEffect, useRef, useState } from 'react'
import { call } from '../../client/call'
import { showError } from '../../ui/toast'
import type { LoadedFile } from './diff-source'
import { originHint, originMark } from './origin-text'

/** Who wrote the lines of files, by path. */
export type LineMarks = ReadonlyMap<string, readonly LineOrigin[]>

const FILES_AT_ONCE = 40

/** Read while they are shown, and again when the files may be others. Null while they are not shown. */
export function useLineMarks(
  taskId: TaskId,
  comparison: Comparison,
  files: readonly LoadedFile[],
  options: { shown: boolean; readAt: number },
): LineMarks | null {
  const { shown, readAt } = options
  const key = JSON.stringify(comparison)
  const [read, setRead] = useState<{ key: string; marks: LineMarks } | null>(null)
  useEffect(() => {
    if (!shown) return undefined
    let current = true
    const withLines = files.filter(({ metadata }) => metadata.hunks.length > 0).map(({ file }) => file.path)
    const compared = comparisonSchema.parse(JSON.parse(key))
    const readFrom = async (at: number): Promise<void> => {
      const paths = withLines.slice(at, at + FILES_AT_ONCE)
      if (paths.length === 0) return
      const result = await call('task.fileOrigins', { taskId, comparison: compared, paths })
      if (!current) return
      if (!result.ok) return showError(result.error)
      setRead((before) => {
        const marks = new Map(before?.key === key ? before.marks : [])
        for (const [index, path] of paths.entries()) marks.set(path, result.value[index] ?? [])
        return { key, marks }
      })
      // A page after the other: the first files are looked at first.
      await readFrom(at + FILES_AT_ONCE)
    }
    void readFrom(0)
    return () => {
      current = false
    }
    // What was read at another time may have been written by others.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [taskId, key, files, shown, readAt])
  if (!shown) return null
  return read?.key === key ? read.marks : nothing
}

const nothing: LineMarks = new Map()

/** Keeps the marks on files as the diff library draws them; returns what it calls for each that it has drawn. */
export function useDrawnMarks(marks: LineMarks | null): (path: string, host: HTMLElement) => void {
  const hosts = useRef(new Map<string, HTMLElement>())
  const latest = useRef(marks)
  useEffect(() => {
    latest.current = marks
    for (const [path, host] of hosts.current)
      if (host.isConnected) drawMarks(host, originsIn(marks, path))
      else hosts.current.delete(path)
  }, [marks])
  return useCallback((path, host) => {
    hosts.current.set(path, host)
    drawMarks(host, originsIn(latest.current, path))
  }, [])
}

/** Null while marks are not shown; none while they are still read. */
function originsIn(marks: LineMarks | null, path: string): readonly LineOrigin[] | null {
  return marks === null ? null : (marks.get(path) ?? [])
}

/** Puts a mark beside each line number of the new side of a file, as the diff library has drawn it. */
function drawMarks(host: HTMLElement, origins: readonly LineOrigin[] | null): void {
  host.toggleAttribute('data-authors', origins !== null)
  for (const cell of host.shadowRoot?.querySelectorAll<HTMLElement>('[data-column-number]') ?? []) {
    const isOld = cell.dataset['lineType'] === 'change-deletion' || cell.closest('[data-deletions]') !== null
    const line = Number(cell.dataset['columnNumber'])
    const origin = isOld
      ? undefined
      : origins?.find(({ from, to }) => line >= from && (to === null || line <= to))
    if (origin === undefined) {
      delete cell.dataset['author']
      cell.removeAttribute('title')
    } else {
      cell.dataset['author'] = originMark(origin)
      cell.title = originHint(origin)
    }
  }
}
