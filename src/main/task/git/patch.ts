import type { FileChange } from '@shared/domain'
import type { PatchPart } from '@shared/changes'
import { endOfLine, firstLine, HUNK_HEAD, patchRows, type PatchRow } from '@shared/patch-rows'

/** One file of a patch, and where its text stands. */
export interface PatchFile {
  readonly change: FileChange
  readonly binary: boolean
  readonly start: number
  readonly end: number
}

/** Reading goes on after a pause each so many characters. */
const SLICE = 512 * 1024

/**
 * The files of a patch as `git diff` wrote it with `PLAIN_DIFF`. Lines of a hunk are counted and never read as headers,
 * whatever they hold; a patch that was cut ends with what there is. Gives way to others between slices of long patches.
 */
export async function readPatch(patch: string): Promise<PatchFile[]> {
  const files: PatchFile[] = []
  let position = 0
  let pause = SLICE
  while (position < patch.length) {
    const start = position
    if (!patch.startsWith('diff --git ', start)) {
      // Such as "* Unmerged path x", which stands for no diff.
      position = endOfLine(patch, start)
      continue
    }
    const reader = new FileReader(patch, start)
    position = reader.read()
    const last = files.at(-1)
    const file = reader.result(position)
    if (last !== undefined && isTypeChange(last.change, file.change))
      files[files.length - 1] = join(last, file)
    else files.push(file)
    if (position > pause) {
      pause = position + SLICE
      await new Promise(setImmediate)
    }
  }
  return files
}

/** Git writes another kind of file as one that goes and one that comes. */
function isTypeChange(before: FileChange, after: FileChange): boolean {
  return before.path === after.path && before.kind === 'deleted' && after.kind === 'added'
}

function join(before: PatchFile, after: PatchFile): PatchFile {
  const sum = (a: number | null, b: number | null) => (a === null || b === null ? null : a + b)
  return {
    change: {
      ...after.change,
      kind: 'type_changed',
      added: sum(before.change.added, after.change.added),
      removed: sum(before.change.removed, after.change.removed),
    },
    binary: before.binary || after.binary,
    start: before.start,
    end: after.end,
  }
}

class FileReader {
  readonly #patch: string
  readonly #start: number
  #position: number
  #names: { old: string; new: string } | null = null
  #oldPath: string | null = null
  #newPath: string | null = null
  #kind: FileChange['kind'] = 'modified'
  #binary = false
  #added = 0
  #removed = 0

  constructor(patch: string, start: number) {
    this.#patch = patch
    this.#start = start
    this.#position = start
  }

  /** Returns where the next file begins. */
  read(): number {
    this.#header(this.#line())
    while (this.#position < this.#patch.length) {
      const at = this.#position
      if (this.#patch.startsWith('diff --git ', at)) break
      const line = this.#line()
      const hunk = HUNK_HEAD.exec(line)
      if (hunk !== null) this.#hunk(Number(hunk[2] ?? 1), Number(hunk[4] ?? 1))
      else this.#header(line)
    }
    return this.#position
  }

  result(end: number): PatchFile {
    const path = this.#newPath ?? this.#names?.new ?? this.#oldPath ?? ''
    const moved = this.#kind === 'renamed' || this.#kind === 'copied'
    return {
      change: {
        path: this.#kind === 'deleted' ? (this.#oldPath ?? path) : path,
        oldPath: moved ? this.#oldPath : null,
        kind: this.#kind,
        added: this.#binary ? null : this.#added,
        removed: this.#binary ? null : this.#removed,
        untracked: false,
        staged: 'none',
      },
      binary: this.#binary,
      start: this.#start,
      end,
    }
  }

  #line(): string {
    const from = this.#position
    this.#position = endOfLine(this.#patch, from)
    const end = this.#patch[this.#position - 1] === '\n' ? this.#position - 1 : this.#position
    return this.#patch.slice(from, end)
  }

  #hunk(oldLines: number, newLines: number): void {
    const patch = this.#patch
    let olds = oldLines
    let news = newLines
    while (this.#position < patch.length && (olds > 0 || news > 0 || patch[this.#position] === '\\')) {
      const mark = patch[this.#position]
      this.#position = endOfLine(patch, this.#position)
      if (mark === '+') {
        news -= 1
        this.#added += 1
      } else if (mark === '-') {
        olds -= 1
        this.#removed += 1
      } else if (mark !== '\\') {
        olds -= 1
        news -= 1
      }
    }
  }

  #header(line: string): void {
    const words = (before: string) => (line.startsWith(before) ? line.slice(before.length) : null)
    const names = words('diff --git ')
    if (names !== null) {
      this.#names = bothNames(names)
      return
    }
    if (line.startsWith('new file mode ')) this.#kind = 'added'
    else if (line.startsWith('deleted file mode ')) this.#kind = 'deleted'
    else if (line.startsWith('Binary files ') || line === 'GIT binary patch') this.#binary = true
    const from = words('rename from ') ?? words('copy from ')
    const to = words('rename to ') ?? words('copy to ')
    if (to !== null) this.#kind = line.startsWith('rename') ? 'renamed' : 'copied'
    if (from !== null) this.#oldPath = unquote(from)
    if (to !== null) this.#newPath = unquote(to)
    const old = words('--- ')
    const next = words('+++ ')
    if (old !== null && old !== '/dev/null') this.#oldPath ??= withoutPrefix(old)
    if (next !== null && next !== '/dev/null') this.#newPath ??= withoutPrefix(next)
    if (this.#kind === 'deleted') this.#oldPath ??= this.#names?.old ?? null
  }
}

/** A name with spaces ends with a tab there, so that it can be told from a time. */
function withoutPrefix(name: string): string {
  return unquote(name.endsWith('\t') ? name.slice(0, -1) : name).slice(2)
}

/** The two names of a header are the same wherever nothing else tells them apart. */
function bothNames(text: string): { old: string; new: string } | null {
  if (text.endsWith('"')) {
    const quoted = /^(?:"(?<old>(?:[^"\\]|\\.)*)"|a\/(?<plain>.*?)) "(?<new>(?:[^"\\]|\\.)*)"$/s.exec(text)
    const { old, plain, new: next } = quoted?.groups ?? {}
    if (next === undefined) return null
    return {
      old: old === undefined ? (plain ?? '') : unquote(`"${old}"`).slice(2),
      new: unquote(`"${next}"`).slice(2),
    }
  }
  const length = (text.length - 'a/ b/'.length) / 2
  if (!Number.isInteger(length) || length < 1) return null
  const name = text.slice(2, 2 + length)
  return text === `a/${name} b/${name}` ? { old: name, new: name } : null
}

const ESCAPES: Record<string, string> = { a: '\x07', b: '\b', t: '\t', n: '\n', v: '\v', f: '\f', r: '\r' }

/** Undoes git's C style of quoting names (`core.quotePath` is off: bytes beyond ASCII stand for themselves). */
export function unquote(name: string): string {
  if (name.length < 2 || !name.startsWith('"') || !name.endsWith('"')) return name
  return name
    .slice(1, -1)
    .replaceAll(/\\(?:([0-7]{3})|(.))/gs, (_whole, octal: string | undefined, character: string) =>
      octal === undefined
        ? (ESCAPES[character] ?? character)
        : String.fromCharCode(Number.parseInt(octal, 8)),
    )
}

interface Row extends PatchRow {
  chosen: boolean
}

/**
 * A patch that makes only the chosen part of another, of one file and without renames. `forward` fits the old state;
 * `reverse` is to be undone from the new one. Null when nothing is chosen.
 */
export function partOfPatch(patch: string, part: PatchPart, direction: 'forward' | 'reverse'): string | null {
  if (part === 'file') return patch
  const rows: Row[] = [...patchRows(patch)].map((row) => ({ ...row, chosen: false }))
  choose(rows, part)
  const changes = rows.filter(({ mark }) => mark !== ' ')
  if (!changes.some(({ chosen }) => chosen)) return null
  const whole = changes.every(({ chosen }) => chosen)
  const header = patch.slice(0, Math.max(0, patch.search(/^@@ /m)))
  let delta = 0
  let body = ''
  for (const [hunk, all] of Map.groupBy(rows, (row) => row.hunk)) {
    const kept = all.flatMap((row) => keep(row, direction))
    if (kept.every(({ mark }) => mark === ' ')) continue
    const olds = kept.filter(({ mark }) => mark !== '+').length
    const news = kept.filter(({ mark }) => mark !== '-').length
    const oldFirst = firstLine(hunk.oldStart, hunk.oldCount)
    const newFirst = firstLine(hunk.newStart, hunk.newCount)
    const [oldAt, newAt] =
      direction === 'forward' ? [oldFirst, oldFirst + delta] : [newFirst - delta, newFirst]
    delta += news - olds
    body += `@@ -${olds === 0 ? oldAt - 1 : oldAt},${olds} +${news === 0 ? newAt - 1 : newAt},${news} @@${hunk.heading}\n`
    for (const row of kept) body += row.mark + row.text
  }
  return (whole ? header : partialHeader(header, direction)) + body
}

function keep(row: Row, direction: 'forward' | 'reverse'): Row[] {
  if (row.chosen || row.mark === ' ') return [row]
  // What stays as it is on the side that the patch is applied to.
  const stays = direction === 'forward' ? '-' : '+'
  return row.mark === stays ? [{ ...row, mark: ' ' }] : []
}

/** A file of which only some lines go, or come, exists before and after. */
function partialHeader(header: string, direction: 'forward' | 'reverse'): string {
  const [gone, name] =
    direction === 'forward'
      ? (['deleted file mode ', '--- '] as const)
      : (['new file mode ', '+++ '] as const)
  const lines = header.split('\n')
  if (!lines.some((line) => line.startsWith(gone))) return header
  const known = lines.find((line) => line.startsWith(name))?.slice(4) ?? ''
  const other = direction === 'forward' ? '+++ ' : '--- '
  const prefix = direction === 'forward' ? 'b/' : 'a/'
  const renamed = known.startsWith('"') ? `"${prefix}${known.slice(3)}` : `${prefix}${known.slice(2)}`
  return lines
    .filter((line) => !line.startsWith(gone) && !line.startsWith('index '))
    .map((line) => (line.startsWith(other) ? other + renamed : line))
    .join('\n')
}

function choose(rows: Row[], part: Exclude<PatchPart, 'file'>): void {
  if ('hunk' in part) {
    for (const row of rows) row.chosen = row.mark !== ' ' && row.hunk.index === part.hunk
    return
  }
  const find = ({ side, line }: { side: 'old' | 'new'; line: number }) =>
    rows.findIndex((row) => row.mark !== (side === 'old' ? '+' : '-') && row[side] === line)
  const [first = -1, last = -1] = [find(part.from), find(part.to)].toSorted((a, b) => a - b)
  if (first < 0) return
  for (const row of rows.slice(first, last + 1)) row.chosen = row.mark !== ' '
  keepLastLineWhole(rows)
}

/** Where a file ends without a newline, lines of its end cannot be parted: they are chosen together or not at all. */
function keepLastLineWhole(rows: Row[]): void {
  const marker = rows.findLastIndex((row) => row.text.includes('\n\\'))
  if (marker < 0) return
  const hunk = rows[marker]?.hunk
  const changed = (row: Row | undefined) => row !== undefined && row.hunk === hunk && row.mark !== ' '
  let first = marker
  while (changed(rows[first - 1])) first -= 1
  let end = marker + 1
  while (changed(rows[end])) end += 1
  const block = rows.slice(first, end)
  if (!block.some(({ chosen }) => chosen)) return
  for (const row of block) row.chosen = row.mark !== ' '
}
