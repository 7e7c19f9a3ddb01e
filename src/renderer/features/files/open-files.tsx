import type { TaskDetail } from '@shared/domain'
import { X } from 'lucide-react'
import { useEffect, useRef, useState, useSyncExternalStore } from 'react'
import { Button, IconButton } from '../../ui/button'
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
  const isActive = (file: OpenFile) => file.path === active.path && file.at === active.at
  useEffect(() => {
    selectedIn(strip.current)?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
    // Another one is in view then.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [active])
  const step = (index: number, by: 1 | -1) => {
    const other = open[(index + by + open.length) % open.length]
    if (other === undefined) return
    changeFilesView(task.id, { active: other, goal: null })
    requestAnimationFrame(() => selectedIn(strip.current)?.focus())
  }
  return (
    <div
      ref={strip}
      className="scroll-strip flex h-row shrink-0 items-center border-b border-line bg-surface-1 px-4"
    >
      {/* What closes them is none of the tabs, and stands between them all the same. */}
      <div role="tablist" aria-label="Open files" className="contents">
        {open.map((file, index) => (
          <OpenTab
            key={keyOf(file)}
            task={task}
            file={file}
            active={isActive(file)}
            order={index * 2}
            onStep={(by) => step(index, by)}
          />
        ))}
      </div>
      {open.map((file, index) => (
        <span
          key={keyOf(file)}
          style={{ order: index * 2 + 1 }}
          className={cx('me-2 flex h-24 shrink-0 items-center rounded-e-4', look(isActive(file)))}
        >
          <IconButton
            label={`Close ${file.path}`}
            tabIndex={isActive(file) ? 0 : -1}
            onClick={() => closeFile(task.id, file)}
          >
            <X className="size-12" />
          </IconButton>
        </span>
      ))}
    </div>
  )
}

const selectedIn = (strip: HTMLElement | null) => strip?.querySelector<HTMLElement>('[aria-selected=true]')
const keyOf = ({ at, path }: OpenFile): string => `${at ?? ''} ${path}`
const look = (active: boolean): string => (active ? 'bg-surface-3 text-text' : 'text-text-muted')

function OpenTab({
  task,
  file,
  active,
  order,
  onStep,
}: {
  task: TaskDetail
  file: OpenFile
  active: boolean
  order: number
  onStep: (step: 1 | -1) => void
}) {
  const buffer = bufferOf(task.id, file)
  const { unsaved } = useSyncExternalStore(buffer.subscribe, buffer.snapshot)
  const name = file.path.slice(file.path.lastIndexOf('/') + 1)
  const words = [file.path, unsaved ? 'not saved' : '', file.at === null ? '' : 'at a turn']
  return (
    <button
      type="button"
      role="tab"
      aria-selected={active}
      aria-label={words.filter((word) => word !== '').join(', ')}
      title={file.path}
      tabIndex={active ? 0 : -1}
      style={{ order }}
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
      className={cx(
        'flex h-24 max-w-tab min-w-32 shrink-0 items-center gap-4 rounded-s-4 ps-8 pe-4 text-12',
        look(active),
      )}
    >
      {unsaved && <span aria-hidden className="size-6 shrink-0 rounded-full bg-warning" />}
      <span className={cx('truncate', !file.kept && 'italic')}>{withUnseen(name)}</span>
    </button>
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
