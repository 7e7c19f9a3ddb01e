import { readdir, rm } from 'node:fs/promises'
import path from 'node:path'

import { exists } from '../bootstrap/files.mjs'
import { hashTree, keyOf } from '../bootstrap/hash.mjs'
import { withLock } from '../bootstrap/lock.mjs'
import { cacheRoot, checkout } from '../bootstrap/paths.mjs'
import { run } from '../bootstrap/run.mjs'
import { duration, say } from '../bootstrap/say.mjs'
import { onlyWhenChanged } from './stamp.mjs'

const out = path.join(checkout, 'out')
const stamp = path.join(out, '.inputs')

/** Builds src/ into out/ with electron-vite, unless out/ is already the result of exactly these inputs. */
export async function buildApp(runtime) {
  // Two builds at once would empty each other's output folders.
  return withLock(path.join(cacheRoot(), 'locks', `build-${keyOf({ checkout })}`), async () => {
    const inputs = await buildInputs(runtime)
    if (!(await exists(path.join(out, 'main', 'index.js')))) await rm(stamp, { force: true })
    const startedAt = Date.now()
    const built = await onlyWhenChanged(stamp, inputs, async () => {
      say('building')
      await run(
        process.execPath,
        [path.join(checkout, 'node_modules/electron-vite/bin/electron-vite.js'), 'build'],
        {
          cwd: checkout,
          env: buildEnv(runtime),
          label: 'electron-vite build',
        },
      )
    })
    if (built) say(`built in ${duration(Date.now() - startedAt)}`)
    return inputs
  })
}

/** A hash over everything the build reads. */
export async function buildInputs(runtime) {
  const configs = (await readdir(checkout)).filter((name) =>
    /^(tsconfig.*\.json|electron\.vite\.config\.ts)$/.test(name),
  )
  return hashTree(checkout, ['src', 'package.json', 'package-lock.json', ...configs], majorOf(runtime))
}

/** electron-vite compiles for the Electron in package.json; the fallback is older and reads less new syntax. */
function buildEnv(runtime) {
  return { ...process.env, NODE_ENV: 'production', ELECTRON_MAJOR_VER: majorOf(runtime) }
}

function majorOf({ version }) {
  return version.split('.')[0]
}
