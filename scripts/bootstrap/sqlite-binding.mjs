import { cp, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { cached } from './cache.mjs'
import { exists } from './files.mjs'
import { keyOf } from './hash.mjs'
import { cacheRoot, checkout } from './paths.mjs'
import { run } from './run.mjs'
import { ExpectedError, say } from './say.mjs'
import { ensureSystemLibraries } from './system-libraries.mjs'

const PREBUILD_DEFINES = `'NAPI_VERSION=10'`
const FALLBACK_DEFINES = `'NAPI_EXPERIMENTAL', 'NODE_API_EXPERIMENTAL_NOGC_ENV_OPT_OUT'`
const RECIPE = 1

/**
 * better-sqlite3 for the Node-API 9 of the fallback Electron. The prebuild wants Node-API 10 and crashes
 * there; its own source, told not to ask for a version, runs.
 */
export async function ensureSqliteBinding() {
  const source = path.join(checkout, 'node_modules', 'better-sqlite3')
  const { version } = JSON.parse(await readFile(path.join(source, 'package.json'), 'utf8'))
  const key = keyOf({ version, recipe: RECIPE, platform: process.platform, arch: process.arch })
  const folder = await cached(cacheRoot(), `better-sqlite3-${version}-napi9-${key}`, (temporary) =>
    build(source, version, temporary),
  )
  return path.join(folder, 'better_sqlite3.node')
}

async function build(source, version, folder) {
  await ensureSystemLibraries({ compiler: true })
  say(`building better-sqlite3 ${version} for Node-API 9 (about a minute, once)`)
  const work = path.join(folder, '.work')
  const copy = path.join(work, 'better-sqlite3')
  await mkdir(work)
  await cp(source, copy, { recursive: true, filter: (file) => path.basename(file) !== 'prebuilds' })
  await mkdir(path.join(work, 'node_modules'))
  await symlink(
    path.join(checkout, 'node_modules', 'node-addon-api'),
    path.join(work, 'node_modules', 'node-addon-api'),
  )
  await replaceDefines(path.join(copy, 'binding.gyp'))
  const nodeGyp = path.join(checkout, 'node_modules', 'node-gyp', 'bin', 'node-gyp.js')
  const headers = await findHeaders()
  const args = [
    nodeGyp,
    'rebuild',
    '--release',
    '--force_build=1',
    '--jobs=max',
    ...(headers ? [`--nodedir=${headers}`] : []),
  ]
  await run(process.execPath, args, { cwd: copy, label: `building better-sqlite3 ${version}` })
  const built = path.join(copy, 'build', 'Release', 'better_sqlite3.node')
  await rename(built, path.join(folder, 'better_sqlite3.node'))
  await rm(work, { recursive: true })
}

async function replaceDefines(file) {
  const gyp = await readFile(file, 'utf8')
  if (!gyp.includes(PREBUILD_DEFINES)) {
    throw new ExpectedError(
      'better-sqlite3 changed its build file; scripts/bootstrap/sqlite-binding.mjs has to follow',
    )
  }
  await writeFile(file, gyp.replaceAll(PREBUILD_DEFINES, FALLBACK_DEFINES))
}

/** A folder with `include/node`. The Node of the npm package has none; the Node that runs npm usually does. */
async function findHeaders() {
  const binFolders = [process.env.npm_node_execpath, process.env.FOUNDRY_STARTING_NODE]
    .filter(Boolean)
    .map((file) => path.dirname(file))
  const candidates = [...binFolders, '/usr/bin', '/usr/local/bin'].map((folder) => path.dirname(folder))
  for (const candidate of candidates) {
    if (await exists(path.join(candidate, 'include', 'node', 'node_api.h'))) return candidate
  }
  return undefined // node-gyp then downloads them itself
}
