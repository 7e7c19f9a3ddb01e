import { spawn } from 'node:child_process'

import { ExpectedError, duration, megabytes, say } from './say.mjs'

const TAIL_LINES = 20
const LINE_LENGTH = 400
const HEARTBEAT_MS = 15_000
const DOWNLOAD_HEARTBEAT_MS = 3_000

/**
 * Runs a tool and keeps its output to itself, unless it fails: then the last lines are the message.
 * A long run says every now and then that it is still alive (`label`), with the megabytes `measure` finds
 * when it is a download. One that gets no further for `stallMs` is ended.
 */
export async function run(command, args, { label, measure, stallMs, ...options } = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options })
  const output = []
  let stdout = ''
  child.stdout.on('data', (chunk) => {
    stdout += chunk
    output.push(chunk)
  })
  child.stderr.on('data', (chunk) => output.push(chunk))

  const startedAt = Date.now()
  let stalled = false
  let bytes = 0
  let advancedAt = startedAt
  const beat = async () => {
    const measured = await measure?.()
    if (measured !== undefined && measured !== bytes) {
      bytes = measured
      advancedAt = Date.now()
    }
    stalled = Boolean(stallMs) && Date.now() - advancedAt > stallMs
    if (stalled) child.kill('SIGKILL')
    else if (label)
      say(`${label}: ${bytes ? `${megabytes(bytes)}, ` : ''}${duration(Date.now() - startedAt)}`)
  }

  let heartbeat
  try {
    const code = await new Promise((resolve, reject) => {
      heartbeat = setInterval(() => void beat().catch(reject), measure ? DOWNLOAD_HEARTBEAT_MS : HEARTBEAT_MS)
      child.once('error', reject)
      child.once('close', (exitCode, signal) => resolve(exitCode ?? signal))
    })
    if (code === 0) return stdout
    const reason = stalled ? `got no further for ${stallMs / 1000} s` : `ended with ${code}`
    throw new ExpectedError([`${label ?? command} ${reason}`, ...tail(output)].join('\n  '))
  } catch (error) {
    if (error.code === 'ENOENT') throw new ExpectedError(`${command} was not found on this machine`)
    throw error
  } finally {
    clearInterval(heartbeat)
  }
}

/** The end of the output without the stack frames of the tool: they say nothing about the machine. */
function tail(chunks) {
  const lines = Buffer.concat(chunks).toString().trim().split('\n')
  return lines
    .filter((line) => !/^\s+at .+[:)]/.test(line))
    .slice(-TAIL_LINES)
    .map((line) => (line.length > LINE_LENGTH ? `${line.slice(0, LINE_LENGTH)} ...` : line))
}
