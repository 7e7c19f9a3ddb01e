import type { ChangeList } from '@shared/changes'
import type { FileChange, GitState } from '@shared/domain'
import type { ErrorValue } from '@shared/errors'
import type { TaskId } from '@shared/ids'
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from 'react'
import { chooseFile, openTask } from '../../app/workspace'
import { call } from '../../client/call'
import { reportError } from '../../client/report'
import { useTopicStates } from '../../client/topics'
import { Button } from '../../ui/button'
import { cx } from '../../ui/cx'
import { ErrorBoundary } from '../../ui/error-boundary'
import { ListBox } from '../../ui/list-box'
import { EmptyState, ErrorNotice } from '../../ui/notice'
import { Waiting } from '../../ui/progress'
import { kindLetters } from '../changes/file-list'
import { counted } from '../sync/sync-text'
import { withUnseen } from '../transcript/text-guard'
import { ChangeCount } from './change-count'
import { changeText, type ComparedFile, comparedFiles, type Member, stepped } from './members'

const MemberDiff = lazy(async () => ({ default: (await import('./member-diff')).MemberDiff }))

const rowHeight = 28
/** What stands over the list and under it. */
const headHeight = 96

/** Which member changed which file, and what one of them did to it. */
export function ComparedChanges({ members }: { members: readonly Member[] }) {
  const { lists, errors } = useLists(members)
  const files = useMemo(() => comparedFiles(lists.map((one) => one.list)), [lists])
  const [chosen, setChosen] = useState<{ path: string; taskId: TaskId } | null>(null)
  /** Of the cell that is being pressed. */
  const pressed = useRef<string | null>(null)
  const file = files.find(({ path }) => path === chosen?.path)
  const shown = file === undefined ? -1 : shownMember(file, members, chosen?.taskId)
  const member = members[shown]
  const change = file?.changes[shown]
  const choose = (of: ComparedFile, wanted: string | undefined) => {
    const next = members[shownMember(of, members, wanted)]
    if (next !== undefined) setChosen({ path: of.path, taskId: next.task.id })
  }
  const side = (step: 1 | -1) => {
    if (file === undefined) return
    let next = shown
    do next = stepped(next, step, members.length)
    while (file.changes[next] === null)
    choose(file, members[next]?.task.id)
  }
  const cut = lists.reduce((sum, { list }) => sum + (list === null ? 0 : list.total - list.files.length), 0)
  const waits = lists.some(({ list, waits: reading }) => list === null && reading)
  return (
    <div
      className="flex flex-1 shrink-0 basis-0 flex-col overflow-x-hidden"
      style={{ '--members': String(members.length) }}
    >
      {errors.map(({ name, error, again }) => (
        <div key={name} className="max-h-list shrink-0 overflow-y-auto p-8">
          <ErrorNotice
            error={{ ...error, message: `${name}: ${error.message}` }}
            actions={
              again !== null && (
                <Button size="small" onClick={again}>
                  Try again
                </Button>
              )
            }
          />
        </div>
      ))}
      {/* Which cell of a row was pressed; the keys have the arrows for it. */}
      {/* oxlint-disable-next-line jsx-a11y/no-static-element-interactions, jsx-a11y/click-events-have-key-events */}
      <div
        className="min-h-split-min flex-1 basis-0 overflow-x-auto"
        // The diff has what a short list leaves.
        style={file === undefined ? undefined : { maxHeight: headHeight + files.length * rowHeight }}
        onClickCapture={({ target }) => {
          const cell = target instanceof Element ? target.closest<HTMLElement>('[data-cell]') : null
          pressed.current = cell?.dataset['cell'] ?? null
        }}
      >
        <div className="@container flex h-full min-w-compared flex-col">
          <div className="flex shrink-0 items-end border-b border-line px-12 py-4 text-12">
            <span className="min-w-0 flex-1 text-text-muted">{counted(files.length, 'file', 'files')}</span>
            {members.map(({ task, name }) => (
              <span key={task.id} className="flex w-compared shrink-0 flex-col ps-8">
                <span className="truncate font-medium" title={task.title} dir="auto">
                  {name}
                </span>
                <span className="truncate text-11 text-text-muted">
                  {task.status === 'archived' ? 'archived' : <ChangeCount task={task} />}
                </span>
              </span>
            ))}
          </div>
          {files.length > 0 ? (
            <ListBox
              label="Changed files"
              rows={files}
              keyOf={({ path }) => path}
              nameOf={(row) => nameOf(row, members)}
              rowHeight={rowHeight}
              selectedKey={file?.path ?? null}
              onSelect={(row) => {
                const cell = pressed.current
                // The keys come after it, and mean whom is shown then.
                pressed.current = null
                choose(row, cell ?? chosen?.taskId)
              }}
              onSide={side}
            >
              {(row) => <Row file={row} members={members} shown={row === file ? shown : -1} />}
            </ListBox>
          ) : waits ? (
            <Waiting>Reading changes</Waiting>
          ) : (
            <EmptyState title="No changes yet">
              What the agents change shows up here, file by file, with who changed it.
            </EmptyState>
          )}
          {cut > 0 && (
            <p className="shrink-0 border-t border-line px-12 py-4 text-12 text-text-muted">
              {counted(cut, 'change is', 'changes are')} not listed: open a task to see all of its files.
            </p>
          )}
        </div>
      </div>
      {file !== undefined && member !== undefined && change != null && (
        <section
          aria-label={`${withUnseen(file.path)}, by ${member.name}`}
          className="flex min-h-split-min flex-1 basis-0 flex-col border-t border-line-strong"
        >
          <header className="flex shrink-0 flex-wrap items-center gap-6 border-b border-line px-12 py-4">
            <fieldset aria-label="By whom" className="scroll-strip flex min-w-0 flex-1 gap-4">
              {members.map(({ task, name }, nth) => {
                const own = file.changes[nth]
                if (own == null) return null
                return (
                  <button
                    key={task.id}
                    type="button"
                    aria-pressed={nth === shown}
                    onClick={() => choose(file, task.id)}
                    className={cx(
                      'h-24 max-w-tab shrink-0 truncate rounded-4 px-8 text-12',
                      nth === shown ? 'bg-surface-3 text-text' : 'text-text-muted hover:bg-surface-2',
                    )}
                    dir="auto"
                  >
                    {name}
                  </button>
                )
              })}
            </fieldset>
            <Button
              size="small"
              onClick={() => {
                openTask(member.task.id)
                chooseFile({ taskId: member.task.id, path: file.path, line: null })
              }}
            >
              Open in the task
            </Button>
          </header>
          <ErrorBoundary key={`${member.task.id} ${file.path}`} what="The diff" onError={reportError}>
            <Suspense fallback={<Waiting>Reading the diff</Waiting>}>
              <MemberDiff taskId={member.task.id} file={change} readAt={lists[shown]?.readAt ?? 0} />
            </Suspense>
          </ErrorBoundary>
        </section>
      )}
    </div>
  )
}

/** The wanted one where it changed the file, else the first that did. */
function shownMember(file: ComparedFile, members: readonly Member[], wanted: string | undefined): number {
  const nth = members.findIndex(({ task }) => task.id === wanted)
  return file.changes[nth] == null ? file.changes.findIndex((change) => change !== null) : nth
}

function nameOf({ path, changes }: ComparedFile, members: readonly Member[]): string {
  const told = members.map(({ name }, nth) => {
    const change = changes[nth]
    return change == null
      ? `${name}: not changed`
      : `${name}: ${kindLetters[change.kind].word} ${changeText(change)}`
  })
  return [withUnseen(path), ...told].join(', ')
}

function Row({ file, members, shown }: { file: ComparedFile; members: readonly Member[]; shown: number }) {
  return (
    <div className="flex h-full items-center px-12 text-12">
      <span className="min-w-0 flex-1 truncate" title={file.path} dir="auto">
        {withUnseen(file.path)}
      </span>
      {members.map(({ task }, nth) => (
        <span
          key={task.id}
          data-cell={task.id}
          className={cx(
            'flex h-full w-compared shrink-0 items-center gap-4 ps-8',
            nth === shown && 'rounded-4 outline-1 -outline-offset-2 outline-focus',
          )}
        >
          <Cell change={file.changes[nth] ?? null} />
        </span>
      ))}
    </div>
  )
}

function Cell({ change }: { change: FileChange | null }) {
  if (change === null) return <span className="text-text-faint">·</span>
  const { letter, look } = kindLetters[change.kind]
  return (
    <>
      <span className={look}>{letter}</span>
      <span className="truncate text-text-muted">{changeText(change)}</span>
    </>
  )
}

interface OwnList {
  readonly list: ChangeList | null
  /** It is still being read. */
  readonly waits: boolean
  readonly readAt: number
}

interface ListError {
  readonly name: string
  readonly error: ErrorValue
  /** Null where it is read again by itself. */
  readonly again: (() => void) | null
}

/** What each has changed since its base: as git last said, and of what is archived as it was recorded. */
function useLists(members: readonly Member[]): {
  lists: readonly OwnList[]
  errors: readonly ListError[]
} {
  const states = useTopicStates(
    'task',
    members.map(({ task }) => task.id),
  )
  const [recorded, setRecorded] = useState<ReadonlyMap<TaskId, ChangeList | ErrorValue>>(new Map())
  const gits = states.map(({ entities }): GitState | undefined => entities.git.get('git'))
  const asked = members
    .filter(
      ({ task }, nth) => task.status === 'archived' && gits[nth] === undefined && !recorded.has(task.id),
    )
    .map(({ task }) => task.id)
    .join(' ')
  /** Those that are being read: the answer of one must not have the others read again. */
  const reading = useRef(new Set<TaskId>())
  useEffect(() => {
    for (const taskId of asked === '' ? [] : (asked.split(' ') as TaskId[])) {
      if (reading.current.has(taskId)) continue
      reading.current.add(taskId)
      void call('task.changedFiles', { taskId, comparison: 'base' }).then((result) => {
        reading.current.delete(taskId)
        setRecorded((known) => new Map(known).set(taskId, result.ok ? result.value : result.error))
      })
    }
  }, [asked])
  return useMemo(() => {
    const errors: ListError[] = []
    const lists = members.map(({ task, name }, nth): OwnList => {
      const git = states[nth]?.entities.git.get('git')
      if (git !== undefined) {
        if (git.problem !== null) errors.push({ name, error: git.problem, again: null })
        return { list: { files: git.base, total: git.baseTotal }, waits: false, readAt: git.refreshedAt }
      }
      const read = recorded.get(task.id)
      if (read === undefined)
        return { list: null, waits: task.sandbox !== null || task.status === 'archived', readAt: 0 }
      if ('files' in read) return { list: read, waits: false, readAt: 0 }
      const again = () => setRecorded((known) => new Map([...known].filter(([taskId]) => taskId !== task.id)))
      errors.push({ name, error: read, again })
      return { list: null, waits: false, readAt: 0 }
    })
    return { lists, errors }
  }, [members, states, recorded])
}
