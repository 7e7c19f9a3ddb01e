import { spawn } from 'node:child_process'
import os from 'node:os'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP']
const PARENT_POLL_MS = 500
/**
 * A compiler thread that wants memory waits for the main thread, which in `process.exit` waits for that thread: Node
 * hangs instead of ending (nodejs/node#54918). These scripts wait for others all the time and need no second thread.
 */
const NODE_OPTIONS = ['--single-threaded']

/** Continues in another process: same terminal, signals forwarded, and its exit code becomes ours. */
export async function handOver(executable, args) {
  const env = { ...process.env, FOUNDRY_STARTING_NODE: process.execPath }
  const child = spawn(executable, [...NODE_OPTIONS, ...args], { stdio: 'inherit', env })
  for (const signal of SIGNALS) process.on(signal, () => child.kill(signal))
  whenAbandoned(() => child.kill('SIGTERM'))
  const [code, signal] = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (...result) => resolve(result))
  })
  process.exit(code ?? 128 + os.constants.signals[signal])
}

/** npm forwards SIGTERM only as far as its shell, which dies of it without a word to us. */
function whenAbandoned(end) {
  if (!process.env.npm_lifecycle_event || process.platform === 'win32') return
  const parent = process.ppid
  const poll = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(poll)
    end()
  }, PARENT_POLL_MS)
}
