// `node scripts/foundry.mjs runtime`: prepares Electron (and with --opencode the agent of the tests), prints it as JSON.
import { describeRuntime, ensureOpenCode, resolveRuntime } from '../bootstrap/runtime.mjs'
import { exitWith, say } from '../bootstrap/say.mjs'

try {
  const runtime = await resolveRuntime({ refresh: process.argv.includes('--refresh-runtime') })
  say(describeRuntime(runtime))
  const openCode = process.argv.includes('--opencode') ? { openCode: await ensureOpenCode() } : {}
  process.stdout.write(`${JSON.stringify({ ...runtime, ...openCode }, undefined, 2)}\n`)
} catch (error) {
  exitWith(error)
}
