import type { CheckpointId, TaskId } from '@shared/ids'
import { create } from 'zustand'
import { showPanel } from '../../app/panels'
import { choosePanelTab, showTask, useWorkspace } from '../../app/workspace'
import { bufferOf, dropBuffer } from './file-buffer'

/** A file in the strip of open ones. `at`: the checkpoint it is shown at; null as it is. */
export interface OpenFile {
  readonly path: string
  readonly at: CheckpointId | null
  /** It stays when the next file is opened. */
  readonly kept: boolean
}

/** A place somebody asked for. A new object each time. */
export interface Goal {
  readonly path: string
  readonly at: CheckpointId | null
  readonly line: number | null
  /** Whoever asked goes on typing there. */
  readonly focus: boolean
}

export interface FilesOfTask {
  readonly open: readonly OpenFile[]
  readonly active: OpenFile | null
  readonly goal: Goal | null
  /** Files are found by the folder they are in, or by what is in them. */
  readonly side: 'tree' | 'search'
  /** Whose files are listed and searched. */
  readonly at: CheckpointId | null
  /** The tree, or what was found, is on screen. */
  readonly listed: boolean
  /** A file with something unsaved that somebody wants to close. */
  readonly closing: OpenFile | null
}

const nothing: FilesOfTask = {
  open: [],
  active: null,
  goal: null,
  side: 'tree',
  at: null,
  listed: true,
  closing: null,
}

const useFiles = create<Readonly<Record<string, FilesOfTask>>>(() => ({}))

/** What is open of the files of a task, as long as the window is. */
export function useTaskFiles(taskId: string): FilesOfTask {
  return useFiles((state) => state[taskId] ?? nothing)
}

export function changeFilesView(taskId: string, change: Partial<FilesOfTask>): void {
  useFiles.setState((state) => ({ [taskId]: { ...(state[taskId] ?? nothing), ...change } }))
}

const isSame = (a: { path: string; at: string | null }, b: { path: string; at: string | null }): boolean =>
  a.path === b.path && a.at === b.at

export interface OpenRequest {
  line?: number | null
  at?: CheckpointId | null
  /** It stays open; others make room for the next one. */
  keep?: boolean
  /** The keyboard goes there. */
  focus?: boolean
}

/** Shows a file of a task, at a line where one is given, and brings the files on screen. */
export function openFile(taskId: TaskId, path: string, request: OpenRequest = {}): void {
  const { line = null, at = null, keep = false, focus = false } = request
  const known = useFiles.getState()[taskId] ?? nothing
  const there = known.open.find((one) => isSame(one, { path, at }))
  const file: OpenFile = { path, at, kept: keep || (there?.kept ?? false) }
  const goal: Goal = { path, at, line, focus }
  if (there === undefined) {
    // The one that was only looked at makes room.
    const glanced = known.open.find((one) => !one.kept && !bufferOf(taskId, one).snapshot().unsaved)
    if (glanced !== undefined) dropBuffer(taskId, glanced)
    changeFilesView(taskId, {
      open: [...known.open.filter((one) => one !== glanced), file],
      active: file,
      goal,
    })
  } else
    changeFilesView(taskId, {
      open: known.open.map((one) => (one === there ? file : one)),
      active: file,
      goal,
    })
  showTask(taskId)
  choosePanelTab('files')
  if (!useWorkspace.getState().panelWide) showPanel()
}

/** What somebody edits, or wants to keep, stays open. */
export function keepOpen(taskId: string, file: OpenFile): void {
  const known = useFiles.getState()[taskId] ?? nothing
  const there = known.open.find((one) => isSame(one, file))
  if (there === undefined || there.kept) return
  const kept = { ...there, kept: true }
  changeFilesView(taskId, {
    open: known.open.map((one) => (one === there ? kept : one)),
    active: known.active !== null && isSame(known.active, there) ? kept : known.active,
  })
}

/** Puts files into the strip that hold something unsaved, as after a restart. */
export function reopenUnsaved(taskId: string, paths: readonly string[]): void {
  const known = useFiles.getState()[taskId] ?? nothing
  const missing = paths.filter((path) => !known.open.some((one) => isSame(one, { path, at: null })))
  if (missing.length === 0) return
  const files = missing.map((path): OpenFile => ({ path, at: null, kept: true }))
  changeFilesView(taskId, { open: [...known.open, ...files], active: known.active ?? files.at(-1) ?? null })
}

/** Asks first where something in it is not saved, unless it was asked already. */
export function closeFile(taskId: TaskId, file: OpenFile, force = false): void {
  const known = useFiles.getState()[taskId] ?? nothing
  if (!force && bufferOf(taskId, file).snapshot().unsaved) return changeFilesView(taskId, { closing: file })
  dropBuffer(taskId, file)
  const index = known.open.findIndex((one) => isSame(one, file))
  const open = known.open.filter((one) => !isSame(one, file))
  const active =
    known.active !== null && isSame(known.active, file)
      ? (open[Math.min(index, open.length - 1)] ?? null)
      : known.active
  changeFilesView(taskId, { open, active, closing: null })
}
