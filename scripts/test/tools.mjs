import { mkdtemp, readFile, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'

import { missing } from '../bootstrap/files.mjs'
import { checkout } from '../bootstrap/paths.mjs'
import { ExpectedError } from '../bootstrap/say.mjs'
import { foreground } from '../run/foreground.mjs'
import { countCheck, countPlaywright, countVitest } from './counts.mjs'
import { failuresOfPlaywright, failuresOfVitest } from './failures.mjs'

const TOOLS = {
  tsc: 'node_modules/typescript/bin/tsc',
  oxlint: 'node_modules/oxlint/bin/oxlint',
  oxfmt: 'node_modules/oxfmt/bin/oxfmt',
  vitest: 'node_modules/vitest/vitest.mjs',
  playwright: 'node_modules/@playwright/test/cli.js',
}

/** Compiles where it runs: the threads that do it otherwise can keep Node from ending (nodejs/node#54918). */
const NODE_OPTIONS = ['--no-concurrent-sparkplug', '--no-concurrent-recompilation']

async function runTool(tool, args, env = {}) {
  const script = path.join(checkout, TOOLS[tool])
  const options = { cwd: checkout, env: { ...process.env, ...env } }
  const { code } = await foreground(process.execPath, [...NODE_OPTIONS, script, ...args], options)
  return code
}

export async function check(tool, args) {
  return countCheck(await runTool(tool, args))
}

export async function vitest(project, rest) {
  return withReport(countVitest, failuresOfVitest, (file) =>
    runTool('vitest', [
      'run',
      `--project=${project}`,
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${file}`,
      ...rest,
    ]),
  )
}

export async function playwright(env, rest) {
  return withReport(countPlaywright, failuresOfPlaywright, (file) =>
    runTool(
      'playwright',
      ['test', '--config=tests/e2e/playwright.config.ts', '--reporter=list,json', ...rest],
      {
        ...env,
        PLAYWRIGHT_JSON_OUTPUT_FILE: file,
      },
    ),
  )
}

async function withReport(count, failures, work) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'foundry-report-'))
  try {
    const file = path.join(folder, 'report.json')
    const exitCode = await work(file)
    const report = await readFile(file, 'utf8').catch(missing)
    if (report === undefined) throw new ExpectedError(`the runner ended with ${exitCode} and wrote no report`)
    const parsed = JSON.parse(report)
    return { ...count(parsed, exitCode), failures: failures(parsed) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
