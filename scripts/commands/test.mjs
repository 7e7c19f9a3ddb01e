// `npm test [-- stage ... [arguments for its runner]]`: every check there is, to the end, then one line that sums up.
import path from 'node:path'
import { checkout } from '../bootstrap/paths.mjs'
import { ExpectedError, duration, exitWith, say } from '../bootstrap/say.mjs'
import { exitOnSignals } from '../run/signals.mjs'
import { parseStages } from '../test/arguments.mjs'
import { countCheck, lastLine, sum } from '../test/counts.mjs'
import { createStages } from '../test/stages.mjs'

async function runStage(name, stage) {
  say(`--- ${name}`)
  const startedAt = Date.now()
  let counts
  try {
    counts = await stage()
  } catch (error) {
    if (error instanceof ExpectedError) say(error.message)
    else process.stderr.write(`${error.stack}\n`)
    counts = countCheck(1)
  }
  return { name, ...counts, took: Date.now() - startedAt }
}

function printTable(results) {
  say('---')
  for (const { name, passed, failed, skipped, took } of results) {
    const skips = skipped > 0 ? `, ${skipped} skipped` : ''
    say(`${name.padEnd(14)}${duration(took).padStart(12)}   ${passed} passed, ${failed} failed${skips}`)
  }
}

function printFailures(results) {
  for (const { name, failures = [] } of results)
    for (const { test, message } of failures)
      say(`failed in ${name}: ${path.relative(checkout, test)}\n${message}`)
}

exitOnSignals()

try {
  const order = Object.keys(createStages())
  const { stages, rest, last } = parseStages(process.argv.slice(2), order)
  const all = createStages((name) => (name === last ? rest : []))
  const results = []
  for (const name of stages) results.push(await runStage(name, all[name]))
  printFailures(results)
  printTable(results)
  const total = sum(results)
  const code = total.failed > 0 ? 1 : 0
  process.stdout.write(`${lastLine(total)}\n`, () => process.exit(code))
} catch (error) {
  exitWith(error)
}
