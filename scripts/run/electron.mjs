import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { missing } from '../bootstrap/files.mjs'
import { ExpectedError } from '../bootstrap/say.mjs'
import { endGroup } from './foreground.mjs'
import { holdSignals } from './signals.mjs'

const QUIT_MS = 15_000
const POLL_MS = 50
const LOG_LINES = 20

/** Chromium's sandbox refuses to run as root, which only containers and CI are. Nobody else gets this flag. */
export function sandboxArguments() {
  return process.platform === 'linux' && process.getuid() === 0 ? ['--no-sandbox'] : []
}

/**
 * Starts the app. `exited` resolves with its exit code; `usable(ms)` with what it wrote into its ready file
 * once its task list can be used; `quit()` asks it to end and makes sure that it does.
 */
export async function startApp({ executable, args = [], env = {}, screenshot, capture = false }) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'foundry-run-'))
  const readyFile = path.join(folder, 'ready.json')
  // A process group of its own: Chromium takes a second signal for impatience and ends without saving.
  const child = spawn(executable, [...sandboxArguments(), ...args], {
    detached: process.platform !== 'win32',
    stdio: capture ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      ...env,
      FOUNDRY_READY_FILE: readyFile,
      ...(screenshot && { FOUNDRY_SCREENSHOT: screenshot }),
    },
  })
  const log = []
  child.stdout?.on('data', (chunk) => log.push(chunk))
  child.stderr?.on('data', (chunk) => log.push(chunk))

  let outcome
  let interrupted = false
  const ended = new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: 1, reason: `could not be started (${error.code})` }))
    // Not "close": a process the app left behind may hold its output open for ever.
    child.once('exit', (code, signal) =>
      resolve({ code: code ?? 128 + os.constants.signals[signal], reason: `ended with ${signal ?? code}` }),
    )
  })

  const usable = async (limitMs) => {
    const until = Date.now() + limitMs
    while (Date.now() < until) {
      const text = await readFile(readyFile, 'utf8').catch(missing)
      if (text?.trimEnd().endsWith('}')) return JSON.parse(text)
      if (outcome)
        throw new ExpectedError(`the app ${outcome.reason} before its window was usable${lastLines(log)}`)
      await sleep(POLL_MS)
    }
    throw new ExpectedError(`the window was not usable within ${limitMs / 1000} s${lastLines(log)}`)
  }

  const quit = async () => {
    child.kill('SIGTERM')
    const first = await Promise.race([exited, sleep(QUIT_MS, 'late', { ref: false })])
    if (first !== 'late') return
    endGroup(child)
    await exited
    throw new ExpectedError(`the app did not quit within ${QUIT_MS / 1000} s of SIGTERM${lastLines(log)}`)
  }

  // The first signal lets the app quit in order; one that comes later ends it.
  const release = holdSignals(
    () => child.kill('SIGTERM'),
    () => endGroup(child),
  )
  const follow = async () => {
    outcome = await ended
    interrupted = release()
    await rm(folder, { recursive: true, force: true })
    return outcome.code
  }
  const exited = follow()

  return { exited, usable, quit, kill: () => endGroup(child), wasInterrupted: () => interrupted }
}

/** What Chromium says on every machine without a desktop or a GPU; it hides what the app said. */
const NOISE = /:ERROR:(bus|viz_main_impl|command_buffer_proxy_impl|object_proxy)\.cc/

function lastLines(log) {
  const lines = Buffer.concat(log).toString().trim().split('\n')
  const telling = lines.filter((line) => line !== '' && !NOISE.test(line)).slice(-LOG_LINES)
  return telling.map((line) => `\n  ${line}`).join('')
}
