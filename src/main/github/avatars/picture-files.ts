import { lstat, mkdir, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MAX_PICTURE_BYTES } from './picture'

export interface KeptPicture {
  bytes: Buffer
  fetchedAt: number
}

/** Pictures on the disk. Those not used for the longest time go when there are too many. */
export interface PictureFiles {
  /** Null when it is not there (any more). */
  read(key: string): Promise<KeptPicture | null>
  write(key: string, bytes: Buffer): Promise<void>
}

export interface PictureFilesOptions {
  directory: string
  /** What all of them together may take. */
  maxBytes: number
  now: () => number
}

interface Entry {
  bytes: number
  fetchedAt: number
  usedAt: number
}

const NAME = /^[0-9a-f]{64}$/
const PARTIAL = '.partial'
/** How many files are looked at in one go while the folder is read. */
const SLICE = 50
/** The time of use on the disk is as exact as it has to be. */
const USE_STEP_MS = 3_600_000

/**
 * Reads what is in the folder. A file's time of change says when its picture was fetched, its time of access when
 * it was last used; both are written by us, since file systems differ in what they keep of the second.
 */
export async function openPictureFiles({
  directory,
  maxBytes,
  now,
}: PictureFilesOptions): Promise<PictureFiles> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  /** The one not used for the longest time comes first. */
  const entries = new Map<string, Entry>(await found(directory))
  let total = 0
  for (const { bytes } of entries.values()) total += bytes

  const pathOf = (key: string): string => join(directory, key)

  function forget(key: string): void {
    total -= entries.get(key)?.bytes ?? 0
    entries.delete(key)
  }

  function remember(key: string, entry: Entry): void {
    forget(key)
    entries.set(key, entry)
    total += entry.bytes
  }

  async function shrink(): Promise<void> {
    for (const key of entries.keys()) {
      if (total <= maxBytes) return
      forget(key)
      await rm(pathOf(key), { force: true })
    }
  }

  await shrink()
  return {
    async read(key) {
      const entry = entries.get(key)
      if (entry === undefined) return null
      let bytes: Buffer
      try {
        bytes = await readFile(pathOf(key))
      } catch (error) {
        // Somebody tidied the folder: it is fetched again.
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
          forget(key)
          return null
        }
        throw error
      }
      const { fetchedAt, usedAt } = entry
      const at = now()
      remember(key, { ...entry, usedAt: at })
      if (at - usedAt >= USE_STEP_MS) await stamp(pathOf(key), at, fetchedAt)
      return { bytes, fetchedAt }
    },
    async write(key, bytes) {
      const at = now()
      const partial = pathOf(key) + PARTIAL
      await writeFile(partial, bytes, { mode: 0o600 })
      await stamp(partial, at, at)
      await rename(partial, pathOf(key))
      remember(key, { bytes: bytes.byteLength, fetchedAt: at, usedAt: at })
      await shrink()
    },
  }
}

async function stamp(path: string, usedAt: number, fetchedAt: number): Promise<void> {
  await utimes(path, usedAt / 1000, fetchedAt / 1000)
}

async function found(directory: string): Promise<[string, Entry][]> {
  const names = await readdir(directory)
  const entries: [string, Entry][] = []
  for (let start = 0; start < names.length; start += SLICE) {
    const slice = names.slice(start, start + SLICE)
    const read = await Promise.all(slice.map((name) => entryOf(directory, name)))
    for (const entry of read) if (entry !== null) entries.push(entry)
  }
  return entries.toSorted(([, one], [, other]) => one.usedAt - other.usedAt)
}

/** Null for what is no picture of ours; what a kill left half written is removed. */
async function entryOf(directory: string, name: string): Promise<[string, Entry] | null> {
  const path = join(directory, name)
  if (name.endsWith(PARTIAL) && NAME.test(name.slice(0, -PARTIAL.length))) {
    await rm(path, { force: true })
    return null
  }
  if (!NAME.test(name)) return null
  const file = await lstat(path)
  if (!file.isFile() || file.size > MAX_PICTURE_BYTES) return null
  return [name, { bytes: file.size, fetchedAt: file.mtimeMs, usedAt: file.atimeMs }]
}
