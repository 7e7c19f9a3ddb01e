import { readFile, stat } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { FoundryError } from '@shared/errors'
import { removeDurably, writeDurably } from '../database/durable'

/** In the platform's place for the app: where the data is instead. */
export const LOCATION = 'location.json'
/** In the data folder: where it was when it was last used. */
const PLACE = 'place.json'
/** In a folder that a move is filling. */
export const INCOMPLETE = 'incomplete.json'

/**
 * Where a person moved the data folder to; null when it was not moved.
 *
 * @throws FoundryError `conflict` when that cannot be read: a folder must not be made up
 */
export async function movedTo(home: string): Promise<string | null> {
  const path = join(home, LOCATION)
  const text = await readText(path)
  if (text === null) return null
  const parsed = parse(text)
  if (parsed === null)
    throw new FoundryError('conflict', 'Where the data folder was moved to cannot be read.', {
      next: 'Choose the folder, or remove the file to use the folder it is in.',
      detail: path,
    })
  return parsed.directory
}

export function setMovedTo(home: string, directory: string): Promise<void> {
  return writeDurably(join(home, LOCATION), JSON.stringify({ directory }))
}

/** The data is in the platform's place for the app again. */
export function forgetMove(home: string): Promise<void> {
  return removeDurably(join(home, LOCATION))
}

/** Where the folder was when it was last used: elsewhere when it was moved since. Null when that was never noted. */
export async function lastPlace(directory: string): Promise<string | null> {
  return parse((await readText(join(directory, PLACE))) ?? '')?.directory ?? null
}

export function notePlace(directory: string): Promise<void> {
  return writeDurably(join(directory, PLACE), JSON.stringify({ directory }))
}

/**
 * Refuses a folder that must not be opened as if it were a new one.
 *
 * @param isExpected whether there was data in it before
 * @throws FoundryError `not_found` when it is not there, `conflict` when it was copied in part
 */
export async function requireFolder(directory: string, isExpected: boolean): Promise<void> {
  if (isExpected && !(await exists(directory)))
    throw new FoundryError('not_found', `The data folder ${directory} is not there.`, {
      next: 'Connect its disk and try again, or choose where it is now. Nothing was changed.',
    })
  if (isExpected && !(await exists(join(directory, 'foundry.db'))) && !(await exists(join(directory, PLACE))))
    throw new FoundryError('not_found', `There is no data in ${directory}.`, {
      next: 'The folder may be one that a disk is usually at. Connect the disk and try again, or choose where the data is now.',
    })
  if (await exists(join(directory, INCOMPLETE)))
    throw new FoundryError('conflict', `The data folder ${directory} was copied in part only.`, {
      next: 'A move was interrupted. Start Foundry with the folder it was moved from: the move then goes on.',
    })
}

export async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null
}

/** By hand: this is read before anything else, and building schemas would keep the first window waiting. */
function parse(text: string): { directory: string } | null {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || !('directory' in value)) return null
    const { directory } = value
    return typeof directory === 'string' && isAbsolute(directory) ? { directory } : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

async function readText(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}
