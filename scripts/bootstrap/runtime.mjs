import { readFile } from 'node:fs/promises'
import path from 'node:path'

import { FALLBACK_VERSION, ensureFallbackElectron, fallbackExists } from './electron-fallback.mjs'
import {
  downloadElectron,
  forgetFailure,
  installedElectron,
  rememberFailure,
  rememberedFailure,
} from './electron-official.mjs'
import { checkout } from './paths.mjs'
import { ExpectedError, say } from './say.mjs'
import { ensureSqliteBinding } from './sqlite-binding.mjs'

/**
 * The Electron of this machine: `{ kind: 'official' | 'fallback', version, executable, dist, sqliteBinding,
 * env }`. `env` is what a process that runs or packages it needs. `refresh` tries the official download again.
 */
export async function resolveRuntime({ refresh = false } = {}) {
  const installed = await installedElectron()
  if (installed) return official(installed)
  const { version } = JSON.parse(
    await readFile(path.join(checkout, 'node_modules/electron/package.json'), 'utf8'),
  )
  if (refresh) await forgetFailure(version)
  const failure = (fallbackExists() && (await rememberedFailure(version))) || undefined
  if (!failure) {
    try {
      return official(await downloadElectron())
    } catch (error) {
      if (!(error instanceof ExpectedError)) throw error
      if (!fallbackExists())
        throw new ExpectedError(`Electron ${version} could not be downloaded: ${error.message}`)
      const reason = error.message.trim().replaceAll(/\s+/g, ' ')
      await rememberFailure(version, reason)
      say(`Electron ${version}: ${reason}; using the fallback`)
    }
  }
  return fallback()
}

function official({ version, dist, executable }) {
  return { kind: 'official', version, executable, dist, sqliteBinding: null, env: {} }
}

async function fallback() {
  const [dist, sqliteBinding] = await Promise.all([ensureFallbackElectron(), ensureSqliteBinding()])
  return {
    kind: 'fallback',
    version: FALLBACK_VERSION,
    executable: path.join(dist, 'electron'),
    dist,
    sqliteBinding,
    env: { ELECTRON_OVERRIDE_DIST_PATH: dist, FOUNDRY_SQLITE_BINDING: sqliteBinding },
  }
}

export function describeRuntime({ kind, version }) {
  return kind === 'official'
    ? `Electron ${version}`
    : `Electron ${version} (fallback build, SQLite for Node-API 9)`
}

export { OPENCODE_VERSION, ensureOpenCode } from './opencode.mjs'
