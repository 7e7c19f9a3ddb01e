import path from 'node:path'

import { exists } from './files.mjs'
import { checkout } from './paths.mjs'
import { run } from './run.mjs'
import { ExpectedError, say } from './say.mjs'

const nodePackage = path.join(checkout, 'node_modules', 'node')

/** The Node of the npm package `node`, which all our tools run on. Its path. */
export async function ensureNode() {
  const executable = path.join(nodePackage, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (await exists(executable)) return executable
  // This package puts its binary in place in an install script, and those are not run.
  say('installing the Node of the npm package "node"')
  await run(process.execPath, ['installArchSpecificPackage.js'], {
    cwd: nodePackage,
    label: 'installing Node',
  })
  if (!(await exists(executable)))
    throw new ExpectedError(
      `there is still no ${path.relative(checkout, executable)}; delete node_modules and try again`,
    )
  return executable
}
