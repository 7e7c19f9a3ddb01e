// `npm run dist [-- electron-builder arguments]`: installers for this platform, as electron-builder.yml says.
import { describeRuntime, resolveRuntime } from '../bootstrap/runtime.mjs'
import { exitWith, say } from '../bootstrap/say.mjs'
import { buildApp } from '../build/build-app.mjs'
import { runBuilder } from '../build/package-app.mjs'

try {
  const runtime = await resolveRuntime()
  say(describeRuntime(runtime))
  if (runtime.kind === 'fallback')
    say('made with the fallback Electron: to be tried out, not to be handed out')
  await buildApp(runtime)
  await runBuilder(runtime, process.argv.slice(2))
  say('the installers are in dist/')
} catch (error) {
  exitWith(error)
}
