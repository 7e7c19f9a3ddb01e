import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'

import { startApp } from './electron.mjs'
import { INTERRUPTED } from './signals.mjs'

const USABLE_MS = 60_000

/**
 * Starts the app on an empty data folder of its own, waits until its window is usable and quits it.
 * Throws an ExpectedError with the reason when any of that fails; returns how long it took to be usable.
 */
export async function smoke({ executable, args, env, screenshot }) {
  const data = await mkdtemp(path.join(os.tmpdir(), 'foundry-smoke-'))
  try {
    const startedAt = Date.now()
    const app = await startApp({
      executable,
      args,
      env: { ...env, FOUNDRY_DATA_DIR: data },
      screenshot,
      capture: true,
    })
    try {
      await app.usable(USABLE_MS)
    } catch (error) {
      app.kill()
      await app.exited
      if (app.wasInterrupted()) process.exit(INTERRUPTED)
      throw error
    }
    const usableMs = Date.now() - startedAt
    await app.quit()
    return usableMs
  } finally {
    await rm(data, { recursive: true, force: true })
  }
}
