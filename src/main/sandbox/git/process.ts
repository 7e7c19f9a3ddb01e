import { spawn } from 'node:child_process'
import { constants, setPriority } from 'node:os'
import { StringDecoder } from 'node:string_decoder'

export interface ProcessOutcome {
  /** Null when a signal ended it. */
  exitCode: number | null
  signal: NodeJS.Signals | null
  stdout: Buffer
  stderr: Buffer
  truncated: boolean
  timedOut: boolean
}

export interface ProcessOptions {
  cwd: string
  env: Record<string, string>
  signal: AbortSignal | undefined
  timeoutMs: number
  maxOutputBytes: number
  input: string | Uint8Array | undefined
  onErrorLine: ((line: string) => void) | undefined
  /** Gives way to everything else on the machine. */
  background: boolean
}

/** Time a process group gets between being asked to end and being killed. */
const GRACE_MS = 2000

/** Keeps the first `limit` bytes and drains the rest, so that the process never blocks on a full pipe. */
class Capture {
  private readonly chunks: Buffer[] = []
  private kept = 0
  truncated = false

  constructor(private readonly limit: number) {}

  add(chunk: Buffer): void {
    const room = this.limit - this.kept
    if (chunk.length > room) this.truncated = true
    if (room <= 0) return
    const part = chunk.length > room ? chunk.subarray(0, room) : chunk
    this.chunks.push(part)
    this.kept += part.length
  }

  take(): Buffer {
    return Buffer.concat(this.chunks)
  }
}

/** Splits on newline and carriage return: git redraws its progress lines. */
function lineSplitter(onLine: (line: string) => void): (chunk: Buffer) => void {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  return (chunk) => {
    const lines = (rest + decoder.write(chunk)).split(/[\r\n]+/)
    rest = (lines.pop() ?? '').slice(-4096)
    for (const line of lines) if (line.trim() !== '') onLine(line.trim())
  }
}

/**
 * Runs a program to its end in a process group of its own, so that an abort or timeout also ends what the
 * program started (`git fetch` starts `upload-pack`, ssh, helpers). Rejects with the system's error when it
 * cannot be started.
 */
export function runProcess(
  command: string,
  args: readonly string[],
  options: ProcessOptions,
): Promise<ProcessOutcome> {
  return new Promise((resolve, reject) => {
    const ownGroup = process.platform !== 'win32'
    const child = spawn(command, [...args], {
      cwd: options.cwd,
      env: options.env,
      detached: ownGroup,
      windowsHide: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    const stdout = new Capture(options.maxOutputBytes)
    const stderr = new Capture(1024 * 1024)
    let timedOut = false
    let killTimer: NodeJS.Timeout | undefined

    const send = (signal: NodeJS.Signals) => {
      if (child.pid === undefined) return
      try {
        if (ownGroup) process.kill(-child.pid, signal)
        else child.kill(signal)
      } catch (thrown) {
        // The group is already gone: what we wanted.
        if ((thrown as NodeJS.ErrnoException).code !== 'ESRCH') child.kill(signal)
      }
    }
    const end = () => {
      send('SIGTERM')
      killTimer ??= setTimeout(() => send('SIGKILL'), GRACE_MS)
    }
    const timer = setTimeout(() => {
      timedOut = true
      end()
    }, options.timeoutMs)
    const settle = () => {
      clearTimeout(timer)
      clearTimeout(killTimer)
      options.signal?.removeEventListener('abort', end)
    }

    child.on('spawn', () => {
      if (options.background && child.pid !== undefined) lowerPriority(child.pid)
      if (options.signal?.aborted === true) end()
    })
    options.signal?.addEventListener('abort', end, { once: true })
    child.on('error', (error) => {
      settle()
      reject(error)
    })
    child.stdout.on('data', (chunk: Buffer) => stdout.add(chunk))
    const onErrorChunk = options.onErrorLine === undefined ? undefined : lineSplitter(options.onErrorLine)
    child.stderr.on('data', (chunk: Buffer) => {
      stderr.add(chunk)
      onErrorChunk?.(chunk)
    })
    // A program that ends without reading its input closes the pipe; its exit code tells what matters.
    child.stdin.on('error', () => undefined)
    child.stdin.end(options.input ?? '')
    child.on('close', (exitCode, signal) => {
      settle()
      resolve({
        exitCode,
        signal,
        stdout: stdout.take(),
        stderr: stderr.take(),
        truncated: stdout.truncated,
        timedOut,
      })
    })
  })
}

function lowerPriority(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_LOW)
  } catch (thrown) {
    // It ended before we came to it, or the system does not allow it; both only cost priority.
    const code = (thrown as NodeJS.ErrnoException).code
    if (code !== 'ESRCH' && code !== 'EACCES' && code !== 'EPERM') throw thrown
  }
}
