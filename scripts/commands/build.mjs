// `npm run build`: src/ to out/, skipped when nothing changed.
import { describeRuntime, resolveRuntime } from '../bootstrap/runtime.mjs'
import { exitWith, say } from '../bootstrap/say.mjs'
import { buildApp } from '../build/build-app.mjs'

try {
  const runtime = await resolveRuntime()
  say(describeRuntime(runtime))
  await buildApp(runtime)
} catch (error) {
  exitWith(error)
}
