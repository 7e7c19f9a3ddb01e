import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { outcomeSchema, type Outcome } from '@shared/backups'
import { removeDurably, writeDurably } from './durable'
import { isMissing } from './failure'

const FILE = 'outcome.json'

/** How the last thing ended that concerned the data as a whole; null once a person has seen it. */
export async function readOutcome(directory: string): Promise<Outcome | null> {
  try {
    return outcomeSchema.safeParse(JSON.parse(await readFile(join(directory, FILE), 'utf8'))).data ?? null
  } catch (error) {
    if (isMissing(error) || error instanceof SyntaxError) return null
    throw error
  }
}

export function writeOutcome(directory: string, outcome: Outcome): Promise<void> {
  return writeDurably(join(directory, FILE), JSON.stringify(outcome))
}

export function forgetOutcome(directory: string): Promise<void> {
  return removeDurably(join(directory, FILE))
}
