import { readdir, stat, watch } from 'node:fs/promises'
import { join, posix, sep } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { FoundryError, toErrorValue, type ErrorValue } from '@shared/errors'
import { gitError } from '../sandbox/git/errors'
import type { GitRunner } from '../sandbox/git/types'
import type { Schedule } from '../sandbox/schedule'
import { unquote } from './git/patch'

/** More folders than this are not watched: each takes one of the watches the system has for all programs. */
const MOST_FOLDERS = 10_000
/** So many are begun to be watched before others have their turn. */
const SLICE = 25
const LIST_BYTES = 64 * 1024 * 1024
/** Files rest so long before anybody looks. */
const REST_MS = 400
/** Looks at files that do not come to rest begin so long after one another. */
const BUSY_MS = 4000
/** And no sooner than so many times what the last one took. */
const BUSY_TIMES = 5
/** What git itself changes in its folder when a commit is made, or something is staged. */
const OF_GIT = new Set(['HEAD', 'index', 'ORIG_HEAD', 'MERGE_HEAD'])

export interface FileWatchOptions {
  /** The checkout. */
  cwd: string
  /** Git in it. */
  run: GitRunner
  schedule: Schedule
  now: () => number
  /** Files may have changed. Resolves when somebody has looked. */
  look(): Promise<unknown>
  /** It can not be watched any more, or only in part. */
  failed(problem: ErrorValue): void
  reportError(error: unknown, what: string): void
  platform?: NodeJS.Platform
  /** More folders than this are not watched. */
  mostFolders?: number
}

/** Watches the files of a checkout that git knows or would add, and none that it ignores. */
export class FileWatch {
  readonly #options: FileWatchOptions
  /** What ends the watch of each folder. */
  readonly #watchers = new Map<string, AbortController>()
  /** Folders whose files count, by their path from the checkout; the checkout itself is ''. */
  #folders = new Set<string>()
  /** Of them, those in which nothing is yet: git does not list them. */
  #empty: readonly string[] = []
  /** Names that came or went since the folders were listed. */
  #renamed = new Set<string>()
  #closed = false
  #callOff: (() => void) | null = null
  #firstAt: number | null = null
  #looking = false
  #again = false
  #lookedAt = -Infinity
  #took = 0

  constructor(options: FileWatchOptions) {
    this.#options = options
  }

  /** How many folders are watched. */
  get size(): number {
    return this.#folders.size
  }

  async start(): Promise<void> {
    try {
      await this.#follow(await this.#list())
    } catch (error) {
      this.#fail(error)
    }
  }

  close(): void {
    this.#closed = true
    this.#callOff?.()
    for (const folder of this.#watchers.keys()) this.#drop(folder)
    this.#folders.clear()
  }

  // ---- which folders -------------------------------------------------------------------------------

  async #list(): Promise<Set<string>> {
    const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard']
    const listed = await this.#options.run(args, { maxOutputBytes: LIST_BYTES })
    if (listed.exitCode !== 0) throw gitError(listed, 'The files of the checkout could not be listed')
    const folders = new Set([''])
    const files = listed.stdout.split('\0')
    for (const [index, file] of files.entries()) {
      if (index % 20_000 === 19_999) await turn()
      for (let slash = file.lastIndexOf('/'); slash > 0; slash = file.lastIndexOf('/', slash - 1)) {
        const folder = file.slice(0, slash)
        if (folders.has(folder)) break
        folders.add(folder)
      }
    }
    return folders
  }

  /** Folders that are new and that git does not list, because nothing is in them yet. */
  async #emptyOnes(names: Iterable<string>, known: ReadonlySet<string>): Promise<string[]> {
    const found: string[] = []
    let level = [...names].filter((name) => !known.has(name))
    while (level.length > 0 && found.length < MOST_FOLDERS) {
      const folders: string[] = []
      for (const name of level) if (await isFolder(join(this.#options.cwd, name))) folders.push(name)
      if (folders.length === 0) break
      const asked = ['-c', 'core.quotePath=false', 'check-ignore', '--', ...folders.slice(0, 500)]
      const told = await this.#options.run(asked)
      // It ends with 1 where none is ignored.
      if (told.exitCode > 1) throw gitError(told, 'What git ignores could not be read')
      const ignored = new Set(told.stdout.split('\n').map(unquote))
      const taken = folders.slice(0, 500).filter((name) => !ignored.has(name))
      found.push(...taken)
      level = []
      for (const name of taken)
        for (const entry of await entriesOf(join(this.#options.cwd, name)))
          if (entry.isDirectory() && entry.name !== '.git') level.push(posix.join(name, entry.name))
    }
    return found
  }

  /** Watches these folders, and no others any more. */
  async #follow(folders: Set<string>): Promise<void> {
    if (this.#closed) return
    if (folders.size > (this.#options.mostFolders ?? MOST_FOLDERS))
      throw new FoundryError(
        'unsupported',
        `The checkout has ${folders.size.toLocaleString()} folders, more than are watched.`,
        { next: 'Changes are read after turns and commands, and when you come back to the window.' },
      )
    this.#folders = folders
    const { cwd, platform = process.platform } = this.#options
    if (platform !== 'linux') {
      // One watch for everything below; what is ignored is left out as it comes.
      if (!this.#watchers.has('')) this.#watch('', cwd, true)
      return
    }
    const wanted = new Set([...folders, '.git'])
    for (const folder of this.#watchers.keys()) if (!wanted.has(folder)) this.#drop(folder)
    let begun = 0
    for (const folder of wanted) {
      if (this.#watchers.has(folder)) continue
      this.#watch(folder, join(cwd, folder), false)
      begun += 1
      if (begun % SLICE === 0) await turn()
      if (this.#closed) return
    }
  }

  #watch(folder: string, path: string, recursive: boolean): void {
    const ended = new AbortController()
    this.#watchers.set(folder, ended)
    const listen = async (): Promise<void> => {
      try {
        const events = watch(path, { persistent: false, recursive, signal: ended.signal })
        for await (const { eventType, filename } of events)
          this.#changed(posix.join(folder, (filename ?? '').split(sep).join('/')), eventType === 'rename')
      } catch (error) {
        if (ended.signal.aborted) return
        // It went since it was listed; its own folder tells of it.
        if (hasCode(error, 'ENOENT', 'ENOTDIR', 'EPERM')) return this.#drop(folder)
        this.#fail(error)
      }
    }
    void listen()
  }

  #drop(folder: string): void {
    this.#watchers.get(folder)?.abort()
    this.#watchers.delete(folder)
  }

  // ---- when to look --------------------------------------------------------------------------------

  #changed(name: string, renamed: boolean): void {
    if (this.#closed) return
    const folder = posix.dirname(name) === '.' ? '' : posix.dirname(name)
    if (folder === '.git' ? !OF_GIT.has(posix.basename(name)) : !this.#folders.has(folder)) return
    if (name === '.git') return
    if (renamed && folder !== '.git') {
      this.#renamed.add(name)
      this.#forget(name, folder)
    }
    // What is ignored is another thing now.
    if (posix.basename(name) === '.gitignore') this.#renamed.add(name)
    this.#plan()
  }

  /** A folder that came, went or moved is watched anew: its watch stays with the one that went. */
  #forget(name: string, folder: string): void {
    const isOwn = posix.basename(name) === posix.basename(folder)
    for (const gone of isOwn ? [name, folder] : [name]) {
      if (gone === '' || !this.#watchers.has(gone)) continue
      for (const below of this.#watchers.keys())
        if (below === gone || below.startsWith(`${gone}/`)) this.#drop(below)
    }
  }

  #plan(): void {
    if (this.#looking) {
      this.#again = true
      return
    }
    const now = this.#options.now()
    this.#firstAt ??= now
    const soonest = this.#lookedAt + Math.max(BUSY_MS, this.#took * BUSY_TIMES)
    const latest = Math.max(this.#firstAt + BUSY_MS, soonest)
    // The first after a while comes as soon as files rest; where they do not, looks are rare.
    const at = now + REST_MS >= soonest ? Math.min(now + REST_MS, latest) : soonest
    this.#callOff?.()
    this.#callOff = this.#options.schedule(Math.max(0, at - now), () => void this.#look())
  }

  async #look(): Promise<void> {
    const began = this.#options.now()
    this.#callOff = null
    this.#firstAt = null
    this.#looking = true
    try {
      await this.#refollow()
      await this.#options.look()
    } catch (error) {
      this.#fail(error)
    } finally {
      this.#looking = false
      this.#lookedAt = this.#options.now()
      this.#took = this.#lookedAt - began
      if (this.#again && !this.#closed) {
        this.#again = false
        this.#plan()
      }
    }
  }

  /** Folders that came are watched before anybody looks, so that nothing is missed in them. */
  async #refollow(): Promise<void> {
    if (this.#renamed.size === 0) return
    const names = this.#renamed
    this.#renamed = new Set()
    const folders = await this.#list()
    this.#empty = await this.#emptyOnes(new Set([...this.#empty, ...names]), folders)
    for (const folder of this.#empty) folders.add(folder)
    await this.#follow(folders)
  }

  #fail(error: unknown): void {
    if (this.#closed) return
    this.close()
    if (hasCode(error, 'ENOSPC', 'EMFILE', 'ENFILE'))
      return this.#options.failed({
        kind: 'unsupported',
        message: 'The system has no more watches for files.',
        next: 'Raise fs.inotify.max_user_watches or close other programs that watch many files. Until then changes are read after turns and commands, and when you come back to the window.',
        detail: error.message,
      })
    if (!(error instanceof FoundryError)) this.#options.reportError(error, 'watching files')
    this.#options.failed(toErrorValue(error))
  }
}

function hasCode(error: unknown, ...codes: string[]): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code))
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP')) return false
    throw error
  }
}

async function entriesOf(path: string) {
  try {
    return await readdir(path, { withFileTypes: true })
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return []
    throw error
  }
}
