import { copyFile, rm } from 'node:fs/promises'
import path from 'node:path'

/** electron-builder's hook: what a package made with the fallback Electron needs besides. */
export async function afterPack({ appOutDir, electronPlatformName }) {
  const binding = process.env.FOUNDRY_SQLITE_BINDING
  if (!binding || electronPlatformName !== 'linux') return
  const resources = path.join(appOutDir, 'resources')
  // The loader that stands in for Electron's default app: a packaged app must not come with a second one.
  await rm(path.join(resources, 'app'), { recursive: true, force: true })
  const prebuild = `${process.platform}-${process.arch}.node`
  await copyFile(
    binding,
    path.join(resources, 'app.asar.unpacked/node_modules/better-sqlite3/prebuilds', prebuild),
  )
}
