import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { outcomeSchema } from '@shared/backups'
import { FoundryError } from '@shared/errors'
import { backupPath, freeName } from './backup'
import { removeDurably, sizeOf, writeDurably } from './durable'
import { isMissing } from './failure'

// The recovery window uses this: nothing here, nor in what it imports, needs SQLite.

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

export function askForReplacement(directory: string, replacement: Replacement): Promise<void> {
  return writeDurably(join(directory, FILE), JSON.stringify(replacement))
}

/**
 * What a backup is put in the place of the database with.
 *
 * @throws FoundryError `not_found` for a name that is none of a backup
 */
export async function restoring(
  options: { directory: string; backupsDirectory: string; now(): number },
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

export function forgetReplacement(directory: string): Promise<void> {
  return removeDurably(join(directory, FILE))
}

export async function readPending(directory: string): Promise<Replacement | null> {
  return pendingSchema.safeParse(await readJson(join(directory, FILE))).data ?? null
}

/** Null when there is no such file, or it holds no JSON. */
export async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    if (isMissing(error) || error instanceof SyntaxError) return null
    throw error
  }
}
