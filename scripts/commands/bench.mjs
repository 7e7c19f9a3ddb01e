// `npm run bench -- [NAME] [--json] [--quick]`: one benchmark of bench/, or all of them into a table.
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { parseArgs } from 'node:util'

import { compileBench } from '../bench/compile.mjs'
import { markdownTable, readResult } from '../bench/table.mjs'
import { missing } from '../bootstrap/files.mjs'
import { checkout } from '../bootstrap/paths.mjs'
import { describeRuntime, ensureOpenCode, resolveRuntime } from '../bootstrap/runtime.mjs'
import { ExpectedError, exitWith, say } from '../bootstrap/say.mjs'
import { ensureSystemLibraries } from '../bootstrap/system-libraries.mjs'
import { buildApp } from '../build/build-app.mjs'
import { packageForTests } from '../build/package-app.mjs'
import { foreground } from '../run/foreground.mjs'
import { exitOnSignals } from '../run/signals.mjs'
import { withDisplay } from '../run/xvfb.mjs'

/** Twenty minutes long: run by its name only. */
const LONG = new Set(['soak'])
const results = path.join(checkout, 'bench', 'results')

async function bench({ name, json, quick }) {
  const names = await namesOfBenches()
  if (name !== undefined && !names.includes(name)) {
    throw new ExpectedError(`there is no benchmark ${name}; there are: ${names.join(' ')}`)
  }
  const env = await prepare()
  return withDisplay(async (display) => {
    const options = { env: { ...env, ...display }, flags: quick ? ['--quick'] : [] }
    return name === undefined
      ? runAll(
          names.filter((each) => !LONG.has(each)),
          options,
        )
      : runOne(name, json, options)
  })
}

async function namesOfBenches() {
  const files = (await readdir(path.join(checkout, 'bench')).catch(missing)) ?? []
  return files.filter((file) => /^[a-z-]+\.ts$/.test(file)).map((file) => path.basename(file, '.ts'))
}

/** The packaged app with its runtime; what benchmarks find in their environment. */
async function prepare() {
  await ensureSystemLibraries({ display: true })
  const runtime = await resolveRuntime()
  say(describeRuntime(runtime))
  const app = await packageForTests(runtime, await buildApp(runtime))
  return {
    ...process.env,
    ...runtime.env,
    FOUNDRY_ELECTRON: runtime.executable,
    FOUNDRY_E2E_APP: app,
    FOUNDRY_E2E_OPENCODE: await ensureOpenCode(),
  }
}

async function runOne(name, json, { env, flags }) {
  const { code } = await execute(name, json ? [...flags, '--json'] : flags, env, 'inherit')
  return code
}

async function runAll(names, { env, flags }) {
  const measured = []
  const failed = []
  for (const name of names) {
    say(`--- ${name}`)
    const { code, stdout } = await execute(name, [...flags, '--json'], env, 'pipe')
    const result = readResult(stdout)
    if (code === 0 && result) measured.push(result)
    else failed.push(name)
  }
  const table = markdownTable(measured)
  await mkdir(results, { recursive: true })
  await writeFile(path.join(results, 'latest.json'), `${JSON.stringify(measured, undefined, 2)}\n`)
  await writeFile(path.join(results, 'latest.md'), table)
  process.stdout.write(table)
  say(`written to ${path.relative(checkout, results)}/latest.md and latest.json`)
  if (failed.length > 0) say(`without a result: ${failed.join(' ')}`)
  return failed.length > 0 ? 1 : 0
}

async function execute(name, args, env, stdout) {
  return foreground(process.execPath, [await compileBench(name), ...args], { cwd: checkout, env, stdout })
}

exitOnSignals()
try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'boolean' }, quick: { type: 'boolean' } },
  })
  process.exit(await bench({ name: positionals[0], ...values }))
} catch (error) {
  exitWith(error.code?.startsWith('ERR_PARSE_ARGS') ? new ExpectedError(error.message) : error)
}
