import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { AppPaths } from '../boot/services'

const FOLDER = 'browser-extension'

/**
 * The folder a browser loads the extension from, which has to stay where it is: of an AppImage, whose files are gone
 * when it ends, a copy in the data folder.
 */
export async function browserExtension({ data, resources }: AppPaths): Promise<string> {
  const shipped = join(resources, FOLDER)
  if (process.env['APPIMAGE'] === undefined) return shipped
  const kept = join(data, FOLDER)
  await rm(kept, { recursive: true, force: true })
  await cp(shipped, kept, { recursive: true })
  return kept
}
