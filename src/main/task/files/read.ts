import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import { FoundryError } from '@shared/errors'
import { MOST_ENTRIES, MOST_FILE_BYTES } from '@shared/file-limits'
import type { FileContent, FileEntry, FolderContent } from '@shared/files'
import { withScratch } from '../../sandbox/git/changes'
import { expectGit, gitError } from '../../sandbox/git/errors'
import { nulStrings, oneLine } from '../../sandbox/git/parse'
import type { CheckoutGit, GitResult } from '../../sandbox/git/types'
import { readBlob } from '../git/diff'
import { folderOf, placeOf, targetOf } from './place'
import { LIST, LOOK } from './scripts'

const LIST_BYTES = 4 * 1024 * 1024

/** Another one for other bytes. */
export function versionOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64url')
}

/** What is at a path of the checkout now. A link is not followed, but those on the way are, within the checkout. */
export async function readNow(git: CheckoutGit, path: string, known: string | null): Promise<FileContent> {
  const { folder, name } = placeOf(path)
  const looked = await git.script(LOOK, [folder, name])
  const [word = '', ...rest] = told(looked, `${path} could not be looked at`)
  switch (word) {
    case 'missing':
    case 'outside':
    case 'unreadable':
    case 'folder':
    case 'other':
      return { kind: word }
    case 'submodule':
      return { kind: 'submodule', commit: null }
    case 'link': {
      const target = rest.join('\n').replace(/\n$/, '')
      return { kind: 'link', target, leadsTo: targetOf(path, target) }
    }
    default: {
      const [, size, mode = ''] = /^file (\d+) (rw?x?)$/.exec(word) ?? []
      if (size === undefined) throw new Error(`Not an answer about a file: ${word}`)
      if (Number(size) > MOST_FILE_BYTES) return { kind: 'large', size: Number(size) }
      const bytes = Uint8Array.from(await git.readFile(posix.join(git.cwd, path)))
      const version = versionOf(bytes)
      if (version === known) return { kind: 'same' }
      return { kind: 'file', bytes, version, writable: mode.includes('w'), executable: mode.includes('x') }
    }
  }
}

/** What was at a path of a commit. */
export async function readAt(
  git: CheckoutGit,
  commit: string,
  path: string,
  known: string | null,
): Promise<FileContent> {
  placeOf(path)
  const listed = await git.run(['ls-tree', '-z', '--long', '--full-tree', commit, '--', path])
  const [entry] = nulStrings(Buffer.from(expectGit(listed, `${path} could not be read`).stdout))
  const found = /^(\d+) (\w+) (\w+) +(\d+|-)\t/.exec(entry ?? '')
  if (found === null) return { kind: 'missing' }
  const [, mode = '', type, object = '', size] = found
  if (type === 'tree') return { kind: 'folder' }
  if (type === 'commit') return { kind: 'submodule', commit: object }
  if (Number(size) > MOST_FILE_BYTES) return { kind: 'large', size: Number(size) }
  if (object === known) return { kind: 'same' }
  const bytes = await withScratch(git, (scratch) => readBlob(git, scratch, object, path))
  if (bytes === null) return { kind: 'large', size: Number(size) }
  if (mode === '120000') {
    const target = new TextDecoder().decode(bytes)
    return { kind: 'link', target, leadsTo: targetOf(path, target) }
  }
  return { kind: 'file', bytes, version: object, executable: mode === '100755', writable: false }
}

/** What is in a folder of the checkout now, folders first. */
export async function listNow(git: CheckoutGit, folder: string): Promise<FolderContent> {
  const looked = await git.script(LIST, [folderOf(folder)], { maxOutputBytes: LIST_BYTES })
  const end = looked.stdout.indexOf('\n')
  const word = looked.stdout.slice(0, end)
  if (word !== 'folder') {
    const what = folder === '' ? 'The checkout' : folder
    if (word === 'missing') throw new FoundryError('not_found', `There is no folder ${what} (any more).`)
    if (word === 'unreadable') throw new FoundryError('forbidden', `The folder ${what} may not be read.`)
    if (word === 'outside') throw new FoundryError('invalid_input', `${what} leads out of the checkout.`)
    throw gitError(looked, `${what} could not be listed`)
  }
  const parts: string[][] = [[]]
  // What was cut in the middle of a name ends before it.
  for (const field of looked.stdout.slice(end + 1, looked.stdout.lastIndexOf('\0')).split('\0')) {
    if (field === '') parts.push([])
    else parts.at(-1)?.push(field.replace(/^\.\//, ''))
  }
  const [folders = [], links = [], files = [], others = [], repositories = [], ignoredNames = []] = parts
  const ignored = new Set(ignoredNames)
  const inside = new Set(repositories.map((path) => posix.dirname(path)))
  const entries: FileEntry[] = [
    ...folders.map((name) => ({
      name,
      kind: inside.has(name) ? ('submodule' as const) : ('folder' as const),
    })),
    ...links.map((name) => ({ name, kind: 'link' as const })),
    ...files.map((name) => ({ name, kind: 'file' as const })),
    ...others.map((name) => ({ name, kind: 'other' as const })),
  ].map((entry) => ({ ...entry, ignored: ignored.has(entry.name) }))
  return sorted(entries, looked.truncated)
}

/** What was in a folder of a commit. */
export async function listAt(git: CheckoutGit, commit: string, folder: string): Promise<FolderContent> {
  folderOf(folder)
  const listed = await git.run(['ls-tree', '-z', `${commit}:${folder}`], { maxOutputBytes: LIST_BYTES })
  if (!listed.truncated && listed.exitCode !== 0)
    throw new FoundryError('not_found', `There was no folder ${folder} then.`, { detail: listed.stderr })
  const entries = nulStrings(Buffer.from(listed.stdout)).flatMap((line): FileEntry[] => {
    const tab = line.indexOf('\t')
    const [mode = '', type] = line.slice(0, tab).split(' ')
    const kind =
      type === 'tree' ? 'folder' : type === 'commit' ? 'submodule' : mode === '120000' ? 'link' : 'file'
    return tab < 0 ? [] : [{ name: line.slice(tab + 1), kind, ignored: false }]
  })
  return sorted(entries, listed.truncated)
}

const order = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })

export function sorted(entries: FileEntry[], cut: boolean, partial = false): FolderContent {
  const rank = ({ kind }: FileEntry) => (kind === 'folder' || kind === 'submodule' ? 0 : 1)
  entries.sort((a, b) => rank(a) - rank(b) || order.compare(a.name, b.name) || (a.name < b.name ? -1 : 1))
  return { entries: entries.slice(0, MOST_ENTRIES), cut: cut || entries.length > MOST_ENTRIES, partial }
}

/** The lines of a script's answer. */
function told(result: GitResult, what: string): string[] {
  const { stdout } = expectGit(result, what)
  const end = stdout.indexOf('\n')
  return [stdout.slice(0, end), ...stdout.slice(end + 1).split('\n')].map((line) => oneLine(line))
}
