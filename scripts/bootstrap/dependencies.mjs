import { createHash } from 'node:crypto'
import { chmod, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { missing } from './files.mjs'
import { keyOf } from './hash.mjs'
import { missingOptionals } from './lock-file.mjs'
import { withLock } from './lock.mjs'
import { npm } from './npm.mjs'
import { cacheRoot, checkout } from './paths.mjs'
import { duration, say } from './say.mjs'

const modules = path.join(checkout, 'node_modules')
/** Written after everything else: an installation that was interrupted has none. */
const stamp = path.join(modules, '.foundry-installed')

/** Makes node_modules what package-lock.json says. Costs one hash when it already is. */
export async function ensureDependencies() {
  const lockText = await readFile(path.join(checkout, 'package-lock.json'), 'utf8')
  const wanted = stampOf(lockText)
  if (await isInstalled(wanted)) return
  const lock = path.join(cacheRoot(), 'locks', `dependencies-${keyOf({ checkout })}`)
  const onWait = () => say('another process is installing dependencies, waiting for it')
  await withLock(
    lock,
    async () => {
      if (await isInstalled(wanted)) return
      if (!(await wasInstalledByHand(lockText))) await install(lockText)
      await allowExecution()
      await writeFile(stamp, wanted)
    },
    { onWait },
  )
}

export function stampOf(lockText, platform = `${process.platform}-${process.arch}`) {
  return createHash('sha256').update(`${platform}\n${lockText}`).digest('hex')
}

async function isInstalled(wanted) {
  return (await readFile(stamp, 'utf8').catch(missing)) === wanted
}

async function install(lockText) {
  await rm(stamp, { force: true })
  const absent = missingOptionals(JSON.parse(lockText).packages).length
  if (absent > 0)
    say(
      `package-lock.json lacks ${absent} optional packages, which npm ci refuses: node scripts/complete-lock.mjs adds them`,
    )
  const args = absent > 0 ? ['install', '--no-save'] : ['ci']
  say(`installing dependencies (npm ${args.join(' ')})`)
  const startedAt = Date.now()
  // Install scripts are left out: what we need of them is done here (`ensureNode`, `allowExecution`), and from a
  // lock file npm does not see that better-sqlite3 ships its binary, and would compile it.
  await npm([...args, '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: checkout,
    label: `npm ${args[0]}`,
  })
  say(`dependencies installed in ${duration(Date.now() - startedAt)}`)
}

/** Somebody ran npm themselves: npm writes its own record last, so a record that agrees is as good as our stamp. */
async function wasInstalledByHand(lockText) {
  const record = await readFile(path.join(modules, '.package-lock.json'), 'utf8').catch(missing)
  return record !== undefined && recordAgrees(JSON.parse(lockText).packages, JSON.parse(record).packages)
}

/** True when the installed packages are those of the lock file; optional ones may be left out (other platforms). */
export function recordAgrees(locked, installed) {
  for (const [place, entry] of Object.entries(locked)) {
    if (place === '') continue
    const found = installed[place]
    if (!found && !entry.optional && !entry.devOptional) return false
    if (found && (found.version !== entry.version || found.integrity !== entry.integrity)) return false
  }
  return Object.keys(installed).every((place) => place in locked)
}

/** The sandbox-agent packages set this bit in an install script, which npm may have left out. */
async function allowExecution() {
  if (process.platform === 'win32') return
  const scope = path.join(modules, '@sandbox-agent')
  for (const name of (await readdir(scope).catch(missing)) ?? []) {
    // Only the platform packages carry a binary.
    await chmod(path.join(scope, name, 'bin', 'sandbox-agent'), 0o755).catch(missing)
  }
}
