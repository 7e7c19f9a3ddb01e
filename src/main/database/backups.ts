import { statfs } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Backup, BackupKind, DataState, RestorePreview } from '@shared/backups'
import { FoundryError, toErrorValue } from '@shared/errors'
import {
  asBackup,
  backupPath,
  canRestore,
  listBackups,
  makeBackup,
  removeBackup,
  removeUnfinished,
} from './backup'
import { sizeOf } from './durable'
import { codeOf, databaseFailure, DatabaseDamaged } from './failure'
import type { Health } from './health'
import type { DatabaseWorker } from './worker-client'

const DAY_MS = 24 * 60 * 60_000
/** Often enough that a day is a day, also on a machine whose timers stood still while it slept. */
const LOOK_EVERY_MS = 30 * 60_000
/** The start has the disk to itself. */
const FIRST_LOOK_MS = 60_000

export interface BackupsOptions {
  /** The database. */
  file: string
  /** Where backups go. */
  directory: string
  worker: DatabaseWorker
  appVersion: string
  health: Pick<Health, 'state' | 'saw' | 'refused'>
  /** Hashes of the steps of the schema that this version knows. */
  known: readonly string[]
  now(): number
  /** Runs something later; returns what ends that. */
  schedule(milliseconds: number, run: () => void): () => void
  /** Something of what `state` says is different. */
  changed(): void
  log: { info(message: string): void; warn(message: string): void }
}

/** The backups of the database: when they are made, and what is known of them. One is made at a time. */
export interface Backups {
  /** Newest first. */
  list(): Promise<Backup[]>
  /** When the last good one was made; null when there is none. What the future made does not count. */
  lastGoodAt(): Promise<number | null>
  /** Free on the disk with the backups, and the size of the database. */
  room(): Promise<{ databaseBytes: number; freeBytes: number | null }>
  state(): Pick<DataState, 'backup' | 'backupProblem'>
  /**
   * Makes one now, or waits for the one that is being made.
   *
   * @throws FoundryError as `makeBackup`
   */
  make(kind: BackupKind): Promise<Backup>
  cancel(): void
  /** @throws FoundryError `not_found`, or `conflict` when it cannot be opened at all */
  preview(file: string): Promise<Omit<RestorePreview, 'runningTurns'>>
  /** @throws FoundryError `conflict` for the last good one */
  remove(file: string): Promise<void>
  /** Whether one is due, now and from now on. */
  start(): void
  /** The machine woke up: its timers stood still. */
  woke(): void
  close(): Promise<void>
}

export function createBackups(options: BackupsOptions): Backups {
  const { file, directory, worker, health, now, schedule, changed, log } = options
  let running: {
    state: NonNullable<DataState['backup']>
    cancel: AbortController
    made: Promise<Backup>
  } | null = null
  let problem: DataState['backupProblem'] = null
  let unschedule: (() => void) | null = null
  let closed = false
  /** What a killed run left is removed before anything is made. */
  let cleaned: Promise<void> = Promise.resolve()

  function make(kind: BackupKind): Promise<Backup> {
    if (running !== null) return running.made
    const cancel = new AbortController()
    const state = { kind, startedAt: now(), done: 0, isVerifying: false }
    running = { state, cancel, made: run(kind, cancel.signal) }
    changed()
    return running.made
  }

  async function run(kind: BackupKind, signal: AbortSignal): Promise<Backup> {
    try {
      await cleaned
      const path = await makeBackup({
        worker,
        source: file,
        directory,
        kind,
        now: now(),
        appVersion: options.appVersion,
        signal,
        progress({ done, isVerifying }) {
          if (running === null) return
          const before = running.state
          running.state = { ...before, done, isVerifying }
          // A hundredth is the least that anybody sees.
          if (isVerifying !== before.isVerifying || Math.floor(done * 100) !== Math.floor(before.done * 100))
            changed()
        },
      })
      problem = null
      log.info(`backup made: ${path}`)
      const made = (await list()).find((one) => one.file === basename(path))
      if (made === undefined) throw new FoundryError('not_found', 'The backup is not there any more.')
      return made
    } catch (error) {
      const failure = error instanceof FoundryError && error.kind === 'cancelled' ? null : error
      if (failure !== null) {
        problem = { at: now(), error: toErrorValue(failure) }
        log.warn(`no backup was made: ${toErrorValue(failure).message} ${toErrorValue(failure).detail ?? ''}`)
        if (failure instanceof DatabaseDamaged) health.refused(failure)
      }
      throw error
    } finally {
      running = null
      changed()
    }
  }

  async function list(): Promise<Backup[]> {
    return (await listBackups(directory)).map(asBackup)
  }

  async function lastGoodAt(): Promise<number | null> {
    const time = now()
    // With the clock set back there are backups of later than now: another one is due by the clock of now, and the order
    // in which old ones go is that in which they were made.
    const times = (await list())
      .filter((backup) => backup.state === 'verified' && canRestore(backup) && backup.kind !== 'replaced')
      .flatMap(({ createdAt }) => (createdAt <= time ? [createdAt] : []))
    return times.length === 0 ? null : Math.max(...times)
  }

  async function look(): Promise<void> {
    // What is damaged, or refuses, gives no backup worth keeping.
    if (closed || running !== null || health.state().state !== 'fine') return
    const last = await lastGoodAt()
    if (last !== null && now() - last < DAY_MS) return
    await make('daily')
  }

  function lookAndGoOn(after: number): void {
    unschedule?.()
    unschedule = schedule(after, () => {
      look()
        // Told by `problem`, which the settings show, and tried again with the next look.
        .catch((error: unknown) => {
          if (!(error instanceof FoundryError)) log.warn(`looking for a due backup failed: ${String(error)}`)
        })
        .finally(() => {
          if (!closed) lookAndGoOn(LOOK_EVERY_MS)
        })
    })
  }

  function pathOf(name: string): string {
    const path = backupPath(directory, name)
    if (path === null)
      throw new FoundryError('not_found', `${name.slice(0, 100)} is not the name of a backup.`)
    return path
  }

  return {
    list,
    lastGoodAt,
    make,
    state: () => ({ backup: running?.state ?? null, backupProblem: problem }),
    cancel: () => running?.cancel.abort(),
    async room() {
      const disk = await statfs(directory).catch(() => null)
      return {
        databaseBytes: ((await sizeOf(file)) ?? 0) + ((await sizeOf(`${file}-wal`)) ?? 0),
        freeBytes: disk === null ? null : disk.bavail * disk.bsize,
      }
    },
    async preview(name) {
      const path = pathOf(name)
      if ((await sizeOf(path)) === null)
        throw new FoundryError('not_found', 'The backup is not there any more.')
      try {
        return await worker.ask('preview', { file: path, current: file, known: options.known })
      } catch (error) {
        const failure = databaseFailure(error)
        if (!(failure instanceof DatabaseDamaged)) throw failure
        throw new FoundryError('conflict', 'The backup is damaged and cannot be used.', {
          next: 'Choose another one.',
          detail: `${String(error)} (${codeOf(error)})`,
          cause: error,
        })
      }
    },
    async remove(name) {
      const path = pathOf(name)
      const good = (await list()).filter((one) => one.state === 'verified' && canRestore(one))
      if (good.length === 1 && good[0]?.file === name)
        throw new FoundryError('conflict', 'This is the only verified backup there is.', {
          next: 'Make another one first.',
        })
      await removeBackup(path)
      changed()
    },
    start() {
      cleaned = removeUnfinished(directory).catch((error: unknown) =>
        log.warn(`what a killed backup left could not be removed: ${String(error)}`),
      )
      lookAndGoOn(FIRST_LOOK_MS)
    },
    woke() {
      if (unschedule !== null) lookAndGoOn(FIRST_LOOK_MS)
    },
    async close() {
      closed = true
      unschedule?.()
      running?.cancel.abort()
      // Its failure was told already.
      await running?.made.catch(() => undefined)
    },
  }
}
