import { readdir } from 'node:fs/promises'
import path from 'node:path'

import { sizeOf } from './files.mjs'
import { hasIntegrity } from './hash.mjs'
import { run } from './run.mjs'
import { ExpectedError } from './say.mjs'

/** The npm that started us when there is one (its registry and proxy settings apply), else the one on PATH. */
export function npmCommand(env = process.env) {
  const script = env.npm_execpath
  if (script && /npm-cli\.[cm]?js$/.test(script)) {
    return { command: env.npm_node_execpath || process.execPath, prefix: [script], shell: false }
  }
  const onWindows = process.platform === 'win32'
  return { command: onWindows ? 'npm.cmd' : 'npm', prefix: [], shell: onWindows }
}

export async function npm(args, options) {
  const { command, prefix, shell } = npmCommand()
  return run(command, [...prefix, ...args], { shell, ...options })
}

/**
 * Fetches the tarball of one published package version and returns its path. Whoever configured npm here
 * decides where it comes from; the pinned integrity decides whether we take it.
 */
export async function fetchTarball({ name, version, integrity }, folder) {
  // A cache of its own: it shows how far the download is, and leaves no second copy in the user's npm cache.
  const cache = path.join(folder, 'npm-cache')
  const args = [
    'pack',
    `${name}@${version}`,
    '--pack-destination',
    folder,
    '--cache',
    cache,
    '--json',
    '--ignore-scripts',
  ]
  await npm(args, { cwd: folder, label: `download of ${name} ${version}`, measure: () => sizeOf(cache) })
  const file = (await readdir(folder)).find((entry) => entry.endsWith('.tgz'))
  if (!file) throw new ExpectedError(`npm pack ${name}@${version} gave no tarball`)
  const tarball = path.join(folder, file)
  if (!(await hasIntegrity(tarball, integrity))) {
    throw new ExpectedError(`${name} ${version} is not the file it should be (its sha512 differs); not used`)
  }
  return tarball
}
