import { defineConfig } from '@playwright/test'

/**
 * The whole app, as it is packaged, with a real sandbox-agent and a real agent. One at a time: each test
 * starts several processes and measures nothing but truth.
 */
export default defineConfig({
  testDir: '.',
  testMatch: '*.test.ts',
  tsconfig: '../../tsconfig.tests.json',
  outputDir: '../../test-results/e2e',
  globalSetup: './support/global-setup.ts',
  workers: 1,
  fullyParallel: false,
  retries: 0,
  timeout: 180_000,
  expect: { timeout: 20_000 },
  forbidOnly: process.env['CI'] !== undefined,
  reporter: [['list'], ['json', { outputFile: '../../test-results/e2e.json' }]],
})
