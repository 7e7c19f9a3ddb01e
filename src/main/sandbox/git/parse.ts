import type { FileChange } from '@shared/domain'

const NUL = 0
const COLON = 0x3a
const decoder = new TextDecoder('utf-8', { fatal: false })

/** Names need not be UTF-8: bytes that are not become U+FFFD here, and `toPathspec` finds the file again. */
function text(bytes: Uint8Array): string {
  return decoder.decode(bytes)
}

/** Fields of a `-z` output. A last field without its NUL (output that was cut) is dropped, never half read. */
export function* nulFields(bytes: Uint8Array): Generator<Uint8Array> {
  let start = 0
  for (;;) {
    const end = bytes.indexOf(NUL, start)
    if (end === -1) return
    yield bytes.subarray(start, end)
    start = end + 1
  }
}

export function nulStrings(bytes: Uint8Array): string[] {
  return Array.from(nulFields(bytes), text)
}

export interface RawChange {
  kind: FileChange['kind']
  path: string
  oldPath: string | null
  /** A submodule or an embedded repository on either side. */
  submodule: boolean
}

export interface RawChanges {
  /** At most `limit`; in git's order, one a path. */
  changes: RawChange[]
  total: number
}

const SUBMODULE_MODE = '160000'

/**
 * Reads `git diff --raw -z`. An unmerged path is listed by git as unmerged and again as what its working file
 * is: it is one change, of kind `unmerged`.
 */
export function parseRaw(bytes: Uint8Array, limit: number): RawChanges {
  const changes: RawChange[] = []
  const unmerged = new Set<string>()
  let total = 0
  const fields = nulFields(bytes)
  for (let field = fields.next(); field.done !== true; field = fields.next()) {
    if (field.value[0] !== COLON) continue
    const [oldMode = '', newMode = '', , , status = ''] = text(field.value.subarray(1)).split(' ')
    const first = fields.next()
    if (first.done === true) break
    const letter = status.charAt(0)
    const moved = letter === 'R' || letter === 'C'
    const second = moved ? fields.next() : null
    if (second?.done === true) break
    const path = text(second === null ? first.value : second.value)
    if (letter === 'U') unmerged.add(path)
    else if (unmerged.has(path)) continue
    total += 1
    if (changes.length >= limit) continue
    changes.push({
      kind: kindOf(letter),
      path,
      oldPath: moved ? text(first.value) : null,
      submodule: oldMode === SUBMODULE_MODE || newMode === SUBMODULE_MODE,
    })
  }
  return { changes, total }
}

function kindOf(letter: string): FileChange['kind'] {
  switch (letter) {
    case 'A':
      return 'added'
    case 'D':
      return 'deleted'
    case 'R':
      return 'renamed'
    case 'C':
      return 'copied'
    case 'T':
      return 'type_changed'
    case 'U':
      return 'unmerged'
    default:
      // `M`, and `X`, which git itself calls a change it cannot name.
      return 'modified'
  }
}

export interface LineCounts {
  /** Null for binary files. */
  added: number | null
  removed: number | null
}

/** Reads `git diff --numstat -z`, keyed by the path after a rename. */
export function parseNumstat(bytes: Uint8Array): Map<string, LineCounts> {
  const counts = new Map<string, LineCounts>()
  const fields = nulFields(bytes)
  for (let field = fields.next(); field.done !== true; field = fields.next()) {
    const match = /^(\d+|-)\t(\d+|-)\t([\s\S]*)$/.exec(text(field.value))
    if (match === null) continue
    let path = match[3] ?? ''
    if (path === '') {
      // A rename: the old path and the new one follow as fields of their own.
      fields.next()
      const renamed = fields.next()
      if (renamed.done === true) break
      path = text(renamed.value)
    }
    const known = counts.get(path)
    if (known !== undefined && known.added !== null && (known.added > 0 || (known.removed ?? 0) > 0)) continue
    counts.set(path, { added: count(match[1]), removed: count(match[2]) })
  }
  return counts
}

function count(digits: string | undefined): number | null {
  return digits === undefined || digits === '-' ? null : Number(digits)
}

/** The last part of `--absolute-git-dir` and friends: one line, whose name may hold anything but a newline at its end. */
export function oneLine(output: string): string {
  return output.endsWith('\n') ? output.slice(0, output.endsWith('\r\n') ? -2 : -1) : output
}

/**
 * A pathspec that means this one path from the top of the tree, whatever characters it holds. Where the path
 * was not UTF-8 its unreadable bytes match anything within their directory.
 */
export function toPathspec(path: string): string {
  if (!path.includes('\uFFFD')) return `:(top,literal)${path}`
  return `:(top,glob)${path.replaceAll(/[\\*?[\]]/g, '\\$&').replaceAll(/\uFFFD+/g, '*')}`
}
