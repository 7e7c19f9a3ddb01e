import { getSingularPatch, type FileDiffMetadata } from '@pierre/diffs'
import { type Comparison, CONTEXT_LINES, type FileDiff, MOST_DIFFS } from '@shared/changes'
import type { FileChange } from '@shared/domain'
import type { ErrorValue } from '@shared/errors'
import type { TaskId } from '@shared/ids'
import { call } from '../../client/call'
import { withUnseen } from '../transcript/text-guard'

/** One file of a comparison, with its diff. */
export interface LoadedFile {
  readonly file: FileChange
  readonly diff: FileDiff
  /** What the library draws. Without hunks where there are no lines to show. */
  readonly metadata: FileDiffMetadata
}

export interface DiffSnapshot {
  /** As far as they were read, in the order of the list. */
  readonly files: readonly LoadedFile[]
  /** All files of the list were read, or a person has to ask for more. */
  readonly done: boolean
  /** Files that are not read before somebody asks for them. */
  readonly held: number
  readonly error: ErrorValue | null
}

/** About what fills a tall window: read first, so that it is there at once. */
const FIRST_LINES = 1500
const FIRST_FILES = 12
const PAGE_LINES = 8000
/** So much is read by itself. */
const HELD_LINES = 150_000

/**
 * Reads the diffs of a list of files, a page at a time, and again when the list or the checkout has changed: what is
 * the same stays the same object, so that only files that changed are drawn again.
 */
export class DiffSource {
  readonly #taskId: TaskId
  #comparison: Comparison
  #ignoreSpace: boolean
  #list: readonly FileChange[] = []
  #known = new Map<string, LoadedFile>()
  #files: LoadedFile[] = []
  #run = 0
  #limit = HELD_LINES
  #snapshot: DiffSnapshot = { files: [], done: false, held: 0, error: null }
  readonly #listeners = new Set<() => void>()

  constructor(taskId: TaskId, comparison: Comparison, ignoreSpace: boolean) {
    this.#taskId = taskId
    this.#comparison = comparison
    this.#ignoreSpace = ignoreSpace
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  readonly snapshot = (): DiffSnapshot => this.#snapshot

  get comparison(): Comparison {
    return this.#comparison
  }

  /** Another list, or the same one to be read again. */
  show(list: readonly FileChange[]): void {
    this.#list = list
    void this.#read()
  }

  /** Reads the files that were held back too. */
  readAll(): void {
    this.#limit = Infinity
    void this.#read()
  }

  close(): void {
    this.#run += 1
  }

  async #read(): Promise<void> {
    this.#run += 1
    const run = this.#run
    const list = this.#list
    const files: LoadedFile[] = []
    let next = 0
    let read = 0
    while (next < list.length && read < this.#limit) {
      const page = pageFrom(list, next, next === 0)
      // One after the other: pages are shown in their order, and the first must not wait for others.
      const result = await call('task.fileDiffs', {
        taskId: this.#taskId,
        comparison: this.#comparison,
        files: page.map(({ path, oldPath }) => ({ path, oldPath })),
        ignoreSpace: this.#ignoreSpace,
      })
      if (run !== this.#run) return
      if (!result.ok) {
        this.#tell({ files: this.#files, done: true, held: list.length - next, error: result.error })
        return
      }
      for (const [index, diff] of result.value.entries()) {
        const file = page[index]
        if (file !== undefined) files.push(this.#loaded(file, diff))
        read += lines(file)
      }
      next += page.length
      // What stood there before stays until it is read again, so that nothing jumps.
      const later = new Set(list.slice(next).map(({ path }) => path))
      this.#files = [...files, ...this.#files.filter(({ file }) => later.has(file.path))]
      const done = next >= list.length || read >= this.#limit
      if (done) this.#files = files
      this.#tell({ files: this.#files, done, held: list.length - next, error: null })
    }
    if (list.length === 0) {
      this.#files = []
      this.#tell({ files: [], done: true, held: 0, error: null })
    }
    this.#known = new Map(files.map((one) => [one.file.path, one]))
  }

  #loaded(file: FileChange, diff: FileDiff): LoadedFile {
    const known = this.#known.get(file.path)
    if (known !== undefined && known.diff.version === diff.version) {
      return sameFile(known.file, file) ? known : { ...known, file }
    }
    return { file, diff, metadata: metadataOf(file, diff) }
  }

  #tell(snapshot: DiffSnapshot): void {
    this.#snapshot = snapshot
    for (const listener of this.#listeners) listener()
  }
}

function lines(file: FileChange | undefined): number {
  // A header takes the place of some lines.
  return (file?.added ?? 0) + (file?.removed ?? 0) + 4
}

function pageFrom(list: readonly FileChange[], start: number, first: boolean): FileChange[] {
  const page: FileChange[] = []
  let sum = 0
  for (let at = start; at < list.length; at++) {
    const file = list[at]
    if (file === undefined) break
    sum += lines(file)
    if (
      page.length > 0 &&
      (sum > (first ? FIRST_LINES : PAGE_LINES) || page.length >= (first ? FIRST_FILES : MOST_DIFFS))
    )
      break
    page.push(file)
  }
  return page
}

function sameFile(a: FileChange, b: FileChange): boolean {
  return (
    a.oldPath === b.oldPath &&
    a.kind === b.kind &&
    a.added === b.added &&
    a.removed === b.removed &&
    a.untracked === b.untracked &&
    a.staged === b.staged
  )
}

/** Code as it is drawn: nothing in it turns text around or hides, and the ends of lines stay what they are. */
export function visibleCode(text: string): string {
  return text.split('\r\n').map(withUnseen).join('\r\n')
}

/** What the library draws of a diff. */
export function metadataOf(
  file: Pick<FileChange, 'path' | 'oldPath' | 'kind'>,
  diff: FileDiff,
): FileDiffMetadata {
  const cacheKey = `${file.path}:${diff.version}`
  if (/^@@ /m.test(diff.patch)) {
    const read = getSingularPatch(visibleCode(diff.patch))
    const isPartial = diff.truncated || !isWhole(read)
    return { ...read, name: file.path, cacheKey, isPartial }
  }
  return {
    name: file.path,
    ...(file.oldPath === null ? {} : { prevName: file.oldPath }),
    type: file.kind === 'renamed' ? 'rename-pure' : 'change',
    hunks: [],
    splitLineCount: 0,
    unifiedLineCount: 0,
    isPartial: true,
    deletionLines: [],
    additionLines: [],
    deletionCharacterCount: 0,
    additionCharacterCount: 0,
    cacheKey,
  }
}

/** Whether one hunk is all of the file: then nothing is left to unfold, and nothing is offered. */
function isWhole({ hunks: [only, ...more] }: FileDiffMetadata): boolean {
  if (only === undefined || more.length > 0 || only.additionStart > 1 || only.deletionStart > 1) return false
  const last = only.hunkContent.at(-1)
  return last?.type !== 'context' || last.lines < CONTEXT_LINES
}
