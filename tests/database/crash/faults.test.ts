import { beforeAll, expect, it } from 'vitest'
import { bundle } from '../../support/bundle'
import { type FaultContext, faults } from '../../support/faults/faults'
import { seededRandom } from '../../support/seeded-random'

// A few of each; `npm run faults` does hundreds. A random moment each run, so that many runs see many moments.
const ROUNDS = 3
const seed = Number(process.env['FAULT_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
let context: FaultContext
beforeAll(async () => {
  context = {
    script: await bundle('tests/support/faults/fault-process.ts', 'fault-process'),
    workerScript: await bundle('src/main/database/worker.ts', 'database-worker'),
    random: seededRandom(seed),
  }
})

it.each(Object.entries(faults))(
  `%s: nothing acknowledged is lost (FAULT_SEED=${seed})`,
  async (_what, fault) => {
    const { rounds, acknowledged } = await fault(ROUNDS, context)
    expect(rounds).toBe(ROUNDS)
    expect(acknowledged).toBeGreaterThan(0)
  },
  120_000,
)
