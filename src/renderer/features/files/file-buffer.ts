import type { ErrorValue } from '@shared/errors'
import type { FileContent } from '@shared/files'
import type { CheckpointId, TaskId } from '@shared/ids'
import { call } from '../../client/call'
import { showError } from '../../ui/toast'
import { textOfParts } from './known-parts'
import { type ReadText, readText, type TextFormat, writeText } from './text-file'

/** How long typing may pause before what was typed is kept. */
const pauseMs = 400
/** Files that are open and hold nothing unsaved are read again after so many others. */
const mostKept = 20

type KnownContent = Exclude<FileContent, { kind: 'same' }>

export interface BufferSnapshot {
  /** Null before it was read first. */
  readonly content: KnownContent | null
  /** What its bytes are; null where it has none. */
  readonly read: ReadText | null
  readonly error: ErrorValue | null
  readonly unsaved: boolean
  readonly saving: boolean
  /** What the file is now, while what is typed here was typed into another state of it. */
  readonly conflict: KnownContent | null
  /** Both are looked at. */
  readonly comparing: boolean
}

/** The editor that shows a buffer now. */
export interface BufferEditor {
  text(): string
  /** Shows another text. `undoable`: a person may want the one before back. */
  replace(text: string, undoable: boolean): void
  /** What is shown is what is in the file. */
  saved(): void
}

interface Text {
  readonly text: string
  readonly format: TextFormat
}

const usual: TextFormat = { bom: false, ending: 'lf' }

/**
 * A file that is open: what is in it, what was typed into it, and the way back to the disk. What was typed is kept by main
 * after each pause, so that neither another task nor the end of the app costs any of it.
 */
export class FileBuffer {
  #state: BufferSnapshot = {
    content: null,
    read: null,
    error: null,
    unsaved: false,
    saving: false,
    conflict: null,
    comparing: false,
  }
  /** The text as it is here, while no editor holds it. */
  #text: Text = { text: '', format: usual }
  /** The version that it was typed into. */
  #version: string | null = null
  #editor: BufferEditor | null = null
  #timer: ReturnType<typeof setTimeout> | undefined
  #reading: Promise<void> | null = null
  #dropped = false
  readonly #listeners = new Set<() => void>()
  /** The text was replaced while no editor showed it, and a person may want the one before back. */
  replacedUndoably = false
  /** How the editor stood when it went away; only the editor looks into it. */
  view: unknown = null

  constructor(
    readonly taskId: TaskId,
    readonly path: string,
    readonly at: CheckpointId | null,
  ) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  readonly snapshot = (): BufferSnapshot => this.#state

  get isShown(): boolean {
    return this.#editor !== null
  }

  get text(): string {
    return this.#editor?.text() ?? this.#text.text
  }

  get format(): TextFormat {
    return this.#text.format
  }

  /** What is in the file as text, where that is what the text here was typed into. */
  get savedText(): string | null {
    const { content, conflict } = this.#state
    if (conflict !== null || content?.kind !== 'file') return null
    const read = readText(content.bytes)
    return read.kind === 'binary' ? null : read.text
  }

  /** Joins the editor that shows the text from now on, until the function that comes back is called. */
  attach(editor: BufferEditor): () => void {
    this.#editor = editor
    return () => {
      this.#text = { ...this.#text, text: editor.text() }
      this.#editor = null
      this.keep()
    }
  }

  /** Looks at the file. What was typed stays; where the file is another one now, that is said. */
  read(): Promise<void> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = null
    })
    return this.#reading
  }

  async #read(): Promise<void> {
    const { taskId, path, at } = this
    const { content: before, conflict, unsaved } = this.#state
    const seen = conflict ?? before
    const known = seen?.kind === 'file' ? seen.version : null
    const result = await call('files.read', { taskId, at, path, known })
    if (this.#dropped) return
    if (!result.ok) return this.#change({ error: result.error })
    const { content, draft } = result.value
    if (content.kind === 'same') return this.#change({ error: null })
    if (before === null && draft !== null) {
      const typed = readText(draft.bytes)
      if (typed.kind === 'text') {
        this.#version = draft.version
        this.#text = { text: typed.text, format: this.#formatOf(typed, content) }
        const same = content.kind === 'file' ? content.version === draft.version : draft.version === null
        return this.#change({
          content,
          read: typed,
          error: null,
          unsaved: true,
          conflict: same ? null : content,
        })
      }
    }
    if (unsaved || this.#state.unsaved) {
      // It may have become again what it was.
      const version = content.kind === 'file' ? content.version : null
      const back = version === this.#version && (version !== null || content.kind === 'missing')
      return this.#change({ conflict: back ? null : content, error: null, ...(back ? { content } : {}) })
    }
    this.#take(content)
  }

  /** A text without any line end has none of its own to keep. */
  #formatOf(typed: Text, content: FileContent): TextFormat {
    if (/[\r\n]/.test(typed.text) || content.kind !== 'file') return typed.format
    const read = readText(content.bytes)
    return read.kind === 'text' ? read.format : typed.format
  }

  /** What is in the file is what is here. */
  #take(content: KnownContent, undoable = false): void {
    const read = content.kind === 'file' ? readText(content.bytes) : null
    const text = textOf(content, read)
    this.#version = content.kind === 'file' ? content.version : null
    this.#text = { text, format: read?.kind === 'text' ? read.format : usual }
    this.replacedUndoably = undoable
    this.#editor?.replace(text, undoable)
    this.#editor?.saved()
    this.#change({ content, read, error: null, unsaved: false, conflict: null, comparing: false })
  }

  /** Told by the editor after each change. */
  changed(unsaved: boolean): void {
    if (this.#state.unsaved !== unsaved) this.#change({ unsaved })
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.keep(), pauseMs)
  }

  /** Keeps what was typed, or lets go of it when it is what is in the file. */
  keep(): void {
    if (this.#timer === undefined) return
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.at !== null || this.#dropped || this.#state.saving) return
    const { taskId, path } = this
    const work = this.#state.unsaved
      ? call('files.saveDraft', { taskId, path, bytes: this.#bytes(), version: this.#version })
      : call('files.dropDraft', { taskId, path })
    void work.then((result) => {
      if (!result.ok) showError(result.error)
    })
  }

  #bytes(): Uint8Array<ArrayBuffer> {
    return writeText(this.text, this.#text.format)
  }

  /** Writes the text where it is another one than in the file. */
  saveTyped(): void {
    if (this.#state.unsaved) void this.save()
  }

  /** Writes the text. False where the file is another one by now, or could not be written: nothing is lost then. */
  async save(overwrites = false): Promise<boolean> {
    const { taskId, path } = this
    if (this.#state.saving) return false
    const { conflict } = this.#state
    if (overwrites && conflict !== null) this.#version = conflict.kind === 'file' ? conflict.version : null
    const bytes = this.#bytes()
    const text = this.text
    this.#change({ saving: true })
    const result = await call('files.write', { taskId, path, bytes, version: this.#version, overwrites })
    if (!result.ok) {
      this.#change({ saving: false, error: null })
      this.changed(this.#state.unsaved)
      showError(result.error)
      return false
    }
    if (result.value.outcome === 'conflict') {
      const { current } = result.value
      this.#change({ saving: false, conflict: current.kind === 'same' ? null : current, comparing: true })
      this.changed(true)
      return false
    }
    const { version } = result.value
    this.#version = version
    const before = this.#state.content
    const content: KnownContent = {
      kind: 'file',
      writable: true,
      executable: before?.kind === 'file' && before.executable,
      bytes,
      version,
    }
    // Somebody may have typed on meanwhile.
    const unsaved = this.text !== text
    if (!unsaved) this.#editor?.saved()
    this.#change({
      content,
      read: readText(bytes),
      saving: false,
      error: null,
      unsaved,
      conflict: null,
      comparing: false,
    })
    if (unsaved) this.changed(true)
    return true
  }

  /** Shows what is in the file in place of what was typed, which can be undone in the editor. */
  takeTheirs(): void {
    const { conflict } = this.#state
    if (conflict === null) return
    this.#take(conflict, true)
    this.changed(false)
    this.keep()
  }

  /** Lets go of what was typed. */
  discard(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#dropped = true
    const { taskId, path } = this
    void call('files.dropDraft', { taskId, path }).then((result) => {
      if (!result.ok) showError(result.error)
    })
  }

  compare(comparing: boolean): void {
    this.#change({ comparing })
  }

  close(): void {
    this.keep()
    this.#dropped = true
  }

  #change(change: Partial<BufferSnapshot>): void {
    this.#state = { ...this.#state, ...change }
    for (const listener of this.#listeners) listener()
  }
}

function textOf(content: KnownContent, read: ReadText | null): string {
  if (content.kind === 'parts') return textOfParts(content.parts, content.whole).text
  return read === null || read.kind === 'binary' ? '' : read.text
}

const buffers = new Map<string, FileBuffer>()

interface Place {
  readonly path: string
  readonly at: CheckpointId | null
}
const keyOf = (taskId: string, { path, at }: Place): string => `${taskId} ${at ?? ''} ${path}`

/** The buffer of a file, made where there is none. */
export function bufferOf(taskId: TaskId, place: Place): FileBuffer {
  const key = keyOf(taskId, place)
  const known = buffers.get(key)
  if (known !== undefined) {
    buffers.delete(key)
    buffers.set(key, known)
    return known
  }
  const buffer = new FileBuffer(taskId, place.path, place.at)
  buffers.set(key, buffer)
  for (const [old, other] of buffers) {
    if (buffers.size <= mostKept) break
    if (other === buffer || other.isShown || other.snapshot().unsaved || other.snapshot().saving) continue
    other.close()
    buffers.delete(old)
  }
  return buffer
}

export function dropBuffer(taskId: TaskId, place: Place): void {
  const key = keyOf(taskId, place)
  buffers.get(key)?.close()
  buffers.delete(key)
}

// What was typed just before the window goes away is kept as well.
window.addEventListener('pagehide', () => {
  for (const buffer of buffers.values()) buffer.keep()
})
