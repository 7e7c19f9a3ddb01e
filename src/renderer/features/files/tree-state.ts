import type { ErrorValue } from '@shared/errors'
import type { FileEntry, FolderContent } from '@shared/files'
import type { CheckpointId, TaskId } from '@shared/ids'
import { call } from '../../client/call'

type Folder =
  | { readonly state: 'reading' }
  | { readonly state: 'read'; readonly content: FolderContent }
  | { readonly state: 'failed'; readonly error: ErrorValue }

/** A row of the tree, from the top down. */
export type TreeRow =
  | {
      readonly type: 'entry'
      readonly path: string
      readonly entry: FileEntry
      readonly level: number
      /** Null for what cannot be unfolded. */
      readonly open: boolean | null
      readonly place: number
      readonly count: number
    }
  | { readonly type: 'note'; readonly path: string; readonly text: string; readonly level: number }

export interface TreeSnapshot {
  readonly rows: readonly TreeRow[]
  /** Of the top; what went wrong further down stands there. */
  readonly error: ErrorValue | null
  readonly reading: boolean
  readonly partial: boolean
}

/** The folders of one state of a task's files, each read when it is unfolded first. */
export class FileTree {
  readonly #folders = new Map<string, Folder>()
  readonly #open = new Set<string>([''])
  readonly #listeners = new Set<() => void>()
  #snapshot: TreeSnapshot = { rows: [], error: null, reading: true, partial: false }

  constructor(
    private readonly taskId: TaskId,
    private readonly at: CheckpointId | null,
  ) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  readonly snapshot = (): TreeSnapshot => this.#snapshot

  /** Reads what is unfolded, again where it was read before. What is there stays until the new is. */
  refresh(): void {
    for (const folder of this.#open) void this.#read(folder)
  }

  toggle(path: string, open = !this.#open.has(path)): void {
    if (open === this.#open.has(path)) return
    if (open) {
      this.#open.add(path)
      if (!this.#folders.has(path)) void this.#read(path)
    } else this.#open.delete(path)
    this.#draw()
  }

  /** Unfolds all folders that a file is in. */
  reveal(path: string): void {
    for (let slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1))
      this.toggle(path.slice(0, slash), true)
  }

  async #read(path: string): Promise<void> {
    if (!this.#folders.has(path)) {
      this.#folders.set(path, { state: 'reading' })
      this.#draw()
    }
    const result = await call('files.folder', { taskId: this.taskId, at: this.at, folder: path })
    this.#folders.set(
      path,
      result.ok ? { state: 'read', content: result.value } : { state: 'failed', error: result.error },
    )
    this.#draw()
  }

  #draw(): void {
    const top = this.#folders.get('')
    const rows: TreeRow[] = []
    this.#add(rows, '', 1)
    this.#snapshot = {
      rows,
      error: top?.state === 'failed' ? top.error : null,
      reading: top === undefined || top.state === 'reading',
      partial: top?.state === 'read' && top.content.partial,
    }
    for (const listener of this.#listeners) listener()
  }

  #add(rows: TreeRow[], path: string, level: number): void {
    const folder = this.#folders.get(path)
    const note = (text: string) => rows.push({ type: 'note', path: `${path}/`, text, level })
    if (folder === undefined || folder.state === 'reading') {
      if (path !== '') note('Reading')
      return
    }
    if (folder.state === 'failed') {
      if (path !== '') note(folder.error.message)
      return
    }
    const { entries, cut } = folder.content
    for (const [index, entry] of entries.entries()) {
      const own = path === '' ? entry.name : `${path}/${entry.name}`
      const folds = entry.kind === 'folder' || entry.kind === 'submodule'
      const open = folds ? this.#open.has(own) : null
      rows.push({ type: 'entry', path: own, entry, level, open, place: index + 1, count: entries.length })
      if (open === true) this.#add(rows, own, level + 1)
    }
    if (entries.length === 0) note(path === '' ? 'There is nothing in it' : 'Empty')
    if (cut) note(`Only the first ${entries.length} are listed`)
  }
}

const trees = new Map<string, FileTree>()
/** Trees of tasks that were looked at last keep what was unfolded in them. */
const mostTrees = 10

export function treeOf(taskId: TaskId, at: CheckpointId | null): FileTree {
  const key = `${taskId} ${at ?? ''}`
  let tree = trees.get(key)
  if (tree === undefined) {
    tree = new FileTree(taskId, at)
    trees.set(key, tree)
    const [oldest] = trees.keys()
    if (trees.size > mostTrees && oldest !== undefined) trees.delete(oldest)
  }
  return tree
}
