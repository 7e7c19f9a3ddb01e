// `npm start`: builds when needed and runs the app from the checkout until it is closed.
// --smoke: ends after the window was usable once; --refresh-runtime: tries Electron's own download again.
import path from 'node:path'
import { parseArgs } from 'node:util'

import { sizeOf } from '../bootstrap/files.mjs'
import { checkout, platformDataHome } from '../bootstrap/paths.mjs'
import { describeRuntime, resolveRuntime } from '../bootstrap/runtime.mjs'
import { ExpectedError, duration, exitWith, say } from '../bootstrap/say.mjs'
import { ensureSystemLibraries } from '../bootstrap/system-libraries.mjs'
import { buildApp } from '../build/build-app.mjs'
import { sandboxArguments, startApp } from '../run/electron.mjs'
import { smoke } from '../run/smoke.mjs'
import { hasDisplay, startXvfb } from '../run/xvfb.mjs'

const USABLE_MS = 60_000
const screenshot = path.join(checkout, 'out', 'screenshot.png')

async function start({ smoke: onlySmoke, 'refresh-runtime': refresh }) {
  const headless = !hasDisplay()
  await ensureSystemLibraries({ display: headless })
  const runtime = await resolveRuntime({ refresh })
  say(describeRuntime(runtime))
  await buildApp(runtime)
  if (sandboxArguments().length > 0)
    say('running as root: Chromium starts without its sandbox (--no-sandbox)')

  const display = headless ? await startXvfb() : undefined
  const options = {
    executable: runtime.executable,
    args: [checkout],
    env: { ...runtime.env, ...display?.env },
    screenshot: headless ? screenshot : undefined,
  }
  try {
    if (!onlySmoke) return await runUntilClosed(options, headless)
    await reportUsable(await smoke(options), headless)
    return 0
  } finally {
    await display?.stop()
  }
}

async function runUntilClosed(options, headless) {
  const ownData = path.join(platformDataHome(), 'foundry-dev')
  const env = { ...options.env, FOUNDRY_DATA_DIR: process.env.FOUNDRY_DATA_DIR || ownData }
  const startedAt = Date.now()
  const app = await startApp({ ...options, env })
  // Nobody can see the window, so at least say what became of it.
  if (headless)
    await app.usable(USABLE_MS).then(() => reportUsable(Date.now() - startedAt, headless), explain)
  return app.exited
}

function explain(error) {
  if (!(error instanceof ExpectedError)) throw error
  say(error.message)
}

async function reportUsable(milliseconds, headless) {
  say(`the window is usable after ${duration(milliseconds)}`)
  if (headless) say(`screenshot: ${(await sizeOf(screenshot)) > 0 ? screenshot : 'the app wrote none'}`)
}

try {
  const { values } = parseArgs({
    options: { smoke: { type: 'boolean' }, 'refresh-runtime': { type: 'boolean' } },
  })
  process.exit(await start(values))
} catch (error) {
  exitWith(error.code?.startsWith('ERR_PARSE_ARGS') ? new ExpectedError(error.message) : error)
}
