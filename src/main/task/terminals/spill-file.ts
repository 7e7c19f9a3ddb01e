import { mkdir, open, rm, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import type { SpillFile } from './spool'

const CAPACITY = 256 << 20

/**
 * A file for output that waits, written round and round. It is made when something has to wait, readable by nobody else,
 * and has no name where the system allows that: whatever becomes of us, nothing of it is left.
 */
export function createSpillFile(directory: string, name: string, capacity = CAPACITY): SpillFile {
  let opened: Promise<FileHandle> | null = null
  const path = join(directory, name)
  const unlinked = process.platform !== 'win32'

  async function make(): Promise<FileHandle> {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    const handle = await open(path, 'w+', 0o600)
    if (unlinked) await rm(path)
    return handle
  }

  async function close(): Promise<void> {
    const handle = opened
    opened = null
    if (handle === null) return
    await (await handle).close()
    if (!unlinked) await rm(path, { force: true })
  }

  /** Runs on the part before the end of the file, and on the rest from its beginning. */
  async function parts(
    offset: number,
    length: number,
    run: (at: number, from: number, count: number) => Promise<void>,
  ): Promise<void> {
    for (let done = 0; done < length;) {
      const at = (offset + done) % capacity
      const count = Math.min(length - done, capacity - at)
      await run(at, done, count)
      done += count
    }
  }

  return {
    capacity,
    async write(offset, bytes) {
      opened ??= make()
      const handle = await opened.catch((error: unknown) => {
        opened = null
        throw error
      })
      await parts(offset, bytes.length, async (at, from, count) => {
        for (let written = 0; written < count;)
          written += (await handle.write(bytes, from + written, count - written, at + written)).bytesWritten
      })
    },
    async read(offset, length) {
      if (opened === null) throw new Error(`${path} has nothing at ${offset}`)
      const handle = await opened
      const bytes = new Uint8Array(length)
      await parts(offset, length, async (at, from, count) => {
        for (let read = 0; read < count;) {
          const { bytesRead } = await handle.read(bytes, from + read, count - read, at + read)
          if (bytesRead === 0) throw new Error(`${path} ends before ${offset + length}`)
          read += bytesRead
        }
      })
      return bytes
    },
    // The file goes with what it held: most terminals never need it again.
    clear: close,
    close,
  }
}
