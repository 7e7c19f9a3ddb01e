import { basename, join } from 'node:path'
import type { DataState, Outcome } from '@shared/backups'
import { FoundryError } from '@shared/errors'
import { askForChange } from '../data-folder/change'
import { planMove, removeOld } from '../data-folder/move'
import { keptName, listResets, removeReset, resetFolder } from '../data-folder/reset'
import {
  askForReplacement,
  createBackups,
  forgetOutcome,
  readOutcome,
  restoring,
  type Databases,
  type DatabaseWorker,
} from '../database'
import { backupPath, freeName } from '../database/backup'
import type { DomainHandlers } from '../ipc/handlers'
import type { AppServices } from './services'

export interface DataOptions {
  services: AppServices
  databases: Databases
  worker: DatabaseWorker
  now(): number
  schedule(milliseconds: number, run: () => void): () => void
  changed(): void
  /** Turns that run now. */
  runningTurns(): number
  reportError(error: unknown, what: string): void
}

export interface Data {
  readonly handlers: DomainHandlers<'data'>
  /** For topic `app`. */
  state(): DataState
  /** Whether the last thing that concerned the data as a whole is settled: until then nothing is cleaned up after it. */
  isSettled(): boolean
  /** Makes a backup, and waits for it. @throws FoundryError where it cannot be made */
  backUp(): Promise<void>
  /** The window is usable. */
  start(): void
  close(): Promise<void>
}

/** The data as a whole: backups, restoring, moving, resetting. What needs closed databases is written down and done by the next start. */
export async function createData(options: DataOptions): Promise<Data> {
  const { services, databases, now, changed } = options
  const { paths, desktop } = services
  const log = services.log.scope('data')
  let version = 0
  let outcome: Outcome | null = await readOutcome(paths.data)
  const touch = (): void => {
    version += 1
    changed()
  }
  const backups = createBackups({
    file: databases.file,
    directory: paths.backups,
    worker: options.worker,
    appVersion: services.appVersion,
    health: databases.health,
    known: databases.known,
    now,
    schedule: options.schedule,
    changed: touch,
    log,
  })
  databases.health.onChange(touch)
  const stopListening = [services.power.onResume(() => backups.woke()), services.crashes.onChange(touch)]

  async function restore(file: string): Promise<void> {
    const { isNewer } = await backups.preview(file)
    if (isNewer)
      throw new FoundryError('unsupported', 'That backup was made by a newer version of Foundry.', {
        next: 'Install that version or a later one to open it.',
      })
    await askForReplacement(
      paths.data,
      await restoring({ directory: paths.data, backupsDirectory: paths.backups, now }, file),
    )
    services.restart('a backup is restored')
  }

  const handlers: DomainHandlers<'data'> = {
    async backups() {
      return {
        directory: paths.backups,
        backups: await backups.list(),
        resets: (await listResets(paths.data)).map((reset) => ({ ...reset, bytes: null })),
        lastGoodAt: await backups.lastGoodAt(),
        ...(await backups.room()),
      }
    },
    backUp() {
      // How it ends is in the topic.
      backups.make('manual').catch((error: unknown) => {
        if (!(error instanceof FoundryError)) options.reportError(error, 'making a backup')
      })
    },
    cancelBackUp: () => backups.cancel(),
    preview: async ({ file }) => ({
      ...(await backups.preview(file)),
      runningTurns: options.runningTurns(),
    }),
    restore: ({ file }) => restore(file),
    async bringBack() {
      if (outcome?.kind !== 'damaged' || outcome.salvaged === null)
        throw new FoundryError('conflict', 'There is nothing to bring back.')
      const kept = await freeName(paths.backups, 'replaced', now())
      await askForReplacement(paths.data, {
        kind: 'merge',
        salvaged: outcome.salvaged,
        base: outcome.file,
        kept: basename(kept),
        fromNothing: false,
      })
      services.restart('what was saved is brought back')
    },
    async seen() {
      await forgetOutcome(paths.data)
      outcome = null
      touch()
    },
    remove: ({ file }) => backups.remove(file),
    async reveal({ file }) {
      const path = file === null ? paths.backups : backupPath(paths.backups, file)
      if (path === null) throw new FoundryError('not_found', 'That is not the name of a backup.')
      await desktop.revealPath(path)
    },
    restart() {
      services.restart('the person asked for it')
    },
    planMove: async ({ to }) => {
      requireHome()
      return planMove(paths.data, to)
    },
    async move({ to }) {
      requireHome()
      const { refusal } = await planMove(paths.data, to)
      if (refusal !== null)
        throw new FoundryError(
          refusal.kind,
          refusal.message,
          refusal.next === undefined ? {} : { next: refusal.next },
        )
      await askForChange(paths.data, { kind: 'move', to, at: now() })
      services.restart('the data folder is moved')
    },
    async removeMoved() {
      if (outcome?.kind !== 'moved' || outcome.to !== paths.data)
        throw new FoundryError('conflict', 'There is no folder that a move has left.')
      await removeOld(outcome.from)
      await handlers.seen()
    },
    async reset() {
      // Whoever resets by mistake has this, and the folder that is set aside.
      await backups.make('manual')
      await askForChange(paths.data, { kind: 'reset', kept: keptName(now()), at: now() })
      services.restart('everything begins anew')
    },
    async undoReset({ name }) {
      await resetFolder(paths.data, name)
      await askForChange(paths.data, { kind: 'undo_reset', name, kept: keptName(now()), at: now() })
      services.restart('a reset is undone')
    },
    async removeReset({ name }) {
      await removeReset(paths.data, name)
      if (outcome !== null && 'kept' in outcome && outcome.kept === name) await handlers.seen()
      touch()
    },
    crashes: () => services.crashes.list(),
    crashText: ({ name }) => services.crashes.text(name),
    revealCrash: ({ name }) => desktop.revealPath(join(paths.logs, name)),
    removeCrashes: () => services.crashes.removeAll(),
  }

  function requireHome(): void {
    if (services.paths.home !== null) return
    throw new FoundryError('unsupported', 'The data folder is set by FOUNDRY_DATA_DIR.', {
      next: 'Quit Foundry, move the folder yourself and set the variable to its new place: paths in it are put right at the next start.',
    })
  }

  return {
    handlers,
    state: () => ({
      id: 'data',
      version,
      health: databases.health.state(),
      outcome,
      ...backups.state(),
    }),
    isSettled: () => outcome?.kind !== 'restored' && outcome?.kind !== 'damaged',
    backUp: async () => {
      await backups.make('manual')
    },
    start: () => backups.start(),
    async close() {
      for (const stop of stopListening) stop()
      await backups.close()
    },
  }
}
