import { FoundryError } from '@shared/errors'
import type { TaskId } from '@shared/ids'
import type { PackPolicy } from '@shared/keeping-policy'
import type { PackReason } from '@shared/packs'
import { imageType } from '@shared/image-type'
import {
  DIFF_CONFIG,
  gitToFile,
  listChanges,
  PLAIN_DIFF,
  withScratch,
  type Scratch,
} from '../../sandbox/git/changes'
import { expectGit } from '../../sandbox/git/errors'
import { nulStrings, toPathspec } from '../../sandbox/git/parse'
import type { CheckoutGit } from '../../sandbox/git/types'
import { readBlob } from '../git/diff'
import type { BareEntry, EntryName, PackContents } from './contents'
import { roomFor } from './room'

/** Files of one comparison that are looked at one by one. */
const MOST_FILES = 2000
const PATHS_AT_ONCE = 100
const LIST_BYTES = 32 * 1024 * 1024
/** Around each change of a file that is not kept whole. */
const WIDE_LINES = 100
const DIFF_BYTES = 16 * 1024 * 1024

/** One run that fills a pack. */
export interface PackRun {
  readonly taskId: TaskId
  readonly run: number
  readonly policy: PackPolicy
  readonly signal: AbortSignal
  /** Puts a content in, unless that is more than packs may take; then the reason stands there. */
  put(entry: BareEntry, content: Uint8Array<ArrayBuffer>): Promise<void>
  /** What is not in it, with the reason; what an earlier run has kept of it stays. */
  leaveOut(entry: EntryName, reason: PackReason, more?: { detail?: string; bytes?: number }): void
  note(entry: BareEntry): void
  /** It is in the pack already, and cannot be another thing now. */
  has(entry: EntryName): boolean
}

export function createPackRun(
  contents: PackContents,
  request: Pick<PackRun, 'taskId' | 'run' | 'policy' | 'signal'>,
): PackRun {
  const { taskId, run, policy } = request
  const room = roomFor(contents, taskId, policy)
  return {
    ...request,
    async put(entry, content) {
      request.signal.throwIfAborted()
      const prepared = await contents.prepare(taskId, content)
      const reason = room.lacking(prepared)
      if (reason !== null) {
        this.leaveOut(entry, reason, { bytes: content.length })
        return
      }
      await contents.put(taskId, entry, prepared, run)
      room.taken(prepared)
    },
    leaveOut(entry, reason, more = {}) {
      if (contents.entry(taskId, entry)?.hash != null) contents.keep(taskId, entry, run)
      else contents.putBare(taskId, { ...entry, reason, ...more }, run)
    },
    note: (entry) => contents.putBare(taskId, entry, run),
    has(entry) {
      const known = contents.entry(taskId, entry)
      // What was left out may be had now, or may have room.
      if (known === null || known.reason !== null) return false
      if (known.run !== run) contents.keep(taskId, entry, run)
      return true
    },
  }
}

interface Listed {
  mode: string
  type: string
  object: string
  size: number
}

/**
 * Puts in the files that two states have otherwise, as they are in each: what is around a change, pictures, links. Says
 * whether all were looked at.
 */
export async function collectFiles(
  run: PackRun,
  git: CheckoutGit,
  from: string,
  to: string,
): Promise<boolean> {
  return withScratch(git, async (scratch) => {
    const listed = await gitToFile(
      git,
      scratch,
      { args: ['diff', '--name-only', '-z', '--no-renames'], rest: [from, to, '--'] },
      LIST_BYTES,
      'The changed files could not be listed',
    )
    const all = nulStrings(listed ?? new Uint8Array())
    const paths = all.slice(0, MOST_FILES)
    if (listed === null || all.length > paths.length)
      for (const state of [from, to])
        run.leaveOut({ kind: 'cut', state, path: '' }, 'too_many', {
          detail: String(all.length - paths.length),
        })
    for (let at = 0; at < paths.length; at += PATHS_AT_ONCE) {
      const some = paths.slice(at, at + PATHS_AT_ONCE)
      const before = await listAt(git, from, some)
      const after = await listAt(git, to, some)
      for (const path of some) {
        run.signal.throwIfAborted()
        await keepFile(run, git, scratch, from, path, before.get(path))
        await keepFile(run, git, scratch, to, path, after.get(path))
        const longest = Math.max(sizeOf(before.get(path)), sizeOf(after.get(path)))
        if (run.policy.files && !(imageType(path) !== null) && longest > run.policy.fileKilobytes * 1024)
          await keepWide(run, git, scratch, from, to, path)
      }
    }
    return listed !== null && all.length === paths.length
  })
}

const sizeOf = (file: Listed | undefined): number => (file?.type === 'blob' ? file.size : 0)

/** What is at these paths of a commit. */
async function listAt(
  git: CheckoutGit,
  commit: string,
  paths: readonly string[],
): Promise<Map<string, Listed>> {
  const result = await git.run(['ls-tree', '-z', '--long', '--full-tree', commit, '--', ...paths], {
    maxOutputBytes: LIST_BYTES,
  })
  const { stdout } = expectGit(result, 'The files of a commit could not be listed')
  const found = new Map<string, Listed>()
  for (const line of stdout.split('\0')) {
    const [, mode, type, object, size, path] = /^(\d+) (\w+) (\w+) +(\d+|-)\t([^]*)$/.exec(line) ?? []
    if (mode === undefined || type === undefined || object === undefined || path === undefined) continue
    found.set(path, { mode, type, object, size: Number(size === '-' ? 0 : size) })
  }
  return found
}

async function keepFile(
  run: PackRun,
  git: CheckoutGit,
  scratch: Scratch,
  state: string,
  path: string,
  file: Listed | undefined,
): Promise<void> {
  const { policy } = run
  const name: EntryName = { kind: 'file', state, path }
  const isImage = imageType(path) !== null
  if (!(isImage ? policy.images : policy.files)) return
  if (run.has(name)) return
  if (file === undefined) return run.note(name)
  const { mode, type, object, size } = file
  if (type !== 'blob') return run.note({ ...name, mode, detail: object })
  const limit = (isImage ? policy.imageKilobytes : policy.fileKilobytes) * 1024
  if (size > limit) return run.leaveOut(name, 'too_long', { bytes: size })
  try {
    const bytes = await readBlob(git, scratch, object, path)
    if (bytes === null) return run.leaveOut(name, 'too_long', { bytes: size })
    await run.put({ ...name, mode }, bytes)
  } catch (error) {
    if (!(error instanceof FoundryError) || error.kind === 'cancelled') throw error
    // A disk that refuses is no fault of the file.
    if (error.kind === 'disk_full' || error.kind === 'read_only') throw error
    run.leaveOut(name, 'unreadable', { detail: error.message })
  }
}

/** Pictures of the repository that something said about it shows, as they are at a commit. */
export async function collectImages(
  run: PackRun,
  git: CheckoutGit,
  commit: string,
  images: readonly string[],
): Promise<void> {
  await withScratch(git, async (scratch) => {
    for (let at = 0; at < images.length; at += PATHS_AT_ONCE) {
      const some = images.slice(at, at + PATHS_AT_ONCE)
      const listed = await listAt(git, commit, some)
      for (const path of some) {
        if (listed.has(path) && imageType(path) !== null)
          await keepFile(run, git, scratch, commit, path, listed.get(path))
        else run.leaveOut({ kind: 'image', state: path, path: '' }, 'unreadable')
      }
    }
  })
}

/** Of a file that is too long to be kept whole: its diff with many lines around each change. */
async function keepWide(
  run: PackRun,
  git: CheckoutGit,
  scratch: Scratch,
  from: string,
  to: string,
  path: string,
): Promise<void> {
  const name: EntryName = { kind: 'wide', state: `${from}..${to}`, path }
  if (run.has(name)) return
  const diff = await gitToFile(
    git,
    scratch,
    { args: ['diff', ...PLAIN_DIFF, `--unified=${WIDE_LINES}`], rest: [from, to, '--', toPathspec(path)] },
    run.policy.fileKilobytes * 1024 * 8,
    `The diff of ${path} could not be read`,
  )
  if (diff === null) return run.leaveOut(name, 'too_long')
  // A file that is no text has no lines.
  if (/^@@ /m.test(Buffer.from(diff).toString('latin1'))) await run.put(name, Uint8Array.from(diff))
}

/** What the branch changed, as a list and as a diff: what is read where there is no git any more. */
export async function collectBase(run: PackRun, git: CheckoutGit, from: string, to: string): Promise<void> {
  await withScratch(git, async (scratch) => {
    const list = await listChanges(git, scratch, { from, to })
    const diff = await gitToFile(
      git,
      scratch,
      { config: DIFF_CONFIG, args: ['diff', ...PLAIN_DIFF], rest: [from, to, '--'] },
      DIFF_BYTES,
      'The diff of the branch could not be read',
    )
    if (diff === null) return run.leaveOut({ kind: 'base', state: 'diff', path: '' }, 'too_long')
    await run.put({ kind: 'base', state: 'diff', path: '', detail: `${from}..${to}` }, Uint8Array.from(diff))
    const json = Buffer.from(JSON.stringify(list))
    await run.put({ kind: 'base', state: 'list', path: '' }, Uint8Array.from(json))
  })
}
