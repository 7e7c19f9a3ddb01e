import type { FileContent, FileEntry, FolderContent, KnownLines } from '@shared/files'
import { patchRows } from '@shared/patch-rows'
import type { PatchFile } from '../git/patch'
import { sorted } from './read'

/** A turn's diff, cut into files. */
export interface RecordedDiff {
  patch: string
  files: readonly PatchFile[]
}

/** What a diff tells of a file as it was after it: all of one that came with it, the lines around changes of others. */
export function storedFile({ patch, files }: RecordedDiff, path: string): FileContent {
  const file = files.find(({ change }) => change.path === path)
  if (file === undefined || file.change.kind === 'deleted') return { kind: 'missing' }
  const parts: KnownLines[] = []
  for (const { mark, text, new: line } of patchRows(patch.slice(file.start, file.end))) {
    if (mark === '-') continue
    const bare = text.replace(/\n(?:\\[^\n]*\n?)?$/, '')
    const last = parts.at(-1)
    if (last !== undefined && last.first + last.lines.length === line) last.lines.push(bare)
    else parts.push({ first: line, lines: [bare] })
  }
  return { kind: 'parts', parts, whole: file.change.kind === 'added' && !file.binary }
}

/** The files that are known of, as far as they are in a folder. */
export function storedFolder(paths: readonly string[], folder: string): FolderContent {
  const start = folder === '' ? '' : `${folder}/`
  const entries = new Map<string, FileEntry>()
  for (const path of paths) {
    if (!path.startsWith(start)) continue
    const [name = '', ...rest] = path.slice(start.length).split('/')
    entries.set(name, { name, kind: rest.length > 0 ? 'folder' : 'file', ignored: false })
  }
  return sorted([...entries.values()], false, true)
}

export function storedPaths({ files }: RecordedDiff): string[] {
  return files.flatMap(({ change }) => (change.kind === 'deleted' ? [] : [change.path]))
}
