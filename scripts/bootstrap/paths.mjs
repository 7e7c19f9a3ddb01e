import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const checkout = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..')

/** Downloads and builds that outlive a checkout. Read late: tests set the variable. */
export function cacheRoot(env = process.env) {
  return path.join(env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'foundry')
}

/** Where the platform keeps the data of applications; the parent of our data folder. */
export function platformDataHome(env = process.env, platform = process.platform) {
  if (platform === 'darwin') return path.join(os.homedir(), 'Library', 'Application Support')
  if (platform === 'win32') return env.APPDATA || path.join(os.homedir(), 'AppData', 'Roaming')
  return env.XDG_DATA_HOME || path.join(os.homedir(), '.local', 'share')
}
