import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { removeDurably, writeDurably } from '../database/durable'

const FILE = 'folder-change.json'

/** What is to be done with the folder as a whole, at the next start and before anything in it is used. */
const changeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('reset'), kept: z.string(), at: z.number() }),
  z.object({ kind: z.literal('undo_reset'), name: z.string(), kept: z.string(), at: z.number() }),
  z.object({ kind: z.literal('move'), to: z.string(), at: z.number() }),
])
export type FolderChange = z.infer<typeof changeSchema>

export function askForChange(directory: string, change: FolderChange): Promise<void> {
  return writeDurably(join(directory, FILE), JSON.stringify(change))
}

export async function pendingChange(directory: string): Promise<FolderChange | null> {
  try {
    return changeSchema.safeParse(JSON.parse(await readFile(join(directory, FILE), 'utf8'))).data ?? null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

export function forgetChange(directory: string): Promise<void> {
  return removeDurably(join(directory, FILE))
}
