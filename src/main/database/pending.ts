import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { outcomeSchema, type Outcome } from '@shared/backups'
import { FoundryError, toErrorValue } from '@shared/errors'
import { backupPath, finishBackup, freeName, prune } from './backup'
import { openConnection } from './connection'
import { removeDurably, sizeOf, writeDurably } from './durable'
import { databaseFailure, isMissing } from './failure'
import { applyMigrations, type Migration } from './migrations'
import { writeOutcome } from './outcome'
import { abandonReplacement, NEXT, prepareNext, removeNext, replaceDatabase } from './replace'
import type { DatabaseWorker } from './worker-client'

const FILE = 'replacement.json'

/**
 * Another database is to take the place of the one in use. Written down before anything is done, and done at the next
 * start before the database is opened: a kill at any moment leaves it to the start after that.
 */
const pendingSchema = z.discriminatedUnion('kind', [
  /** A copy of a backup. */
  z.object({
    kind: z.literal('restore'),
    source: z.string(),
    /** Name among the backups for the database that is there; null where there is none. */
    kept: z.string().nullable(),
    outcome: outcomeSchema,
  }),
  /** The database in use, with what could be read of a damaged one; an empty one where there is none in use. */
  z.object({
    kind: z.literal('merge'),
    salvaged: z.string(),
    base: z.string().nullable(),
    kept: z.string(),
    /** Nothing of the database in use goes into the new one: it cannot be read. */
    fromNothing: z.boolean(),
  }),
])
export type Replacement = z.infer<typeof pendingSchema>

export interface ReplacementOptions {
  /** The data folder. */
  directory: string
  backupsDirectory: string
  worker: DatabaseWorker
  migrations: readonly Migration[]
  nativeBinding: string | undefined
  appVersion: string
  now(): number
  log: { info(message: string): void; warn(message: string): void }
}

export function askForReplacement(directory: string, replacement: Replacement): Promise<void> {
  return writeDurably(join(directory, FILE), JSON.stringify(replacement))
}

/**
 * What a backup is put in the place of the database with.
 *
 * @throws FoundryError `not_found` for a name that is none of a backup
 */
export async function restoring(
  options: Pick<ReplacementOptions, 'directory' | 'backupsDirectory' | 'now'>,
  file: string,
): Promise<Replacement> {
  const { directory, backupsDirectory, now } = options
  const path = backupPath(backupsDirectory, file)
  if (path === null || (await sizeOf(path)) === null)
    throw new FoundryError('not_found', `The backup ${basename(file)} is not there (any more).`)
  const exists = (await sizeOf(join(directory, 'foundry.db'))) !== null
  const kept = exists ? basename(await freeName(backupsDirectory, 'replaced', now())) : null
  const createdAt = Number(/\d{13}/.exec(file)?.[0])
  return {
    kind: 'restore',
    source: file,
    kept,
    outcome: { kind: 'restored', at: now(), file, createdAt, undo: kept },
  }
}

/**
 * Does what was asked for by the last run, or goes on with it after a kill. What cannot be done leaves the database as
 * it is, and says why as its outcome. The databases must be closed.
 */
export async function runReplacement(options: ReplacementOptions): Promise<void> {
  const { directory, log } = options
  const pending = await readPending(directory)
  if (pending === null) return removeNext(directory)
  const kept = pending.kept === null ? null : join(options.backupsDirectory, pending.kept)
  let outcome: Outcome
  try {
    outcome = await replace(pending, kept, options)
  } catch (error) {
    const failure = databaseFailure(error)
    if (kept !== null) await abandonReplacement(directory, kept)
    await removeDurably(join(directory, FILE))
    log.warn(`the database was not replaced: ${String(error)}`)
    await writeOutcome(directory, {
      kind: 'failed',
      at: options.now(),
      what: pending.kind,
      error: toErrorValue(
        failure instanceof FoundryError
          ? failure
          : new FoundryError('conflict', 'The backup could not be used.', {
              next: 'Everything is as it was. Choose another backup.',
              detail: error instanceof Error ? error.message : String(error),
            }),
      ),
    })
    return
  }
  await writeOutcome(directory, outcome)
  await removeDurably(join(directory, FILE))
  log.info(`the database was replaced: ${pending.kind}, the one before is ${pending.kept ?? 'none'}`)
}

async function replace(
  pending: Replacement,
  kept: string | null,
  options: ReplacementOptions,
): Promise<Outcome> {
  const { directory, backupsDirectory, worker } = options
  const isPrepared = (await sizeOf(join(directory, NEXT))) !== null
  const isDone = !isPrepared && kept !== null && (await sizeOf(kept)) !== null
  let merged = isDone || isPrepared ? await readMerged(directory) : null
  if (!isPrepared && !isDone) {
    if (pending.kind === 'restore')
      await prepareNext(directory, worker, join(backupsDirectory, pending.source))
    else
      await prepareNext(
        directory,
        worker,
        pending.fromNothing ? null : join(directory, 'foundry.db'),
        async (copy) => {
          if (pending.fromNothing) makeEmpty(copy, options)
          merged = await worker.ask('merge', {
            target: copy,
            salvaged: join(backupsDirectory, pending.salvaged),
            base: pending.base === null ? null : join(backupsDirectory, pending.base),
          })
          await writeDurably(join(directory, MERGED), JSON.stringify(merged))
        },
      )
  }
  await replaceDatabase(directory, kept)
  if (kept !== null) await describeKept(kept, options)
  if (pending.kind === 'restore') return pending.outcome
  await removeDurably(join(directory, MERGED))
  return {
    kind: 'merged',
    at: options.now(),
    added: {},
    changed: {},
    leftOut: 0,
    ...merged,
    undo: pending.kept,
  }
}

const MERGED = 'merged.json'
const mergedSchema = z.object({
  added: z.record(z.string(), z.number()),
  changed: z.record(z.string(), z.number()),
  leftOut: z.number(),
})

async function readMerged(directory: string): Promise<z.infer<typeof mergedSchema> | null> {
  return mergedSchema.safeParse(await readJson(join(directory, MERGED))).data ?? null
}

function makeEmpty(file: string, { migrations, nativeBinding, now }: ReplacementOptions): void {
  const connection = openConnection(file, { synchronous: 'FULL', nativeBinding, journal: 'DELETE' })
  try {
    applyMigrations(connection, migrations, now)
  } finally {
    connection.close()
  }
}

/** Says what is in the database that was in use, where it can still be read. */
async function describeKept(kept: string, options: ReplacementOptions): Promise<void> {
  if (kept.endsWith('-damaged.db')) return
  try {
    const contents = await options.worker.ask('contents', { file: kept })
    await finishBackup(kept, kept, options.appVersion, contents)
  } catch (error) {
    options.log.warn(`what was replaced cannot be read: ${String(error)}`)
  }
  await prune(options.backupsDirectory, 'replaced', basename(kept))
}

async function readPending(directory: string): Promise<Replacement | null> {
  return pendingSchema.safeParse(await readJson(join(directory, FILE))).data ?? null
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    if (isMissing(error) || error instanceof SyntaxError) return null
    throw error
  }
}
