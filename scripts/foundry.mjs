#!/usr/bin/env node
// The way in to every command of this repository: `node scripts/foundry.mjs <command> [arguments]`.
// Runs on the machine's own Node (20.19 or newer), brings the checkout's dependencies into order and hands
// over to the Node 24 that is one of them. Nothing imported from here may need a package or a newer Node.
import path from 'node:path'

import { ensureDependencies } from './bootstrap/dependencies.mjs'
import { handOver } from './bootstrap/hand-over.mjs'
import { ensureNode } from './bootstrap/node.mjs'
import { checkout } from './bootstrap/paths.mjs'
import { ExpectedError, exitWith } from './bootstrap/say.mjs'

const COMMANDS = ['start', 'test', 'bench', 'faults', 'build', 'dist', 'playground', 'runtime']

const [command, ...args] = process.argv.slice(2)
try {
  if (!COMMANDS.includes(command))
    throw new ExpectedError(`usage: node scripts/foundry.mjs ${COMMANDS.join('|')}`)
  const script = path.join(checkout, 'scripts', 'commands', `${command}.mjs`)
  await ensureDependencies()
  await handOver(await ensureNode(), [script, ...args])
} catch (error) {
  // Whoever reads the last line of a test run is told even when it could not begin.
  if (command === 'test') process.on('exit', () => process.stdout.write('0 passed, 1 failed\n'))
  exitWith(error)
}
