// `npm run playground`: the app with a GitHub of its own on this machine, filled with an organization, and an agent
// whose model follows a script. Nothing leaves the machine and nothing stays of it once the app was closed.
import path from 'node:path'
import { pathToFileURL } from 'node:url'

import { compileScript } from '../bench/compile.mjs'
import { checkout } from '../bootstrap/paths.mjs'
import { describeRuntime, resolveRuntime } from '../bootstrap/runtime.mjs'
import { exitWith, say } from '../bootstrap/say.mjs'
import { ensureSystemLibraries } from '../bootstrap/system-libraries.mjs'
import { buildApp } from '../build/build-app.mjs'
import { startApp } from '../run/electron.mjs'
import { hasDisplay, startXvfb } from '../run/xvfb.mjs'

const screenshot = path.join(checkout, 'out', 'screenshot.png')

async function playground() {
  const headless = !hasDisplay()
  await ensureSystemLibraries({ display: headless })
  const runtime = await resolveRuntime()
  say(describeRuntime(runtime))
  await buildApp(runtime)
  const script = await compileScript('tests/support/github/playground.ts', 'playground')
  const { startPlayground } = await import(pathToFileURL(script).href)

  const display = headless ? await startXvfb() : undefined
  try {
    const world = await startPlayground()
    try {
      for (const line of world.lines) say(line)
      const app = await startApp({
        executable: runtime.executable,
        args: [checkout],
        env: { ...runtime.env, ...display?.env, ...world.environment },
        screenshot: headless ? screenshot : undefined,
      })
      return await app.exited
    } finally {
      await world.close()
    }
  } finally {
    await display?.stop()
  }
}

try {
  process.exit(await playground())
} catch (error) {
  exitWith(error)
}
