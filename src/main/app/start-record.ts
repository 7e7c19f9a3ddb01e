import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { systemErrorCode, writeFileAtomically } from './atomic-file'

/** After so many starts in a row that did not get to a usable window, the next one opens the recovery window. */
export const FAILED_STARTS_TO_RECOVERY = 3

const markerSchema = z.object({ pid: z.int(), startedAt: z.int().min(0).max(8.64e15) })
const countSchema = z.object({ failed: z.int().min(0) })

export interface StartRecord {
  /** Set when the last run did not end properly: a sentence that says so. */
  readonly uncleanExit: string | null
  /** Starts before this one that did not get to a usable window, without a good one in between. */
  readonly failedStarts: number
  /** The window is usable: this start counts as good. */
  usable(): Promise<void>
  /** Everything was closed properly. To be called last, and only when the databases were opened and closed. */
  endedCleanly(): Promise<void>
  /** The person wants an ordinary start next, whatever came before. */
  forgetFailures(): Promise<void>
}

/**
 * Two small files in the data folder tell the next start about this one: `running.json` stands while the app
 * runs and is left behind when it is killed; `starts.json` counts starts that failed. Only the instance that
 * holds the lock may call this.
 */
export async function beginStart(
  directory: string,
  now: number,
  pid: number = process.pid,
): Promise<StartRecord> {
  const marker = join(directory, 'running.json')
  const counter = join(directory, 'starts.json')
  const [left, count] = await Promise.all([readJson(marker), readJson(counter)])
  const failedStarts = countSchema.safeParse(count).data?.failed ?? 0
  await Promise.all([
    writeFileAtomically(counter, JSON.stringify({ failed: failedStarts + 1 })),
    writeFileAtomically(marker, JSON.stringify({ pid, startedAt: now })),
  ])
  const forgetFailures = (): Promise<void> => rm(counter, { force: true })
  return {
    uncleanExit: left === undefined ? null : describe(left),
    failedStarts,
    usable: forgetFailures,
    forgetFailures,
    async endedCleanly() {
      await Promise.all([forgetFailures(), rm(marker, { force: true })])
    },
  }
}

function describe(marker: unknown): string {
  const parsed = markerSchema.safeParse(marker)
  if (!parsed.success) return 'Foundry did not end properly the last time.'
  const started = new Date(parsed.data.startedAt).toISOString()
  return `Foundry did not end properly the last time (process ${parsed.data.pid}, started ${started}).`
}

/** Undefined when there is no such file; null when it holds no JSON, as after a power cut. */
async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined
    if (error instanceof SyntaxError) return null
    throw error
  }
}
