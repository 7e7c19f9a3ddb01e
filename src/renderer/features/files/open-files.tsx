import type { TaskDetail } from '@shared/domain'
import { X } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { Button } from '../../ui/button'
import { cx } from '../../ui/cx'
import { Dialog } from '../../ui/dialog'
import { withUnseen } from '../transcript/text-guard'
import { bufferOf } from './file-buffer'
import { changeFilesView, closeFile, keepOpen, type OpenFile } from './files-state'

/** The files that are open. One tab stop; arrows go from one to the next, Delete closes. */
export function OpenFiles({
  task,
  open,
  active,
}: {
  task: TaskDetail
  open: readonly OpenFile[]
  active: OpenFile
}) {
  const strip = useRef<HTMLDivElement>(null)
  useEffect(() => {
    strip.current
      ?.querySelector('[aria-selected=true]')
      ?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
    // Another one is in view then.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [active])
  return (
    <div
      ref={strip}
      role="tablist"
      aria-label="Open files"
      className="scroll-strip flex h-row shrink-0 items-center gap-2 border-b border-line bg-surface-1 px-4"
    >
      {open.map((file, index) => (
        <OpenTab
          key={`${file.at ?? ''} ${file.path}`}
          task={task}
          file={file}
          active={file.path === active.path && file.at === active.at}
          onStep={(step) => {
            const other = open[(index + step + open.length) % open.length]
            if (other === undefined) return
            changeFilesView(task.id, { active: other, goal: null })
            requestAnimationFrame(() =>
              strip.current?.querySelector<HTMLElement>('[aria-selected=true]')?.focus(),
            )
          }}
        />
      ))}
    </div>
  )
}

function OpenTab({
  task,
  file,
  active,
  onStep,
}: {
  task: TaskDetail
  file: OpenFile
  active: boolean
  onStep: (step: 1 | -1) => void
}) {
  const buffer = bufferOf(task.id, file)
  const [unsaved, setUnsaved] = useState(() => buffer.snapshot().unsaved)
  useEffect(() => {
    const follow = () => setUnsaved(buffer.snapshot().unsaved)
    follow()
    return buffer.subscribe(follow)
  }, [buffer])
  const name = file.path.slice(file.path.lastIndexOf('/') + 1)
  return (
    <div
      className={cx(
        'flex h-24 max-w-tab shrink-0 items-center rounded-4 text-12',
        active ? 'bg-surface-3 text-text' : 'text-text-muted hover:bg-surface-2',
      )}
    >
      <button
        type="button"
        role="tab"
        aria-selected={active}
        aria-label={[file.path, unsaved && 'not saved', file.at !== null && 'at a turn']
          .filter(Boolean)
          .join(', ')}
        title={file.path}
        tabIndex={active ? 0 : -1}
        onClick={() => changeFilesView(task.id, { active: file, goal: null })}
        onDoubleClick={() => keepOpen(task.id, file)}
        onAuxClick={(event) => {
          if (event.button === 1) closeFile(task.id, file)
        }}
        onKeyDown={(event) => {
          if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') {
            event.preventDefault()
            onStep(event.key === 'ArrowLeft' ? -1 : 1)
          } else if (event.key === 'Delete') {
            event.preventDefault()
            closeFile(task.id, file)
          }
        }}
        className="flex h-24 min-w-0 items-center gap-4 rounded-4 ps-8"
      >
        {unsaved && <span aria-hidden className="size-6 shrink-0 rounded-full bg-warning" />}
        <span className={cx('truncate', !file.kept && 'italic')}>{withUnseen(name)}</span>
      </button>
      <button
        type="button"
        // The tab itself closes with Delete.
        tabIndex={-1}
        aria-label={`Close ${file.path}`}
        title="Close"
        onClick={() => closeFile(task.id, file)}
        className="inline-flex size-24 shrink-0 items-center justify-center rounded-4 text-text-faint hover:text-text"
      >
        <X className="size-12" />
      </button>
    </div>
  )
}

/** Before something that was typed goes away. */
export function CloseQuestion({
  task,
  file,
  canWork,
}: {
  task: TaskDetail
  file: OpenFile
  canWork: boolean
}) {
  const stay = useRef<HTMLButtonElement>(null)
  const [busy, setBusy] = useState(false)
  const buffer = bufferOf(task.id, file)
  const back = () => changeFilesView(task.id, { closing: null })
  const save = async () => {
    setBusy(true)
    const saved = await buffer.save()
    setBusy(false)
    if (saved) closeFile(task.id, file, true)
    else changeFilesView(task.id, { closing: null, active: file })
  }
  return (
    <Dialog
      open
      onClose={back}
      initialFocus={stay}
      title="Close a file that is not saved?"
      description={<span className="break-all">{file.path}</span>}
      footer={
        <>
          <Button ref={stay} onClick={back}>
            Keep editing
          </Button>
          <Button
            tone="danger"
            onClick={() => {
              buffer.discard()
              closeFile(task.id, file, true)
            }}
          >
            Discard what I typed
          </Button>
          <Button
            tone="accent"
            busy={busy}
            reason={canWork ? null : 'The task has no checkout to write to.'}
            onClick={() => void save()}
          >
            Save and close
          </Button>
        </>
      }
    >
      What you typed into it is not in the file yet. While it stays open it is kept, also when Foundry ends.
    </Dialog>
  )
}
