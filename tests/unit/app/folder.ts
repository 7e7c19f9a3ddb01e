import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Log } from '../../../src/main/boot/services'

/** A folder that is gone when the test is. */
export async function testFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'foundry-app-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A log that keeps its lines as `<level> <message>`. */
export function testLog(): Log & { lines: string[] } {
  const lines: string[] = []
  const entry = (level: string) => (message: string) => void lines.push(`${level} ${message}`)
  const log: Log & { lines: string[] } = {
    lines,
    debug: entry('debug'),
    info: entry('info'),
    warn: entry('warn'),
    error: entry('error'),
    scope: () => log,
  }
  return log
}
