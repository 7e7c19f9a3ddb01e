// Kills, flipped bits and files cut short, by the hundred, with the proof that nothing acknowledged is lost. Too long for
// CI, which runs a few of each (tests/database/crash/faults.test.ts). FAULT_SEED repeats a run.
import { parseArgs } from 'node:util'
import { bundle } from '../../tests/support/bundle'
import { faults, type FaultCounts } from '../../tests/support/faults/faults'
import { seededRandom } from '../../tests/support/seeded-random'

const ROUNDS: Record<keyof typeof faults, number> = {
  writing: 60,
  migrating: 40,
  'backing up': 40,
  restoring: 40,
  recovering: 25,
  moving: 25,
  indexing: 30,
  'bits flipped': 100,
  'cut short': 50,
}

const { positionals } = parseArgs({ allowPositionals: true })
const seed = Number(process.env['FAULT_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
process.stdout.write(`FAULT_SEED=${seed}\n`)
const context = {
  script: await bundle('tests/support/faults/fault-process.ts', 'fault-process'),
  workerScript: await bundle('src/main/database/worker.ts', 'database-worker'),
  random: seededRandom(seed),
}
const totals: FaultCounts = { rounds: 0, killed: 0, acknowledged: 0 }
let failed = 0
for (const [name, fault] of Object.entries(faults)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue
  const startedAt = performance.now()
  try {
    const counts = await fault(ROUNDS[name as keyof typeof faults], context)
    for (const key of ['rounds', 'killed', 'acknowledged'] as const) totals[key] += counts[key]
    const said = Object.entries(counts).map(([what, count]) => `${what} ${count}`)
    process.stdout.write(
      `${name.padEnd(14)}${said.join(', ')}, lost 0 (${Math.round((performance.now() - startedAt) / 1000)} s)\n`,
    )
  } catch (error) {
    failed += 1
    process.stdout.write(
      `${name.padEnd(14)}FAILED: ${error instanceof Error ? error.message : String(error)}\n`,
    )
  }
}
process.stdout.write(
  `${totals.rounds} faults, ${totals.killed} processes killed at work, ${totals.acknowledged} acknowledged things looked for, ${failed} kinds failed\n`,
)
process.exitCode = failed === 0 ? 0 : 1
