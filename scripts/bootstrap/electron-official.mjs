import { lookup } from 'node:dns/promises'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import path from 'node:path'

import { exists, missing, sizeOf } from './files.mjs'
import { keyOf } from './hash.mjs'
import { withLock } from './lock.mjs'
import { cacheRoot, checkout } from './paths.mjs'
import { run } from './run.mjs'
import { ExpectedError, say } from './say.mjs'

const DEFAULT_SOURCE = 'https://github.com'
const REACHABLE_MS = 4_000
const STALL_MS = 30_000
/** After a failed download the fallback is used without asking again for this long. */
const RETRY_AFTER_MS = 24 * 60 * 60 * 1000

const electronPackage = path.join(checkout, 'node_modules', 'electron')

/** `{ version, dist, executable }` of the Electron the `electron` package downloaded, undefined without one. */
export async function installedElectron() {
  const { version } = JSON.parse(await readFile(path.join(electronPackage, 'package.json'), 'utf8'))
  const dist = path.join(electronPackage, 'dist')
  const installed = (await readFile(path.join(dist, 'version'), 'utf8').catch(missing))
    ?.trim()
    .replace(/^v/, '')
  const place = await readFile(path.join(electronPackage, 'path.txt'), 'utf8').catch(missing)
  if (installed !== version || !place || !(await exists(path.join(dist, place)))) return undefined
  return { version, dist, executable: path.join(dist, place) }
}

/** Downloads Electron as its npm package does on first use. Throws ExpectedError when it cannot be had here. */
export async function downloadElectron() {
  const lock = path.join(cacheRoot(), 'locks', `official-${keyOf({ checkout })}`)
  return withLock(lock, async () => {
    const already = await installedElectron()
    if (already) return already
    await assertReachable(
      new URL(process.env.ELECTRON_MIRROR || process.env.npm_config_electron_mirror || DEFAULT_SOURCE),
    )
    say('downloading Electron (official build, about 120 MB, once)')
    await mkdir(cacheRoot(), { recursive: true })
    const temporary = await mkdtemp(path.join(cacheRoot(), 'official.tmp-'))
    try {
      await run(process.execPath, [path.join(electronPackage, 'install.js')], {
        label: 'download of Electron',
        env: { ...process.env, TMPDIR: temporary, ELECTRON_OVERRIDE_DIST_PATH: '' },
        measure: async () => (await sizeOf(temporary)) + (await sizeOf(path.join(electronPackage, 'dist'))),
        stallMs: STALL_MS,
      })
    } finally {
      await rm(temporary, { recursive: true, force: true })
    }
    const installed = await installedElectron()
    if (!installed) throw new ExpectedError('the download is not what the electron package expects')
    return installed
  })
}

/** A host that is not there is noticed in seconds; the download's own attempts would take minutes on some networks. */
async function assertReachable(source, env = process.env) {
  if (env.ELECTRON_GET_USE_PROXY) return // then the proxy looks the host up, not we
  const refuse = (reason) => new ExpectedError(`${source.host} is not reachable (${reason})`)
  const resolved = lookup(source.hostname).catch((error) => {
    throw refuse(error.code)
  })
  const limit = AbortSignal.timeout(REACHABLE_MS)
  const expired = new Promise((_, reject) =>
    limit.addEventListener('abort', () => reject(refuse('no answer'))),
  )
  const { address } = await Promise.race([resolved, expired])
  const socket = net.connect({
    host: address,
    port: Number(source.port) || (source.protocol === 'http:' ? 80 : 443),
  })
  try {
    const connected = new Promise((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('error', (error) => reject(refuse(error.code)))
    })
    await Promise.race([connected, expired])
  } finally {
    socket.destroy()
  }
}

const memory = (version) => path.join(cacheRoot(), `official-${version}-failed.json`)

/** The last failure worth remembering, so that the next start does not wait for the same answer. */
export async function rememberedFailure(version, now = Date.now()) {
  const text = await readFile(memory(version), 'utf8').catch(missing)
  if (!text) return undefined
  const { at, reason } = JSON.parse(text)
  return isRecent(at, now) ? reason : undefined
}

export function isRecent(at, now) {
  return at <= now && now - at < RETRY_AFTER_MS
}

export async function rememberFailure(version, reason) {
  await mkdir(cacheRoot(), { recursive: true })
  await writeFile(memory(version), JSON.stringify({ at: Date.now(), reason }))
}

export async function forgetFailure(version) {
  await rm(memory(version), { force: true })
}
