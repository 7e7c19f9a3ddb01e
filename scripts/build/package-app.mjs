import { cp, rm } from 'node:fs/promises'
import { constants } from 'node:fs'
import path from 'node:path'

import { exists } from '../bootstrap/files.mjs'
import { hashTree, keyOf } from '../bootstrap/hash.mjs'
import { withLock } from '../bootstrap/lock.mjs'
import { cacheRoot, checkout } from '../bootstrap/paths.mjs'
import { run } from '../bootstrap/run.mjs'
import { duration, say } from '../bootstrap/say.mjs'
import { allowInspection } from './fuses.mjs'
import { onlyWhenChanged } from './stamp.mjs'

const dist = path.join(checkout, 'dist')
const CONFIGURATION = [
  'electron-builder.yml',
  'resources',
  'scripts/build',
  'package.json',
  'package-lock.json',
]

/** The unpacked folder electron-builder makes for this machine, and the executable in it. */
const { folder, executable } = placesOf(process.platform, process.arch)

export function placesOf(platform, arch) {
  const suffix = arch === 'x64' ? '' : `-${arch}`
  if (platform === 'darwin')
    return { folder: `mac${suffix}`, executable: 'Foundry.app/Contents/MacOS/Foundry' }
  if (platform === 'win32') return { folder: `win${suffix}-unpacked`, executable: 'Foundry.exe' }
  return { folder: `linux${suffix}-unpacked`, executable: 'foundry' }
}

/** Packages the built app for this machine as it is released, unless dist/release is that already. */
export async function packageRelease(runtime, buildInputs) {
  return prepared('release', await packageInputs(runtime, buildInputs), async (output) => {
    say('packaging')
    await runBuilder(runtime, ['--dir', `-c.directories.output=${output}`])
  })
}

/** The release again, with the one fuse set that lets Playwright in: what the end-to-end tests run. */
export async function packageForTests(runtime, buildInputs) {
  await packageRelease(runtime, buildInputs)
  return prepared('e2e', await packageInputs(runtime, buildInputs), async (output) => {
    const copy = path.join(output, folder)
    await cp(path.join(dist, 'release', folder), copy, {
      recursive: true,
      verbatimSymlinks: true,
      mode: constants.COPYFILE_FICLONE,
    })
    await allowInspection(path.join(copy, executable))
  })
}

/** Runs electron-builder with the Electron of this machine; never publishes. */
export async function runBuilder(runtime, args) {
  const electron =
    runtime.kind === 'fallback'
      ? [`-c.electronDist=${runtime.dist}`, `-c.electronVersion=${runtime.version}`]
      : [`-c.electronDist=${runtime.dist}`]
  await run(
    process.execPath,
    [path.join(checkout, 'node_modules/electron-builder/cli.js'), ...args, '--publish=never', ...electron],
    {
      cwd: checkout,
      env: { ...process.env, FOUNDRY_SQLITE_BINDING: runtime.sqliteBinding ?? '' },
      label: 'electron-builder',
    },
  )
}

/** `dist/<name>` made by `work`, skipped when it is already the result of these inputs. Its executable. */
async function prepared(name, inputs, work) {
  const output = path.join(dist, name)
  const result = path.join(output, folder, executable)
  const stamp = path.join(output, '.inputs')
  await withLock(path.join(cacheRoot(), 'locks', `package-${name}-${keyOf({ checkout })}`), async () => {
    if (!(await exists(result))) await rm(stamp, { force: true })
    const startedAt = Date.now()
    const done = await onlyWhenChanged(stamp, inputs, async () => {
      await rm(output, { recursive: true, force: true })
      await work(output)
    })
    if (done) say(`dist/${name} made in ${duration(Date.now() - startedAt)}`)
  })
  return result
}

async function packageInputs(runtime, buildInputs) {
  const { kind, version, dist: electronDist, sqliteBinding } = runtime
  const facts = { buildInputs, kind, version, electronDist, sqliteBinding }
  return hashTree(checkout, CONFIGURATION, JSON.stringify(facts))
}
