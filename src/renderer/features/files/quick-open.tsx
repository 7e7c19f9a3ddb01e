import { Dialog as Base } from '@base-ui/react/dialog'
import type { TaskDetail } from '@shared/domain'
import type { ErrorValue } from '@shared/errors'
import type { FoundFiles } from '@shared/tasks'
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react'
import { setQuickOpen, useWorkspace } from '../../app/workspace'
import { call } from '../../client/call'
import { cx } from '../../ui/cx'
import { withUnseen } from '../transcript/text-guard'
import { openFile, useTaskFiles } from './files-state'
import { readWanted } from './wanted'

/** Opens a file of the task by a part of its path. */
export function QuickOpen({ task }: { task: TaskDetail }) {
  const open = useWorkspace((state) => state.quickOpen)
  const chosen = useRef(false)
  return (
    <Base.Root open={open} onOpenChange={setQuickOpen}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-backdrop" />
        <Base.Viewport className="fixed inset-0 z-40 flex items-start justify-center p-24">
          <Base.Popup
            aria-label="Open a file"
            // The file that was chosen has the focus.
            finalFocus={() => !chosen.current}
            className="flex max-h-window w-full max-w-dialog animate-appear flex-col overflow-hidden rounded-10 border border-line bg-surface-1 shadow-float"
          >
            <Finder task={task} onChosen={() => (chosen.current = true)} />
          </Base.Popup>
        </Base.Viewport>
      </Base.Portal>
    </Base.Root>
  )
}

function Finder({ task, onChosen }: { task: TaskDetail; onChosen: () => void }) {
  const { at, open: recent } = useTaskFiles(task.id)
  const [text, setText] = useState('')
  const [found, setFound] = useState<FoundFiles | null>(null)
  const [error, setError] = useState<ErrorValue | null>(null)
  const [chosen, setChosen] = useState(0)
  const id = useId()
  const list = useRef<HTMLDivElement>(null)
  const { words, line } = readWanted(text)
  useEffect(() => {
    let current = true
    void call('files.find', { taskId: task.id, at, words: words.slice(0, 200) }).then((result) => {
      if (!current) return
      setError(result.ok ? null : result.error)
      if (result.ok) setFound(result.value)
    })
    return () => {
      current = false
    }
  }, [task.id, at, words])
  const open = recent.filter((file) => file.at === at).map(({ path }) => path)
  const known = found?.paths ?? []
  const paths = words === '' ? [...open, ...known.filter((path) => !open.includes(path))] : known
  const active = Math.min(chosen, paths.length - 1)
  const choose = (path: string | undefined) => {
    if (path === undefined) return
    onChosen()
    setQuickOpen(false)
    openFile(task.id, path, { at, line, keep: true, focus: true })
  }
  const move = (index: number) => {
    const next = (index + paths.length) % Math.max(1, paths.length)
    setChosen(next)
    list.current?.querySelector(`[data-index="${next}"]`)?.scrollIntoView({ block: 'nearest' })
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const actions: Record<string, () => void> = {
      ArrowDown: () => move(active + 1),
      ArrowUp: () => move(active - 1),
      Enter: () => choose(paths[active]),
    }
    const action = actions[event.key]
    if (action === undefined || event.nativeEvent.isComposing) return
    event.preventDefault()
    action()
  }
  return (
    <>
      <div className="border-b border-line p-8">
        <input
          type="text"
          role="combobox"
          aria-label="File to open"
          aria-expanded={paths.length > 0}
          aria-controls={`${id}list`}
          aria-autocomplete="list"
          aria-activedescendant={paths.length > 0 ? `${id}${active}` : undefined}
          placeholder="A part of the path, and :line"
          value={text}
          spellCheck={false}
          onChange={(event) => {
            setText(event.target.value)
            setChosen(0)
          }}
          onKeyDown={onKeyDown}
          className="h-control w-full rounded-4 bg-surface-0 px-8 text-13"
        />
      </div>
      <div
        ref={list}
        id={`${id}list`}
        // Beside its field, which keeps the focus.
        // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role
        role="listbox"
        aria-label="Files"
        className={cx('max-h-list overflow-x-hidden overflow-y-auto', paths.length > 0 && 'p-4')}
      >
        {paths.map((path, index) => {
          const slash = path.lastIndexOf('/')
          return (
            // The keys of the field choose.
            // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
            <div
              key={path}
              id={`${id}${index}`}
              data-index={index}
              // An `option` element holds text alone.
              // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role
              role="option"
              tabIndex={-1}
              aria-selected={index === active}
              title={path}
              onClick={() => choose(path)}
              className={cx(
                'flex min-h-24 cursor-default items-center gap-8 rounded-4 px-8 text-13',
                index === active ? 'bg-surface-3' : 'hover:bg-surface-2',
              )}
            >
              <span className="sr-only">{path}</span>
              <span aria-hidden className="max-w-full shrink-0 truncate">
                {withUnseen(path.slice(slash + 1))}
              </span>
              <span aria-hidden className="min-w-0 flex-1 truncate text-12 text-text-faint">
                {withUnseen(path.slice(0, Math.max(0, slash)))}
              </span>
            </div>
          )
        })}
      </div>
      {(error !== null || (found !== null && (paths.length === 0 || found.cut))) && (
        <output className={cx('block p-12 text-12', error === null ? 'text-text-muted' : 'text-danger')}>
          {error !== null
            ? [error.message, error.next].filter(Boolean).join(' ')
            : paths.length === 0
              ? 'No file has this in its path.'
              : 'There are more files than can be listed: these may not be the best.'}
        </output>
      )}
    </>
  )
}
