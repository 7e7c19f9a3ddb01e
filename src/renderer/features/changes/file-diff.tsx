import { PatchDiff } from '@pierre/diffs/react'
import type { Comparison, FileChange } from '@shared/domain'
import type { ErrorValue } from '@shared/errors'
import { useEffect, useMemo, useState, useSyncExternalStore } from 'react'
import { call } from '../../client/call'
import { Button } from '../../ui/button'
import { EmptyState, ErrorNotice } from '../../ui/notice'
import { Waiting } from '../../ui/progress'
import { codeThemes } from '../../ui/code-theme'
import { diffTheme } from '../../ui/diff-theme'
import { currentTheme, onThemeChange } from '../../ui/theme-watch'
import { bytesText } from '../../ui/time'

interface Patch {
  patch: string
  binary: boolean
  truncated: boolean
}

/** A patch beyond this is drawn only when asked for. */
const drawnAtOnce = 400_000

/** The diff of one file, read when it is chosen and again when the checkout changed. */
export function FileDiff({
  taskId,
  comparison,
  file,
  split,
  line,
  refreshedAt,
}: {
  taskId: string
  comparison: Comparison
  file: FileChange
  split: boolean
  /** A line of the file as it is now that a link named: marked and brought into view. */
  line: number | null
  refreshedAt: number
}) {
  const [patch, setPatch] = useState<Patch | null>(null)
  const [error, setError] = useState<ErrorValue | null>(null)
  const [wanted, setWanted] = useState(false)
  const { path, oldPath } = file
  useEffect(() => {
    let current = true
    void call('task.fileDiff', { taskId: taskId as TaskIdText, comparison, path, oldPath }).then((result) => {
      if (!current) return
      if (result.ok) {
        setPatch((known) => (known !== null && samePatch(known, result.value) ? known : result.value))
        setError(null)
      } else setError(result.error)
    })
    return () => {
      current = false
    }
    // A newer state of the checkout asks for the diff again.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [taskId, comparison, path, oldPath, refreshedAt])

  if (error !== null) {
    return (
      <div className="h-full overflow-y-auto p-8">
        <ErrorNotice error={error} />
      </div>
    )
  }
  if (patch === null) return <Waiting>Reading the diff</Waiting>
  if (patch.binary) return <EmptyState title="A binary file">There are no lines to compare.</EmptyState>
  if (!patch.patch.includes('\n@@')) {
    return (
      <EmptyState title={file.kind === 'renamed' ? 'Renamed without changes' : 'No lines changed'}>
        {oldPath !== null ? `Before: ${oldPath}` : 'Only the file itself, its name or its mode changed.'}
      </EmptyState>
    )
  }
  if (patch.patch.length > drawnAtOnce && !wanted) {
    return (
      <EmptyState
        title="A very large diff"
        action={<Button onClick={() => setWanted(true)}>Show it ({bytesText(patch.patch.length)})</Button>}
      >
        Drawing it may take a moment.
      </EmptyState>
    )
  }
  return (
    <div className="h-full overflow-auto">
      {patch.truncated && (
        <p className="border-b border-line px-12 py-4 text-12 text-warning">
          The diff was cut because it is too large. Open the checkout to see the rest.
        </p>
      )}
      <Drawn patch={patch.patch} split={split} line={line} />
    </div>
  )
}

type TaskIdText = `task_${string}`

function samePatch(a: Patch, b: Patch): boolean {
  return a.patch === b.patch && a.binary === b.binary && a.truncated === b.truncated
}

/** The library draws into a shadow root with styles of its own. Without its workers: they would need a pool of threads for one file. */
function Drawn({ patch, split, line }: { patch: string; split: boolean; line: number | null }) {
  const marked = useMemo(
    () => (line === null ? null : { start: line, end: line, side: 'additions' as const }),
    [line],
  )
  const theme = useSyncExternalStore(onThemeChange, currentTheme)
  const options = useMemo(
    () => ({
      theme: codeThemes,
      themeType: theme,
      diffStyle: split ? ('split' as const) : ('unified' as const),
      overflow: 'scroll' as const,
      disableFileHeader: true,
      preferredHighlighter: 'shiki-js' as const,
      unsafeCSS: diffTheme,
      ...(line === null ? {} : { onPostRender: showMarked }),
    }),
    [theme, split, line],
  )
  return <PatchDiff patch={patch} options={options} selectedLines={marked} disableWorkerPool />
}

/** Not before the lines have their height. */
function showMarked(host: HTMLElement): void {
  requestAnimationFrame(() =>
    host.shadowRoot?.querySelector('[data-selected-line]')?.scrollIntoView({ block: 'center' }),
  )
}
