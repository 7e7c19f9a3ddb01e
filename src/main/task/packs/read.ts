import type { ChangeList, FileDiff, FileNames, FileVersions } from '@shared/changes'
import { FoundryError } from '@shared/errors'
import type { FileContent } from '@shared/files'
import type { TaskId } from '@shared/ids'
import type { PackReason } from '@shared/packs'
import { targetOf } from '../files/place'
import { toFileDiff } from '../git/diff'
import { readPatch, type PatchFile } from '../git/patch'
import type { PackContents, StoredEntry } from './contents'

export interface PackReading {
  /** Both states of a file; null where the pack does not know them. @throws FoundryError `not_found` where it was left out */
  versions(taskId: TaskId, names: { from: string; to: string } & FileNames): Promise<FileVersions | null>
  /** A file at a checkpoint, also where another one changed it last; null where nothing is known of it. */
  file(taskId: TaskId, commit: string, path: string): Promise<FileContent | null>
  /** Of all files the pack knows at a checkpoint. */
  paths(taskId: TaskId, commit: string): string[]
  /** What the branch changed, where that was kept. */
  base(taskId: TaskId): Promise<KeptBase | null>
  /** The diff of a file with many lines around its changes, where the file is too long to be kept. */
  wide(taskId: TaskId, between: { from: string; to: string }, path: string): Promise<FileDiff | null>
  json(entry: StoredEntry | null): Promise<unknown>
}

export interface KeptBase {
  from: string
  to: string
  list: ChangeList
  patch: string
  files: readonly PatchFile[]
}

const WORDS: Record<PackReason, string> = {
  too_long: 'it is longer than files that are kept whole',
  task_limit: 'the pack of the task was full',
  total_limit: 'all packs together were as large as they may be',
  unreadable: 'it could not be read',
  too_many: 'too many files changed',
  not_told: 'GitHub did not tell',
  other_host: 'it is at a host that is not asked',
}

/**
 * Answers from packs, for when nothing else does. `chain`: commits of a task's checkpoints, the oldest first; none where they
 * do not go on from one another.
 */
export function createPackReading(contents: PackContents, chain: (taskId: TaskId) => string[]): PackReading {
  let recentBase: { taskId: TaskId; hash: string; base: KeptBase } | null = null

  async function side(taskId: TaskId, state: string, path: string): Promise<Uint8Array<ArrayBuffer> | null> {
    const entry = entryAt(taskId, state, path, placesOf(taskId))
    if (entry === null) throw new NotKnown()
    if (entry.reason !== null) throw leftOut(path, entry.reason)
    if (entry.hash === null || entry.mode === null || !entry.mode.startsWith('100')) return null
    const bytes = await contents.read(entry.hash)
    if (bytes === null) throw new NotKnown()
    return bytes
  }

  /**
   * What is known of a path at a commit. Each change has an entry before and one after it, so between two entries that
   * follow one another nothing changed: the one before tells, or else the one after.
   */
  function entryAt(
    taskId: TaskId,
    commit: string,
    path: string,
    places: Map<string, number>,
  ): StoredEntry | null {
    const all = contents.ofPath(taskId, path)
    const exact = all.find(({ state }) => state === commit)
    if (exact !== undefined) return exact
    const at = places.get(commit)
    if (at === undefined) return null
    let before: StoredEntry | null = null
    let after: StoredEntry | null = null
    for (const entry of all) {
      const place = places.get(entry.state)
      if (place === undefined) continue
      if (place < at && place > (before === null ? -1 : (places.get(before.state) ?? -1))) before = entry
      if (place > at && place < (after === null ? Infinity : (places.get(after.state) ?? Infinity)))
        after = entry
    }
    return before ?? after
  }

  /** Where the commits stand; none but those that have entries of their own, where some changes were not looked at. */
  function placesOf(taskId: TaskId): Map<string, number> {
    if (contents.ofKind(taskId, 'cut').some(({ reason }) => reason !== null)) return new Map()
    return new Map(chain(taskId).map((commit, index) => [commit, index]))
  }

  async function json(entry: StoredEntry | null): Promise<unknown> {
    if (entry?.hash == null) return null
    const bytes = await contents.read(entry.hash)
    return bytes === null ? null : (JSON.parse(Buffer.from(bytes).toString('utf8')) as unknown)
  }

  return {
    json,
    async versions(taskId, { from, to, path, oldPath }) {
      try {
        return {
          before: await side(taskId, from, oldPath ?? path),
          after: await side(taskId, to, path),
        }
      } catch (error) {
        if (error instanceof NotKnown) return null
        throw error
      }
    },
    async file(taskId, commit, path) {
      const entry = entryAt(taskId, commit, path, placesOf(taskId))
      if (entry === null) return null
      if (entry.reason === 'too_long') return null
      if (entry.reason !== null) return { kind: 'unreadable' }
      if (entry.mode === null) return { kind: 'missing' }
      if (entry.mode === '160000') return { kind: 'submodule', commit: entry.detail }
      const bytes = entry.hash === null ? null : await contents.read(entry.hash)
      if (bytes === null) return null
      if (entry.mode === '120000') {
        const target = Buffer.from(bytes).toString('utf8')
        return { kind: 'link', target, leadsTo: targetOf(path, target) }
      }
      const version = entry.hash ?? ''
      return { kind: 'file', bytes, version, executable: entry.mode === '100755', writable: false }
    },
    paths(taskId, commit) {
      const places = placesOf(taskId)
      return contents.filePaths(taskId).filter((path) => {
        const entry = entryAt(taskId, commit, path, places)
        return entry !== null && (entry.mode !== null || entry.reason !== null)
      })
    },
    async base(taskId) {
      const entry = contents.entry(taskId, { kind: 'base', state: 'diff', path: '' })
      const [from, to] = entry?.detail?.split('..') ?? []
      if (entry?.hash == null || from === undefined || to === undefined) return null
      if (recentBase?.taskId === taskId && recentBase.hash === entry.hash) return recentBase.base
      const bytes = await contents.read(entry.hash)
      const list = (await json(
        contents.entry(taskId, { kind: 'base', state: 'list', path: '' }),
      )) as ChangeList | null
      if (bytes === null || list === null) return null
      const patch = Buffer.from(bytes).toString('utf8')
      const base = { from, to, list, patch, files: await readPatch(patch) }
      recentBase = { taskId, hash: entry.hash, base }
      return base
    },
    async wide(taskId, { from, to }, path) {
      const entry = contents.entry(taskId, { kind: 'wide', state: `${from}..${to}`, path })
      const bytes = entry?.hash == null ? null : await contents.read(entry.hash)
      if (bytes === null) return null
      return toFileDiff(path, Buffer.from(bytes).toString('utf8'), false, false)
    },
  }
}

/** The pack has no word about it. */
class NotKnown extends Error {}

function leftOut(path: string, reason: PackReason): FoundryError {
  return new FoundryError('not_found', `${path} is not kept for offline reading: ${WORDS[reason]}.`, {
    next:
      reason === 'too_long'
        ? 'The lines around each change are in the diff.'
        : 'What the turn changed can still be read.',
  })
}
