import { chmod, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { codeOf, isMissing } from './failure'

/** What was written to the file outlives a power cut. */
export async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

/** That a name in the folder stands for what it stands for outlives a power cut. */
export async function syncDirectory(path: string): Promise<void> {
  try {
    const folder = await open(path, 'r')
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
  } catch (error) {
    // Windows opens no folders, and keeps its names safe by itself.
    if (process.platform !== 'win32' && codeOf(error) !== 'EINVAL') throw error
  }
}

/** The file holds the old or the new text at any moment, also through a power cut. */
export async function writeDurably(path: string, text: string): Promise<void> {
  const partial = `${path}.partial`
  const file = await open(partial, 'w', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(partial, path)
  await syncDirectory(dirname(path))
}

export async function removeDurably(path: string): Promise<void> {
  await rm(path, { force: true })
  await syncDirectory(dirname(path))
}

/** Null when there is no such file. */
export async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

/** Makes an empty file that nobody else can read; SQLite gives the files it puts beside it the same mode. */
export async function createPrivateFile(file: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600)
  await handle.close()
}

/** Only the person who runs the app reads their work. */
export async function restrictFileModes(file: string): Promise<void> {
  for (const suffix of ['', '-wal', '-shm']) {
    try {
      await chmod(file + suffix, 0o600)
    } catch (error) {
      // -wal and -shm exist only while the database is in use.
      if (!isMissing(error)) throw error
    }
  }
}
