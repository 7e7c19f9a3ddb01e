import { open, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { CRASH_REPORTS_KEPT, crashNameSchema, type CrashReport } from '@shared/crash-report'
import { FoundryError } from '@shared/errors'
import { SecretMasker } from '@shared/secret-masker'
import type { CrashReports } from '../boot/services'
import { systemErrorCode, writeFileAtomically } from './atomic-file'
import type { LogFile } from './log-file'

/** So much of the log's end goes with a report. */
const TAIL_BYTES = 64 * 1024
const LONGEST_WHAT = 500

export interface CrashReportsOptions {
  /** Where the reports are: beside the log. */
  directory: string
  log: Pick<LogFile, 'path' | 'flush'>
  /** Versions and system, in one line. */
  about: string
  now(): number
  onProblem(error: unknown): void
}

/**
 * Text files that say what ended and what the log said last. No dump of memory is made: tokens are in memory, and a file
 * that holds memory holds them too.
 */
export function createCrashReports({
  directory,
  log,
  about,
  now,
  onProblem,
}: CrashReportsOptions): CrashReports {
  const listeners = new Set<() => void>()
  const changed = (): void => {
    for (const listener of listeners) listener()
  }
  let latest = 0
  let writing = Promise.resolve()

  async function write(what: string, at: number): Promise<void> {
    await log.flush()
    const line = what.replaceAll(/\s+/g, ' ').trim().slice(0, LONGEST_WHAT)
    const text = [line, `${new Date(at).toISOString()}, ${about}`, '', await tailOf(log.path)].join('\n')
    const masker = new SecretMasker()
    masker.learn(text)
    await writeFileAtomically(join(directory, `crash-${at}.txt`), masker.mask(text, 'report'))
    for (const name of (await names()).slice(CRASH_REPORTS_KEPT))
      await rm(join(directory, name), { force: true })
    changed()
  }

  /** The newest first. */
  async function names(): Promise<string[]> {
    try {
      const all = await readdir(directory)
      return all
        .filter((name) => crashNameSchema.safeParse(name).success)
        .toSorted()
        .toReversed()
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return []
      throw error
    }
  }

  async function read(name: string): Promise<string | null> {
    try {
      return await readFile(join(directory, name), 'utf8')
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return null
      throw error
    }
  }

  return {
    note(what) {
      // Two in one moment are two files.
      latest = Math.max(now(), latest + 1)
      const at = latest
      writing = writing.then(() => write(what, at)).catch(onProblem)
    },
    settled: () => writing,
    async list() {
      const reports: CrashReport[] = []
      for (const name of (await names()).slice(0, CRASH_REPORTS_KEPT)) {
        const text = await read(name)
        // Removed meanwhile.
        if (text === null) continue
        const [what = ''] = text.split('\n', 1)
        reports.push({ name, at: Number(/\d+/.exec(name)?.[0]), what: what.slice(0, LONGEST_WHAT) })
      }
      return reports
    },
    async text(name) {
      const text = await read(name)
      if (text === null) throw new FoundryError('not_found', 'This report is not there any more.')
      return text
    },
    async removeAll() {
      for (const name of await names()) await rm(join(directory, name), { force: true })
      changed()
    },
    onChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

/** The last whole lines of a file; what is wrong with it when it cannot be read. */
async function tailOf(path: string): Promise<string> {
  try {
    const { size } = await stat(path)
    const file = await open(path, 'r')
    try {
      const from = Math.max(0, size - TAIL_BYTES)
      const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES))
      const { bytesRead } = await file.read(bytes, 0, bytes.length, from)
      const text = bytes.subarray(0, bytesRead).toString('utf8')
      return from === 0 ? text : text.slice(text.indexOf('\n') + 1)
    } finally {
      await file.close()
    }
  } catch (error) {
    return `The log could not be read: ${String(error)}`
  }
}
