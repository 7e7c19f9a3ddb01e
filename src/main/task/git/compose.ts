import type { FileChange } from '@shared/domain'
import { patchRows, type PatchRow } from '@shared/patch-rows'
import type { PatchFile } from './patch'

/** A recorded diff, cut into files. */
export interface RecordedStep {
  patch: string
  files: readonly PatchFile[]
}

export interface ComposedFile {
  change: FileChange
  patch: string
  binary: boolean
}

const CONTEXT = 3
/** Longer changes are not looked through for lines that came back. */
const MOST_COMPARED = 4_000_000

/**
 * What lies between the first and the last of some states, from the diffs that lead from each to the next. Only lines that
 * stand in one of them are known: where git would show more around a change, there is less.
 */
export function composeSteps(steps: readonly RecordedStep[]): ComposedFile[] {
  let files = new Map<string, FileHistory>()
  /** They were there at first, and are not any more. */
  const gone: FileHistory[] = []
  for (const { patch, files: changed } of steps) {
    const next = new Map(files)
    for (const { change } of changed)
      if (change.kind === 'renamed' || change.kind === 'deleted') next.delete(change.oldPath ?? change.path)
    for (const file of changed) {
      const { change } = file
      const before = change.oldPath ?? change.path
      const known = files.get(before)
      const came = change.kind === 'added'
      const back = came ? gone.findIndex(({ origin }) => origin === change.path) : -1
      const history =
        back >= 0
          ? (gone.splice(back, 1)[0] ?? FileHistory.none())
          : came
            ? FileHistory.none()
            : change.kind === 'copied'
              ? (known ?? FileHistory.of(before)).copy()
              : (known ?? FileHistory.of(before))
      history.apply(file, patch.slice(file.start, file.end))
      if (change.kind !== 'deleted') next.set(change.path, history)
      else if (history.origin !== null) gone.push(history)
    }
    files = next
  }
  const taken = new Set<FileHistory>()
  for (const [path, history] of files) {
    const before = gone.find(({ origin }) => origin === path)
    if (before === undefined) continue
    // Another file has its name now. One that was made takes its place; one that moved there is told by where it came from.
    taken.add(before)
    if (history.origin === null) files.set(path, history.inPlaceOf(before))
  }
  return [
    ...[...files].flatMap(([path, history]) => history.result(path) ?? []),
    ...gone.flatMap((history) => (taken.has(history) ? [] : (history.result(null) ?? []))),
  ].toSorted((a, b) => (a.change.path < b.change.path ? -1 : 1))
}

/** Lines of the file as it is now: kept from the first state, or made since. Between them, what is gone of the first. */
type Segment =
  | { type: 'kept'; old: number; count: number }
  | { type: 'made'; lines: string[] }
  | { type: 'gone'; lines: string[] }

interface Block {
  old: number
  removed: string[]
  added: string[]
}

class FileHistory {
  #isCopy = false
  #binary = false
  #blobs: { first: string | null; last: string | null } | null = null
  #modes: { first: string | null; last: string | null } = { first: null, last: null }
  #segments: Segment[]
  /** Lines of the first state whose text some diff shows. */
  readonly #known = new Map<number, string>()

  /** @param origin its name in the first state; null where it was not there */
  private constructor(readonly origin: string | null) {
    this.#segments = origin === null ? [] : [{ type: 'kept', old: 1, count: Number.POSITIVE_INFINITY }]
  }

  static of(origin: string): FileHistory {
    return new FileHistory(origin)
  }

  static none(): FileHistory {
    return new FileHistory(null)
  }

  copy(): FileHistory {
    const copy = new FileHistory(this.origin)
    copy.#isCopy = true
    copy.#binary = this.#binary
    copy.#segments = this.#segments.map((one) =>
      one.type === 'kept' ? { ...one } : { ...one, lines: [...one.lines] },
    )
    for (const [line, text] of this.#known) copy.#known.set(line, text)
    return copy
  }

  /** One that was made after another of its name was gone. */
  inPlaceOf(before: FileHistory): FileHistory {
    const joined = new FileHistory(before.origin)
    joined.#binary = this.#binary || before.#binary
    joined.#segments = [...before.#segments.filter(({ type }) => type === 'gone'), ...this.#segments]
    joined.#modes = { first: before.#modes.first, last: this.#modes.last }
    joined.#blobs = { first: before.#blobs?.first ?? null, last: this.#blobs?.last ?? null }
    for (const [line, text] of before.#known) joined.#known.set(line, text)
    return joined
  }

  apply(file: PatchFile, patch: string): void {
    // Another kind of file is written as one that goes and one that comes.
    const second = file.change.kind === 'type_changed' ? patch.indexOf('\ndiff --git ') + 1 : 0
    for (const part of second > 0 ? [patch.slice(0, second), patch.slice(second)] : [patch]) this.#step(part)
    this.#binary ||= file.binary
  }

  #step(patch: string): void {
    const head = patch.slice(0, Math.max(patch.search(/^@@ /m), 0) || undefined)
    const blobs = /^index ([\da-f]+)\.\.([\da-f]+)(?: (\d+))?/m.exec(head)
    if (blobs !== null)
      this.#blobs = { first: this.#blobs?.first ?? blobs[1] ?? null, last: blobs[2] ?? null }
    const old = /^(?:old|deleted file) mode (\d+)/m.exec(head)?.[1] ?? blobs?.[3]
    const fresh = /^new (?:file )?mode (\d+)/m.exec(head)?.[1] ?? blobs?.[3]
    this.#modes = { first: this.#modes.first ?? old ?? null, last: fresh ?? this.#modes.last }
    const rows = [...patchRows(patch)]
    for (const { mark, old: line, text } of rows) if (mark !== '+') this.#learn(line, text)
    // From the end on: what is before keeps its numbers.
    for (const block of blocksIn(rows).toReversed()) this.#replace(block)
  }

  /** The text of a line as the file is now. */
  #learn(line: number, text: string): void {
    let at = 1
    for (const segment of this.#segments) {
      if (segment.type === 'gone') continue
      const count = segment.type === 'kept' ? segment.count : segment.lines.length
      if (line < at + count) {
        if (segment.type === 'kept') this.#known.set(segment.old + line - at, text)
        return
      }
      at += count
    }
  }

  #replace({ old, removed, added }: Block): void {
    const next: Segment[] = []
    let at = 1
    let isMade = added.length === 0
    const make = () => {
      if (!isMade) next.push({ type: 'made', lines: added })
      isMade = true
    }
    const end = old + removed.length
    for (const segment of this.#segments) {
      if (segment.type === 'gone') {
        next.push(segment)
        continue
      }
      const count = segment.type === 'kept' ? segment.count : segment.lines.length
      const from = Math.min(count, Math.max(0, old - at))
      const to = Math.min(count, Math.max(0, end - at))
      push(next, slice(segment, 0, from))
      if (to > from && segment.type === 'kept')
        next.push({ type: 'gone', lines: removed.slice(at + from - old, at + to - old) })
      if (at + count >= end && at + from >= old) make()
      push(next, slice(segment, Math.max(from, to), count))
      at += count
    }
    make()
    this.#segments = next
  }

  /** @param path its name in the last state; null where it is not there any more */
  result(path: string | null): ComposedFile | null {
    const { origin } = this
    const name = path ?? origin
    if (name === null) return null
    const { first, last } = this.#modes
    const kind: FileChange['kind'] =
      origin === null
        ? 'added'
        : path === null
          ? 'deleted'
          : this.#isCopy
            ? 'copied'
            : origin !== path
              ? 'renamed'
              : 'modified'
    const hunks = this.#binary ? [] : this.#hunks()
    const isSame = this.#binary
      ? this.#blobs !== null && this.#blobs.first === this.#blobs.last
      : hunks.length === 0
    const newMode = first !== null && last !== null && first !== last && kind === 'modified'
    if (kind === 'modified' && isSame && !newMode) return null
    const rows = hunks.flat()
    const oldPath = kind === 'renamed' || kind === 'copied' ? origin : null
    return {
      change: {
        path: name,
        oldPath,
        kind,
        added: this.#binary ? null : rows.filter(({ mark }) => mark === '+').length,
        removed: this.#binary ? null : rows.filter(({ mark }) => mark === '-').length,
        untracked: false,
        staged: 'none',
      },
      binary: this.#binary,
      patch: this.#header(kind, origin ?? name, name, newMode) + (this.#binary ? '' : textOf(hunks)),
    }
  }

  #header(kind: FileChange['kind'], from: string, to: string, newMode: boolean): string {
    const { first, last } = this.#modes
    const [a, b] = [quoted(`a/${from}`), quoted(`b/${to}`)]
    let head = `diff --git ${a} ${b}\n`
    if (newMode) head += `old mode ${first}\nnew mode ${last}\n`
    if (kind === 'added') head += `new file mode ${last ?? '100644'}\n`
    if (kind === 'deleted') head += `deleted file mode ${first ?? '100644'}\n`
    if (kind === 'renamed' || kind === 'copied') {
      const verb = kind === 'renamed' ? 'rename' : 'copy'
      head += `${verb} from ${quoted(from)}\n${verb} to ${quoted(to)}\n`
    }
    const names = [kind === 'added' ? '/dev/null' : a, kind === 'deleted' ? '/dev/null' : b] as const
    if (this.#binary) return `${head}Binary files ${names[0]} and ${names[1]} differ\n`
    return `${head}--- ${named(names[0])}\n+++ ${named(names[1])}\n`
  }

  #hunks(): Row[][] {
    const hunks: Row[][] = []
    let open: Row[] = []
    let [old, fresh] = [1, 1]
    let removed: string[] = []
    let added: string[] = []
    const context = (line: number, shift: number): Row | null => {
      const text = this.#known.get(line)
      return text === undefined ? null : { mark: ' ', text, old: line, fresh: line + shift }
    }
    const settle = () => {
      if (removed.length + added.length === 0) return
      const rows = compared(removed, added, old, fresh)
      old += removed.length
      fresh += added.length
      removed = []
      added = []
      open.push(...rows)
    }
    const close = () => {
      const trimmed = trim(open)
      if (trimmed.length > 0) hunks.push(trimmed)
      open = []
    }
    for (const segment of this.#segments) {
      if (segment.type === 'gone') removed.push(...segment.lines)
      else if (segment.type === 'made') added.push(...segment.lines)
      else {
        settle()
        const shift = fresh - old
        const { count } = segment
        const end = old + count
        const all: Row[] = []
        // Between two changes that stand near each other, everything; else what is known around each.
        const after = Math.min(count, CONTEXT)
        let line = old
        for (; line < old + after; line++) {
          const row = context(line, shift)
          if (row === null) break
          all.push(row)
        }
        const whole = line === end
        if (open.length > 0) open.push(...all)
        if (!whole) {
          const rest: Row[] = []
          for (let back = end - 1; back >= line && rest.length < CONTEXT && Number.isFinite(end); back--) {
            const row = context(back, shift)
            if (row === null) break
            rest.unshift(row)
          }
          const joined = rest.length > 0 && rest[0]?.old === line && open.length > 0
          if (!joined) close()
          open.push(...rest)
        } else if (open.length === 0) open.push(...all)
        old = end
        fresh = end + shift
      }
    }
    settle()
    close()
    return hunks
  }
}

interface Row {
  mark: ' ' | '+' | '-'
  text: string
  old: number
  fresh: number
}

function push(into: Segment[], segment: Segment | null): void {
  if (segment !== null) into.push(segment)
}

function slice(segment: Exclude<Segment, { type: 'gone' }>, from: number, to: number): Segment | null {
  if (to <= from) return null
  return segment.type === 'kept'
    ? { type: 'kept', old: segment.old + from, count: to - from }
    : { type: 'made', lines: segment.lines.slice(from, to) }
}

function blocksIn(rows: readonly PatchRow[]): Block[] {
  const blocks: Block[] = []
  let open: Block | null = null
  let hunk: unknown = null
  for (const row of rows) {
    if (row.mark === ' ' || row.hunk !== hunk) open = null
    hunk = row.hunk
    if (row.mark === ' ') continue
    if (open === null) {
      open = { old: row.old, removed: [], added: [] }
      blocks.push(open)
    }
    if (row.mark === '-') open.removed.push(row.text)
    else open.added.push(row.text)
  }
  return blocks
}

/** What a change comes to: lines that went and came back are no change. */
function compared(removed: readonly string[], added: readonly string[], old: number, fresh: number): Row[] {
  let start = 0
  const shorter = Math.min(removed.length, added.length)
  while (start < shorter && removed[start] === added[start]) start += 1
  let tail = 0
  while (tail < shorter - start && removed.at(-1 - tail) === added.at(-1 - tail)) tail += 1
  const a = removed.slice(start, removed.length - tail)
  const b = added.slice(start, added.length - tail)
  const rows: Row[] = []
  const add = (mark: Row['mark'], text: string) => {
    rows.push({ mark, text, old, fresh })
    if (mark !== '+') old += 1
    if (mark !== '-') fresh += 1
  }
  for (const text of removed.slice(0, start)) add(' ', text)
  for (const { mark, text } of between(a, b)) add(mark, text)
  for (const text of removed.slice(removed.length - tail)) add(' ', text)
  return rows
}

function between(a: readonly string[], b: readonly string[]): { mark: Row['mark']; text: string }[] {
  const all = [
    ...a.map((text) => ({ mark: '-' as const, text })),
    ...b.map((text) => ({ mark: '+' as const, text })),
  ]
  if (a.length === 0 || b.length === 0 || a.length * b.length > MOST_COMPARED) return all
  // The longest lines in common, from the end.
  const width = b.length + 1
  const longest = new Uint32Array((a.length + 1) * width)
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      longest[i * width + j] =
        a[i] === b[j]
          ? (longest[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(longest[(i + 1) * width + j] ?? 0, longest[i * width + j + 1] ?? 0)
  const rows: { mark: Row['mark']; text: string }[] = []
  let [i, j] = [0, 0]
  while (i < a.length || j < b.length) {
    const [old, fresh] = [a[i], b[j]]
    if (old !== undefined && old === fresh) {
      rows.push({ mark: ' ', text: old })
      i += 1
      j += 1
    } else if (
      old !== undefined &&
      (fresh === undefined || (longest[(i + 1) * width + j] ?? 0) >= (longest[i * width + j + 1] ?? 0))
    ) {
      rows.push({ mark: '-', text: old })
      i += 1
    } else if (fresh !== undefined) {
      rows.push({ mark: '+', text: fresh })
      j += 1
    }
  }
  return rows
}

/** Without context that is too far from any change; nothing where there is no change. */
function trim(rows: readonly Row[]): Row[] {
  const first = rows.findIndex(({ mark }) => mark !== ' ')
  if (first < 0) return []
  const last = rows.findLastIndex(({ mark }) => mark !== ' ')
  return rows.slice(Math.max(0, first - CONTEXT), last + 1 + CONTEXT)
}

function textOf(hunks: readonly (readonly Row[])[]): string {
  let text = ''
  for (const rows of hunks) {
    const [first] = rows
    if (first === undefined) continue
    const olds = rows.filter(({ mark }) => mark !== '+').length
    const news = rows.filter(({ mark }) => mark !== '-').length
    text += `@@ -${olds === 0 ? first.old - 1 : first.old},${olds} +${news === 0 ? first.fresh - 1 : first.fresh},${news} @@\n`
    for (const row of rows) text += row.mark + row.text
  }
  return text
}

/** As git writes names that hold what its format is made of. */
function quoted(name: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is written in another way
  if (!/[\u0000-\u001f"\\\u007f]/.test(name)) return name
  // oxlint-disable-next-line no-control-regex -- the same
  const text = name.replaceAll(/[\u0000-\u001f"\\\u007f]/g, (character) =>
    character === '"' || character === '\\'
      ? `\\${character}`
      : `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`,
  )
  return `"${text}"`
}

/** A name with spaces ends with a tab there, so that it can be told from a time. */
const named = (name: string): string => (name.includes(' ') && !name.startsWith('"') ? `${name}\t` : name)
