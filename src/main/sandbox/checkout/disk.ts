import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { FoundryError } from '@shared/errors'
import { fileError } from '../git/errors'
import { runProcess } from '../git/process'
import { exists } from './store'

const WHAT = 'What it takes up on the disk could not be measured'
const LONGEST_MS = 10 * 60_000

/** Bytes that a folder takes up on the disk; 0 where there is none. Counted by another process, at low priority. */
export async function diskUse(folder: string, signal?: AbortSignal): Promise<number> {
  if (signal?.aborted === true) throw stopped()
  if (!(await exists(folder))) return 0
  if (process.platform === 'win32') return addSizes(folder, signal)
  const outcome = await runProcess('du', ['-sk', folder], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C' },
    signal,
    timeoutMs: LONGEST_MS,
    maxOutputBytes: 64 * 1024,
    input: undefined,
    onErrorLine: undefined,
    background: true,
  }).catch((thrown: unknown) => {
    throw fileError(thrown, WHAT)
  })
  if (signal?.aborted) throw stopped()
  // It ends with 1 when something went away meanwhile, with the sum of the rest.
  const kilobytes = /^\d+/.exec(outcome.stdout.toString('utf8'))?.[0]
  if (kilobytes === undefined)
    throw new FoundryError('internal', `${WHAT}.`, { detail: outcome.stderr.toString('utf8') })
  return Number(kilobytes) * 1024
}

/** Without `du`: the sizes of the files, one folder after the other so that nothing else has to wait for it. */
async function addSizes(folder: string, signal: AbortSignal | undefined): Promise<number> {
  let bytes = 0
  const folders = [folder]
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    if (signal?.aborted === true) throw stopped()
    const parent = next
    for (const entry of await readdir(parent, { withFileTypes: true }).catch(() => [])) {
      const path = join(parent, entry.name)
      if (entry.isDirectory()) folders.push(path)
      else bytes += (await lstat(path).catch(() => null))?.size ?? 0
    }
  }
  return bytes
}

function stopped(): FoundryError {
  return new FoundryError('cancelled', 'Measuring was stopped.')
}
