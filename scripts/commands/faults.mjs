// `npm run faults [-- KIND ...]`: kills and damage by the hundred; see bench/faults.
import { compileScript } from '../bench/compile.mjs'
import { checkout } from '../bootstrap/paths.mjs'
import { exitWith } from '../bootstrap/say.mjs'
import { foreground } from '../run/foreground.mjs'
import { exitOnSignals } from '../run/signals.mjs'

exitOnSignals()
try {
  const script = await compileScript('bench/faults/run.ts', 'faults')
  const { code } = await foreground(process.execPath, [script, ...process.argv.slice(2)], {
    cwd: checkout,
    env: process.env,
    stdout: 'inherit',
  })
  process.exit(code)
} catch (error) {
  exitWith(error)
}
