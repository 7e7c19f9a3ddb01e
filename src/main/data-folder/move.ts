import { createHash } from 'node:crypto'
import {
  access,
  chmod,
  constants,
  copyFile,
  lstat,
  mkdir,
  open,
  readdir,
  readlink,
  realpath,
  rm,
  stat,
  statfs,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import type { MovePlan } from '@shared/backups'
import { FoundryError } from '@shared/errors'
import { syncDirectory, syncFile } from '../database/durable'
import { codeOf, isMissing } from '../database/failure'
import { readOutcome, writeOutcome } from '../database/outcome'
import { forgetChange } from './change'
import { exists, forgetMove, INCOMPLETE, LOCATION, setMovedTo } from './place'

/** Of the running app and of nobody else, or made again by itself. */
const LEFT_OUT = new Set([
  'SingletonLock',
  'SingletonCookie',
  'SingletonSocket',
  'running.json',
  'starts.json',
  'folder-change.json',
  LOCATION,
  'outcome.json',
  INCOMPLETE,
])
const CACHES = new Set([
  'Cache',
  'Code Cache',
  'GPUCache',
  'DawnGraphiteCache',
  'DawnWebGPUCache',
  'blob_storage',
])
/** Written by this very start while it copies: taken along as they are, and nothing of a person's is in them. */
const LIVE = /^(?:chromium|logs)(?:[\\/]|$)/
/** Folders of programs that copy what is in them to other machines: SQLite's files do not survive being copied in use. */
const SYNCED =
  /^(?:dropbox|onedrive|google drive|googledrive|my drive|icloud drive|mobile documents|cloudstorage|nextcloud|owncloud|pcloud ?drive|megasync|box sync|box|sync|syncthing|seafile)(?: ?[-(].*)?$/i
/** Left by such programs in the folders they look after. */
const SYNC_MARKS = ['.dropbox', '.dropbox.cache', '.stfolder', '.sync', '.owncloudsync.log', '.seafile-data']
/** File systems of other machines, by the number Linux gives them: NFS, SMB, CIFS, 9p, AFS, Ceph, FUSE as of sshfs. */
const REMOTE = new Set([
  0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x01021997, 0x5346414f, 0x00c36400, 0x65735546,
])
/** More than what is copied: what comes to it meanwhile and right after. */
const RESERVE_BYTES = 64 * 1024 * 1024

/** Whether the folder can be moved to a place, and what that takes. Changes nothing. */
export async function planMove(from: string, wanted: string): Promise<MovePlan> {
  const to = resolve(wanted)
  const warnings: string[] = []
  let refusal: FoundryError | null = null
  let freeBytes: number | null = null
  const { bytes, files } = await measure(from)
  try {
    const parent = await nearest(to)
    const disk = await statfs(parent)
    freeBytes = disk.bavail * disk.bsize
    await refuse(
      await realpath(from),
      to,
      join(await realpath(parent), relative(parent, to)),
      Number(disk.type),
    )
    if (freeBytes < bytes + RESERVE_BYTES)
      throw new FoundryError('disk_full', 'There is not enough room on that disk.', {
        next: 'Free some space there, or choose another place.',
      })
    if (isRemovable(to))
      warnings.push(
        'The folder seems to be on a disk that can be taken away. Without it Foundry does not start until the disk is back.',
      )
  } catch (error) {
    if (!(error instanceof FoundryError)) throw error
    refusal = error
  }
  return { from, to, bytes, files, freeBytes, refusal: refusal?.toValue() ?? null, warnings }
}

async function refuse(from: string, to: string, real: string, type: number): Promise<void> {
  const no = (message: string, next: string): FoundryError => new FoundryError('conflict', message, { next })
  if (real === from) throw no('The data is there already.', 'Choose another folder.')
  if (isInside(real, from)) throw no('That is inside the data folder itself.', 'Choose a folder elsewhere.')
  if (isInside(from, real)) throw no('The data folder is inside that folder.', 'Choose an empty folder.')
  if ((await exists(to)) && !(await stat(to)).isDirectory()) throw no('That is a file.', 'Choose a folder.')
  if ((await exists(to)) && (await readdir(to)).some((name) => name !== LOCATION))
    throw no('That folder is not empty.', 'Choose an empty folder, or the name of a new one.')
  const writable = await access(await nearest(to), constants.W_OK).then(
    () => true,
    () => false,
  )
  if (!writable)
    throw new FoundryError('read_only', 'That folder cannot be written.', {
      next: 'Choose a folder of yours.',
    })
  for (let folder = real; folder !== dirname(folder); folder = dirname(folder)) {
    if (SYNCED.test(basename(folder)) || (await hasAny(folder, SYNC_MARKS)))
      throw no(
        `${folder} looks like a folder that is synchronized with other machines.`,
        'A database that is copied while it is in use is damaged. Choose a folder that stays on this machine.',
      )
    if (await exists(join(folder, '.git')))
      throw no(
        `${folder} is a git checkout.`,
        'Its commands could remove the data. Choose a folder outside of it.',
      )
  }
  if (process.platform === 'linux' && REMOTE.has(type >>> 0))
    throw no(
      'That folder is on another machine.',
      'The database needs a disk of this machine. Choose a folder on one.',
    )
  if (real.startsWith('\\\\'))
    throw no('That folder is on another machine.', 'The database needs a disk of this machine.')
}

export interface MoveProgress {
  readonly doneBytes: number
  readonly totalBytes: number
  readonly isVerifying: boolean
}

/**
 * Copies the folder, compares the copy, and makes it the data folder: before that one step the old one is it, after it
 * the new one, and the old one stays until a person removes it. Goes on, or begins anew, after a kill. Nothing may use
 * what is in the folder.
 *
 * @param home where it is noted that the data is elsewhere
 * @throws FoundryError `cancelled` or what the disk refuses; the new folder is then as it was before
 */
export async function moveFolder(options: {
  from: string
  to: string
  home: string
  at: number
  signal: AbortSignal
  progress(progress: MoveProgress): void
}): Promise<void> {
  const { from, to, home, at, signal, progress } = options
  const marker = join(to, INCOMPLETE)
  const existed = await exists(to)
  if (!(await isComplete(from, to))) {
    // What a killed run has copied may be cut short anywhere.
    if (await exists(marker)) await empty(to)
    const { refusal, bytes } = await planMove(from, to)
    if (refusal !== null)
      throw new FoundryError(
        refusal.kind,
        refusal.message,
        refusal.next === undefined ? {} : { next: refusal.next },
      )
    try {
      await mkdir(to, { recursive: true, mode: 0o700 })
      await chmod(to, 0o700)
      await writeFile(marker, JSON.stringify({ from }))
      let done = 0
      for await (const entry of entriesOf(from)) {
        signal.throwIfAborted()
        await copyEntry(entry, from, to)
        done += entry.bytes
        progress({ doneBytes: done, totalBytes: bytes, isVerifying: false })
      }
      await compare(from, to, signal, (doneBytes) =>
        progress({ doneBytes, totalBytes: bytes, isVerifying: true }),
      )
      await writeOutcome(to, { kind: 'moved', at, from, to })
      await rm(marker)
      await syncDirectory(to)
    } catch (error) {
      await empty(to)
      if (!existed) await rm(to, { recursive: true, force: true })
      throw signal.aborted ? new FoundryError('cancelled', 'The move was stopped.') : moveFailure(error, to)
    }
  }
  await (to === home ? forgetMove(home) : setMovedTo(home, to))
  await forgetChange(from)
}

/** Copied and compared by a run that was killed before it could say so. */
async function isComplete(from: string, to: string): Promise<boolean> {
  if (await exists(join(to, INCOMPLETE))) return false
  const outcome = (await exists(join(to, 'outcome.json'))) ? await readOutcome(to) : null
  return outcome?.kind === 'moved' && outcome.from === from && outcome.to === to
}

interface Entry {
  readonly path: string
  readonly kind: 'file' | 'folder' | 'link'
  readonly bytes: number
  readonly mode: number
  readonly mtime: Date
}

/** Folders before what is in them. Sockets and pipes are of processes that have ended. */
async function* entriesOf(root: string, path = ''): AsyncGenerator<Entry> {
  for (const name of (await unlessGone(readdir(join(root, path))))?.toSorted() ?? []) {
    if (path === '' && LEFT_OUT.has(name)) continue
    if (path === 'chromium' && CACHES.has(name)) continue
    const at = join(path, name)
    const found = await unlessGone(lstat(join(root, at)))
    // Whoever measures looks while agents work.
    if (found === null) continue
    const mode = found.mode & 0o777
    const { mtime } = found
    if (found.isSymbolicLink()) yield { path: at, kind: 'link', bytes: 0, mode, mtime }
    else if (found.isDirectory()) {
      yield { path: at, kind: 'folder', bytes: 0, mode, mtime }
      yield* entriesOf(root, at)
    } else if (found.isFile()) yield { path: at, kind: 'file', bytes: found.size, mode, mtime }
  }
}

async function copyEntry(entry: Entry, from: string, to: string): Promise<void> {
  const [source, target] = [join(from, entry.path), join(to, entry.path)]
  if (entry.kind === 'folder') await mkdir(target, { mode: entry.mode | 0o700 })
  else if (entry.kind === 'link') await symlink(await linkIn(source, from, to), target)
  else {
    // A copy that shares its blocks where the file system can.
    const copied = copyFile(source, target, constants.COPYFILE_FICLONE).then(() => true)
    if ((LIVE.test(entry.path) ? await unlessGone(copied) : await copied) === null) return
    await chmod(target, entry.mode)
    await utimes(target, entry.mtime, entry.mtime)
  }
}

/** A link to something in the folder leads to it in the new one. */
async function linkIn(path: string, from: string, to: string): Promise<string> {
  const target = await readlink(path)
  return isAbsolute(target) && isInside(target, from) ? join(to, relative(from, target)) : target
}

/** Every entry is there with its size; databases, keys and settings byte for byte. Then it is all on the disk. */
async function compare(
  from: string,
  to: string,
  signal: AbortSignal,
  progress: (doneBytes: number) => void,
): Promise<void> {
  let done = 0
  for await (const { path, kind, bytes } of entriesOf(from)) {
    signal.throwIfAborted()
    if (LIVE.test(path)) continue
    const copy = await lstat(join(to, path))
    if (kind === 'file' && copy.size !== bytes)
      throw new Error(`${path} has ${copy.size} bytes, not ${bytes}`)
    const isOwn = kind === 'file' && (!path.includes(sep) || path.startsWith(`backups${sep}`))
    if (isOwn && (await hashOf(join(from, path))) !== (await hashOf(join(to, path))))
      throw new Error(`${path} differs`)
    if (isOwn) await syncFile(join(to, path))
    if (kind === 'folder') await syncDirectory(join(to, path))
    done += bytes
    progress(done)
  }
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  const file = await open(path)
  for await (const bytes of file.createReadStream()) hash.update(bytes as Buffer)
  return hash.digest('hex')
}

async function measure(from: string): Promise<{ bytes: number; files: number }> {
  let [bytes, files] = [0, 0]
  for await (const entry of entriesOf(from)) {
    bytes += entry.bytes
    if (entry.kind === 'file') files += 1
  }
  return { bytes, files }
}

/** Takes away what a move has left, after a person said so. The note of where the data is now stays. */
export async function removeOld(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (name !== LOCATION) await rm(join(directory, name), { recursive: true, force: true })
  }
  if ((await readdir(directory)).length === 0) await rm(directory, { recursive: true, force: true })
}

async function empty(directory: string): Promise<void> {
  if (!(await exists(directory))) return
  // The mark goes last: until then the folder is one that was filled in part.
  const names = (await readdir(directory)).filter((name) => name !== INCOMPLETE && name !== LOCATION)
  for (const name of [...names, INCOMPLETE]) await rm(join(directory, name), { recursive: true, force: true })
}

/** Null for what is not there any more. */
async function unlessGone<Value>(reading: Promise<Value>): Promise<Value | null> {
  try {
    return await reading
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

/** The folder, or the first above it that is there. */
async function nearest(path: string): Promise<string> {
  for (let folder = path; ; folder = dirname(folder)) if (await exists(folder)) return folder
}

async function hasAny(folder: string, names: readonly string[]): Promise<boolean> {
  for (const name of names) if (await exists(join(folder, name))) return true
  return false
}

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path)
  return way !== '' && !way.startsWith('..') && !isAbsolute(way)
}

function isRemovable(path: string): boolean {
  if (process.platform === 'darwin') return path.startsWith('/Volumes/')
  return process.platform === 'linux' && /^\/(?:media|run\/media|mnt)\//.test(path)
}

function moveFailure(error: unknown, to: string): unknown {
  if (error instanceof FoundryError) return error
  const code = codeOf(error)
  const isFull = code === 'ENOSPC' || code === 'EDQUOT'
  return new FoundryError(isFull ? 'disk_full' : 'conflict', `The data could not be copied to ${to}.`, {
    next: 'Everything is where it was.',
    detail: error instanceof Error ? error.message : String(error),
    cause: error,
  })
}
