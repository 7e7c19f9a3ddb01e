import type { FileDiff } from '@shared/changes'
import type { FileChange } from '@shared/domain'
import type { ErrorValue, Result } from '@shared/errors'
import type { FailedCommand, RecordedEdit } from '@shared/history'
import type { CheckpointId, TaskId } from '@shared/ids'
import { patchRows } from '@shared/patch-rows'
import { ChevronRight, SquareArrowOutUpRight } from 'lucide-react'
import { type ReactNode, useCallback, useEffect, useState } from 'react'
import { chooseFile } from '../../app/workspace'
import { call } from '../../client/call'
import { IconButton } from '../../ui/button'
import { cx } from '../../ui/cx'
import { Disclosure } from '../../ui/disclosure'
import { ErrorNotice } from '../../ui/notice'
import { ScrolledPre } from '../../ui/scrolled-pre'
import { AgoTime } from '../../ui/time'
import { counted } from '../sync/sync-text'
import { reasonWords } from './history-text'
import { openPlace } from './open-place'
import { moveInList } from './timeline'

const MOST_ROWS = 400

/** A line that unfolds; the arrow keys go from one to the next. */
function Line({
  text,
  meta,
  at,
  trailing,
  children,
}: {
  text: ReactNode
  meta: ReactNode
  at: number
  trailing?: ReactNode
  children: () => ReactNode
}) {
  const [open, setOpen] = useState(false)
  return (
    <li className="min-w-0 px-8">
      <div className="flex min-w-0 items-start gap-6">
        <button
          type="button"
          data-event
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          onKeyDown={moveInList}
          className="flex min-h-24 min-w-0 flex-1 items-start gap-6 rounded-4 px-4 py-2 text-start hover:bg-surface-2"
        >
          <ChevronRight
            aria-hidden
            className={cx('mt-4 size-12 shrink-0 text-text-faint transition-transform', open && 'rotate-90')}
          />
          <span className="min-w-0 flex-1">
            <span className="block break-words">{text}</span>
            <span className="block text-12 text-text-muted">{meta}</span>
          </span>
        </button>
        <span className="shrink-0 py-4 text-11 text-text-faint">
          <AgoTime at={at} />
        </span>
        {trailing}
      </div>
      {open && <div className="flex min-w-0 flex-col gap-6 ps-24 pb-8">{children()}</div>}
    </li>
  )
}

/** What a turn changed, or what changed between turns. */
export function EditLine({ taskId, edit }: { taskId: TaskId; edit: RecordedEdit }) {
  const { recorded, turnId, sessionId, paths } = edit
  const prompt = edit.prompt?.trim() ?? ''
  return (
    <Line
      at={edit.at}
      text={prompt === '' ? reasonWords(edit.reason) : <bdi>{prompt.split('\n')[0]}</bdi>}
      meta={
        recorded === null
          ? `${counted(paths.length, 'file', 'files')}, as the agent told: no checkpoint was taken`
          : `${counted(recorded.files, 'file', 'files')} +${recorded.added} −${recorded.removed}`
      }
      trailing={
        turnId !== null &&
        sessionId !== null && (
          <IconButton
            label="Show the turn in the transcript"
            onClick={() => openPlace(taskId, { type: 'turn', sessionId, turnId })}
          >
            <SquareArrowOutUpRight className="size-12" />
          </IconButton>
        )
      }
    >
      {() =>
        recorded === null ? (
          <ul className="flex flex-col text-12" data-selectable>
            {paths.map((path) => (
              <li key={path} className="break-all">
                {path}
              </li>
            ))}
          </ul>
        ) : (
          <RecordedFiles taskId={taskId} checkpointId={recorded.id} />
        )
      }
    </Line>
  )
}

/** Asks when it is first shown, and where the question is another. */
function useAnswer<Value>(ask: () => Promise<Result<Value>>): {
  value: Value | null
  error: ErrorValue | null
} {
  const [answer, setAnswer] = useState<Result<Value> | null>(null)
  useEffect(() => {
    let current = true
    void ask().then((result) => current && setAnswer(result))
    return () => {
      current = false
    }
  }, [ask])
  return {
    value: answer?.ok === true ? answer.value : null,
    error: answer?.ok === false ? answer.error : null,
  }
}

function RecordedFiles({ taskId, checkpointId }: { taskId: TaskId; checkpointId: CheckpointId }) {
  const { value, error } = useAnswer(
    useCallback(
      () => call('task.changedFiles', { taskId, comparison: { turn: checkpointId } }),
      [taskId, checkpointId],
    ),
  )
  if (error !== null) return <ErrorNotice error={error} />
  if (value === null)
    return <output className="animate-late text-12 text-text-faint">Reading the files</output>
  const left = value.total - value.files.length
  return (
    <div className="flex min-w-0 flex-col">
      {value.files.map((file) => (
        <Disclosure
          key={file.path}
          label={<FileName file={file} />}
          trailing={
            <IconButton
              label={`Show ${file.path} in the changes`}
              onClick={() => chooseFile({ taskId, path: file.path, line: null, checkpointId })}
            >
              <SquareArrowOutUpRight className="size-12" />
            </IconButton>
          }
        >
          {() => <RecordedDiff taskId={taskId} checkpointId={checkpointId} file={file} />}
        </Disclosure>
      ))}
      {left > 0 && (
        <p className="text-12 text-text-faint">{counted(left, 'more file', 'more files')} in the changes.</p>
      )}
    </div>
  )
}

function FileName({ file: { path, added, removed } }: { file: FileChange }) {
  return (
    <span className="flex min-w-0 gap-8 text-12">
      <span className="min-w-0 truncate" title={path}>
        {path}
      </span>
      <span className="shrink-0 text-text-faint">
        {added === null || removed === null ? 'binary' : `+${added} −${removed}`}
      </span>
    </span>
  )
}

function RecordedDiff({
  taskId,
  checkpointId,
  file: { path, oldPath },
}: {
  taskId: TaskId
  checkpointId: CheckpointId
  file: FileChange
}) {
  const { value, error } = useAnswer(
    useCallback(
      () =>
        call('task.fileDiffs', {
          taskId,
          comparison: { turn: checkpointId },
          files: [{ path, oldPath }],
          ignoreSpace: false,
        }),
      [taskId, checkpointId, path, oldPath],
    ),
  )
  if (error !== null) return <ErrorNotice error={error} />
  const [diff] = value ?? []
  if (diff === undefined)
    return <output className="animate-late text-12 text-text-faint">Reading the diff</output>
  return <PatchLines diff={diff} />
}

function PatchLines({ diff }: { diff: FileDiff }) {
  if (diff.binary || diff.patch === '')
    return <p className="text-12 text-text-faint">It has no text that could be shown.</p>
  const rows = [...patchRows(diff.patch)]
  return (
    <figure
      aria-label={`Diff of ${diff.path}`}
      className="min-w-0 overflow-hidden rounded-4 border border-line bg-surface-0"
    >
      <ScrolledPre data-selectable className="code-text max-h-output overflow-auto py-4">
        <div className="w-fit min-w-full">
          {rows.slice(0, MOST_ROWS).map(({ mark, text, hunk }, nth) => (
            <div
              key={nth}
              className={cx(
                'px-8 whitespace-pre',
                nth > 0 && rows[nth - 1]?.hunk !== hunk && 'border-t border-line',
                mark === '+' && 'bg-diff-add-surface',
                mark === '-' && 'bg-diff-remove-surface',
              )}
            >
              <span
                className={cx(
                  'inline-block w-16 select-none',
                  mark === '+' && 'text-diff-add',
                  mark === '-' && 'text-diff-remove',
                )}
              >
                {mark === '-' ? '−' : mark}
              </span>
              {text.replace(/\n$/, '').slice(0, 2000)}
            </div>
          ))}
        </div>
      </ScrolledPre>
      {(rows.length > MOST_ROWS || diff.truncated) && (
        <figcaption className="border-t border-line px-8 py-2 text-12 text-text-muted">
          There is more of it in the changes.
        </figcaption>
      )}
    </figure>
  )
}

/** A command that failed, with the end of what it printed. */
export function FailedLine({ taskId, command }: { taskId: TaskId; command: FailedCommand }) {
  const { sessionId, row, exitCode, output, passed } = command
  const facts = [
    exitCode === null ? 'Failed; the agent told no exit code' : `Exit code ${exitCode}`,
    passed === null ? 'did not pass later' : 'the same command passed later',
  ]
  return (
    <Line
      at={command.at}
      text={<code className="code-text break-all">{command.command}</code>}
      meta={facts.join(' · ')}
      trailing={
        <IconButton
          label="Show the command in the transcript"
          onClick={() => openPlace(taskId, { type: 'row', sessionId, row })}
        >
          <SquareArrowOutUpRight className="size-12" />
        </IconButton>
      }
    >
      {() => (
        <>
          {output === '' ? (
            <p className="text-12 text-text-faint">It printed nothing that was recorded.</p>
          ) : (
            <ScrolledPre
              data-selectable
              className="code-text max-h-output overflow-auto rounded-4 bg-surface-2 p-8 break-words whitespace-pre-wrap"
            >
              {output}
            </ScrolledPre>
          )}
          {passed !== null && (
            <button
              type="button"
              onClick={() => openPlace(taskId, { type: 'row', sessionId, row: passed })}
              className="min-h-24 self-start rounded-4 text-12 text-text-muted hover:text-text hover:underline"
            >
              Show where it passed
            </button>
          )}
        </>
      )}
    </Line>
  )
}
