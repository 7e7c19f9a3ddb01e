import { appendFile, mkdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, parse } from 'node:path'

const FILES = 5
const BYTES_PER_FILE = 5 * 1024 * 1024
/** Above this, a burst is cut rather than kept in memory: the disk is slow or gone. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024

export interface LogFile {
  readonly path: string
  /** Never throws and never waits; lines reach the disk in batches. */
  write(line: string): void
  /** Resolves when everything written so far is in the file, or could not be put there. */
  flush(): Promise<void>
}

/**
 * Appends lines to a file off the main thread, at most `files` files of `bytesPerFile`: `main.log`,
 * `main.1.log`, and so on to the oldest. Ours, because the file transport of electron-log rotates with sync
 * calls and cannot be waited for at the end.
 *
 * @param onProblem told once when the disk refuses, and again only after a write succeeded in between
 */
export function createLogFile(
  path: string,
  onProblem: (error: unknown) => void,
  { files = FILES, bytesPerFile = BYTES_PER_FILE } = {},
): LogFile {
  let waiting: string[] = []
  let waitingBytes = 0
  let dropped = 0
  let size: number | null = null
  let writing: Promise<void> | null = null
  let failing = false

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      const notice =
        dropped > 0 ? `(${dropped} lines were left out: the log could not be written as fast)\n` : ''
      const batch = waiting.join('') + notice
      waiting = []
      waitingBytes = 0
      dropped = 0
      try {
        size ??= await currentSize(path)
        if (size > 0 && size + batch.length > bytesPerFile) {
          await rotate(path, files)
          size = 0
        }
        await appendFile(path, batch, { mode: 0o600 })
        size += Buffer.byteLength(batch)
        failing = false
      } catch (error) {
        size = null
        if (!failing) onProblem(error)
        failing = true
      }
    }
    writing = null
  }

  return {
    path,
    write(line) {
      if (waitingBytes > MAX_WAITING_BYTES) {
        dropped += 1
        return
      }
      waiting.push(`${line}\n`)
      waitingBytes += line.length
      writing ??= drain()
    },
    flush: () => writing ?? Promise.resolve(),
  }
}

async function currentSize(path: string): Promise<number> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  try {
    return (await stat(path)).size
  } catch (error) {
    if (isMissing(error)) return 0
    throw error
  }
}

async function rotate(path: string, files: number): Promise<void> {
  const { dir, name, ext } = parse(path)
  const numbered = (index: number): string => (index === 0 ? path : join(dir, `${name}.${index}${ext}`))
  await rm(numbered(files - 1), { force: true })
  for (let index = files - 2; index >= 0; index -= 1) {
    await rename(numbered(index), numbered(index + 1)).catch((error: unknown) => {
      if (!isMissing(error)) throw error
    })
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
