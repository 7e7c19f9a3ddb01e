import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { defineConfig } from 'vitest/config'

// One seed for all property tests, so that a red run is red again; FAST_CHECK_SEED=random explores.
const setupFiles = ['tests/support/property-seed.ts']
const alias = { '@shared': resolve(import.meta.dirname, 'src/shared') }

export default defineConfig({
  test: {
    // Vitest leaves one core idle, which is half of a small machine.
    maxWorkers: availableParallelism(),
    // What was there instead is said whole, in the runner's report too: a run elsewhere cannot be looked into.
    chaiConfig: { truncateThreshold: 4000 },
    projects: [
      { resolve: { alias }, test: { name: 'architecture', include: ['tests/architecture/**/*.test.ts'] } },
      { resolve: { alias }, test: { name: 'unit', include: ['tests/unit/**/*.test.ts'], setupFiles } },
      // Real SQLite files, real git, real sandbox-agent servers: no Electron, but slower than a unit test.
      {
        resolve: { alias },
        test: {
          name: 'database',
          include: ['tests/database/**/*.test.ts'],
          setupFiles,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
})
