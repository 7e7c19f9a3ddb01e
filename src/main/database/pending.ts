import { basename, join } from 'node:path'
import { z } from 'zod'
import type { Outcome } from '@shared/backups'
import { FoundryError, toErrorValue } from '@shared/errors'
import { finishBackup, prune } from './backup'
import { openConnection } from './connection'
import { removeDurably, sizeOf, writeDurably } from './durable'
import { databaseFailure } from './failure'
import { applyMigrations, type Migration } from './migrations'
import { writeOutcome } from './outcome'
import { abandonReplacement, NEXT, prepareNext, removeNext, replaceDatabase } from './replace'
import { forgetReplacement, readJson, readPending, type Replacement } from './replacement'
import type { DatabaseWorker } from './worker-client'

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
    await forgetReplacement(directory)
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
  await forgetReplacement(directory)
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
