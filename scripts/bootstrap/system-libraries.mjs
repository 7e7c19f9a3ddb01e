import path from 'node:path'

import { exists } from './files.mjs'
import { run } from './run.mjs'
import { ExpectedError, say } from './say.mjs'

/** What is looked for (a library's soname or a command) and the Debian package that has it. */
const ELECTRON = {
  'libgtk-3.so.0': 'libgtk-3-0',
  'libnss3.so': 'libnss3',
  'libasound.so.2': 'libasound2',
  'libgbm.so.1': 'libgbm1',
  'libXss.so.1': 'libxss1',
  'libatspi.so.0': 'libatspi2.0-0',
}
const DISPLAY = { Xvfb: 'xvfb', xauth: 'xauth', 'dbus-daemon': 'dbus', 'xdg-open': 'xdg-utils' }
const COMPILER = { python3: 'python3', make: 'make', 'g++': 'g++' }
const BROWSER = {
  chromium: 'chromium',
  'xdg-mime': 'xdg-utils',
  'update-desktop-database': 'desktop-file-utils',
}
const KEYRING = {
  'gnome-keyring-daemon': 'gnome-keyring',
  'libsecret-1.so.0': 'libsecret-1-0',
  'dbus-run-session': 'dbus',
}

/**
 * The parts of the operating system that no npm package carries. Installed where that is ours to do (root
 * on Debian, as in a container); everywhere else the one line to run is the message.
 */
export async function ensureSystemLibraries({ display = false, compiler = false } = {}) {
  if (process.platform !== 'linux') return
  const needed = { ...ELECTRON, ...(display && DISPLAY), ...(compiler && COMPILER) }
  const absent = await absentOf(needed)
  if (absent.length === 0) return
  const packages = absent.map((name) => needed[name])
  const onDebian = await exists('/etc/debian_version')
  if (!onDebian) {
    // Other distributions keep libraries in places we cannot know, so this is advice and not an end.
    say(`not found on this machine: ${absent.join(', ')}; Electron may need them`)
    return
  }
  if (process.getuid() !== 0) {
    throw new ExpectedError(
      `system packages are missing, run: sudo apt-get install --yes ${packages.join(' ')}`,
    )
  }
  say(`installing system packages: ${packages.join(' ')}`)
  await aptInstall(packages)
}

/** A keyring for the tests that need a real one: returns why there is none, or null. */
export const ensureKeyring = () => ensureForTests(KEYRING, 'a keyring')

/** A browser and a desktop that opens links, for the tests of the extension. As above. */
export const ensureBrowser = () => ensureForTests(BROWSER, 'a browser that opens links')

/** Tests that do not find what they need are skipped, so this never ends a run. */
async function ensureForTests(needed, what) {
  if (process.platform !== 'linux') return `${what} for tests is one of Linux`
  const absent = await absentOf(needed)
  if (absent.length === 0) return null
  const packages = absent.map((name) => needed[name])
  if (!(await exists('/etc/debian_version')) || process.getuid() !== 0)
    return `${what} is missing (Debian: apt-get install ${packages.join(' ')})`
  say(`installing system packages: ${packages.join(' ')}`)
  try {
    await aptInstall(packages)
    return null
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error
    return `${packages.join(' ')} could not be installed: ${error.message}`
  }
}

/** Those that this machine does not have. */
async function absentOf(needed) {
  const libraries = await installedLibraries()
  const absent = []
  for (const name of Object.keys(needed)) {
    const present = name.includes('.so') ? libraries.has(name) : await isOnPath(name)
    if (!present) absent.push(name)
  }
  return absent
}

async function aptInstall(packages) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const install = () =>
    run('apt-get', ['install', '--yes', '--no-install-recommends', ...packages], {
      env,
      label: 'apt-get install',
    })
  try {
    await install()
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error
    // A fresh container has no package lists, or old ones.
    await run('apt-get', ['update'], { env, label: 'apt-get update' })
    await install()
  }
}

async function installedLibraries() {
  const listing = await run('/sbin/ldconfig', ['-p']).catch((error) => {
    if (error instanceof ExpectedError) return ''
    throw error
  })
  return new Set(listing.split('\n').map((line) => line.trim().split(' ')[0]))
}

async function isOnPath(command) {
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter(Boolean)
  const found = await Promise.all(folders.map((folder) => exists(path.join(folder, command))))
  return found.includes(true)
}
