import { spawn } from 'node:child_process'

import { INTERRUPTED, holdSignals } from './signals.mjs'

const END_MS = 20_000

/**
 * Runs one tool to its end: `{ code, stdout }` (stdout only with `stdout: 'pipe'`). When we are asked to end,
 * the tool is asked first and we end after it: test runners put away what they started. It has a process
 * group of its own, because they take a second signal for impatience.
 */
export async function foreground(executable, args, { stdout = 'inherit', ...options }) {
  const child = spawn(executable, args, {
    ...options,
    detached: process.platform !== 'win32',
    stdio: ['ignore', stdout, 'inherit'],
  })
  let text = ''
  child.stdout?.on('data', (chunk) => (text += chunk))

  const endNow = () => endGroup(child)
  const release = holdSignals(() => {
    child.kill('SIGINT')
    setTimeout(endNow, END_MS).unref()
  }, endNow)
  process.once('exit', endNow)
  try {
    const code = await new Promise((resolve, reject) => {
      child.once('error', reject)
      // Not "exit" when its output is read: the last of it may still be on its way.
      child.once(stdout === 'pipe' ? 'close' : 'exit', (exitCode) => resolve(exitCode ?? 1))
    })
    return { code, stdout: text }
  } finally {
    process.off('exit', endNow)
    if (release()) process.exit(INTERRUPTED)
  }
}

/** SIGKILL for a detached child and everything it started, if it still runs. */
export function endGroup(child) {
  const runs = child.pid !== undefined && child.exitCode === null && child.signalCode === null
  if (!runs) return
  if (process.platform === 'win32') child.kill()
  else process.kill(-child.pid, 'SIGKILL')
}
