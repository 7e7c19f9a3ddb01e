import type { FileChange } from '@shared/domain'
import type { TaskId } from '@shared/ids'
import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import { Notice } from '../../ui/notice'
import { useDiffOptions } from '../changes/diff-options'
import { DiffSource, type LoadedFile } from '../changes/diff-source'
import { DiffView, type DiffViewHandle } from '../changes/diff-view'
import { withUnseen } from '../transcript/text-guard'

/** What one member did to one file, to read. */
export function MemberDiff({ taskId, file, readAt }: { taskId: TaskId; file: FileChange; readAt: number }) {
  const { split, wrap, ignoreSpace } = useDiffOptions()
  const [source] = useState(() => new DiffSource(taskId, 'base', ignoreSpace))
  const snapshot = useSyncExternalStore(source.subscribe, source.snapshot)
  const handle = useRef<DiffViewHandle>(null)
  const list = useMemo(() => [file], [file])
  useEffect(() => () => source.close(), [source])
  useEffect(() => {
    source.show(list)
    // The same file, read at another time, may hold other lines.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [source, list, readAt])
  const [loaded] = snapshot.files
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      {loaded !== undefined && loaded.metadata.hunks.length === 0 && (
        <div className="shrink-0 p-8">
          <Notice>{loaded.diff.binary ? 'The file is binary.' : 'There are no lines to show.'}</Notice>
        </div>
      )}
      <div className="min-h-0 flex-1">
        <DiffView
          taskId={taskId}
          source={source}
          snapshot={snapshot}
          split={split}
          wrap={wrap}
          folded={none}
          renderHead={renderHead}
          notes={noNotes}
          renderNote={nothing}
          marks={null}
          onChoose={nothing}
          onSeen={nothing}
          onKeyDown={nothing}
          handle={handle}
        />
      </div>
    </div>
  )
}

const none: ReadonlySet<string> = new Set()
const noNotes = [] as const
const nothing = () => null

function renderHead({ file }: LoadedFile) {
  return (
    <div className="flex h-row items-center border-b border-line bg-surface-1 px-8 font-sans text-12 text-text">
      <span className="truncate" dir="auto">
        {file.oldPath === null ? '' : `${withUnseen(file.oldPath)} → `}
        {withUnseen(file.path)}
      </span>
    </div>
  )
}
