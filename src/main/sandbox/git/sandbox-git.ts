import { FoundryError } from '@shared/errors'
import type { ProcessRequest, ProcessResult, Sandbox } from '../types'
import { hideInResult } from './credentials'
import { QUIET_GIT } from './environment'
import { gitMissing } from './errors'
import type { CheckoutGit, GitResult, GitRunOptions } from './types'

/** The sandbox-agent server allows no single run to take longer. */
const LONGEST_RUN_MS = 300_000
const DEFAULT_RUN_MS = 120_000

export type SandboxFiles = Pick<Sandbox, 'cwd' | 'run' | 'readFile' | 'writeFile'>

/**
 * Git in a task's sandbox. A run cannot be interrupted once the server has it: an abort rejects at once and
 * leaves the command to its timeout.
 */
export function createSandboxGit(sandbox: SandboxFiles): CheckoutGit {
  const program = async (request: ProcessRequest): Promise<ProcessResult | null> => {
    try {
      return await sandbox.run({ cwd: sandbox.cwd, ...request })
    } catch (thrown) {
      if (isSpawnFailure(thrown)) return null
      throw thrown
    }
  }

  async function start(
    command: string,
    args: readonly string[],
    what: string,
    options: GitRunOptions,
  ): Promise<GitResult> {
    const request: ProcessRequest = {
      command,
      args: [...args],
      env: { ...QUIET_GIT, ...options.env },
      timeoutMs: Math.min(options.timeoutMs ?? DEFAULT_RUN_MS, LONGEST_RUN_MS),
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.maxOutputBytes === undefined ? {} : { maxOutputBytes: options.maxOutputBytes }),
    }
    const result = await withAbort(program(request), options.signal)
    if (result === null) throw gitMissing('linux', `The sandbox has no ${command}.`)
    if (result.timedOut) {
      throw new FoundryError('git', `"${what}" was stopped because it took too long.`, {
        detail: hideInResult(options.env, toGitResult(result)).stderr,
      })
    }
    return hideInResult(options.env, toGitResult(result))
  }

  return {
    cwd: sandbox.cwd,
    readFile: (path) => sandbox.readFile(path),
    writeFile: (path, content) => sandbox.writeFile(path, content),
    run: (args, options = {}) => start('git', args, `git ${args[0] ?? ''}`, options),
    script: (text, args, options = {}) =>
      start('sh', ['-c', text, 'foundry', ...args], 'A look at the files', options),
    async fileSize(path) {
      const result = await program({ command: 'wc', args: ['-c', path] })
      const size = Number.parseInt(result?.stdout ?? '', 10)
      return result?.exitCode === 0 && Number.isSafeInteger(size) ? size : null
    },
    async copyFile(from, to) {
      const result = await program({ command: 'cp', args: ['-p', '--', from, to] })
      return result?.exitCode === 0
    },
    async removeFiles(paths) {
      // Scratch files of ours: where this fails they stay, ignored by git, and cost only space.
      if (paths.length > 0) await program({ command: 'rm', args: ['-f', '--', ...paths] })
    },
  }
}

function toGitResult(result: ProcessResult): GitResult {
  return {
    exitCode: result.exitCode ?? 128,
    stdout: result.stdout,
    stderr: result.stderr,
    truncated: result.stdoutTruncated,
  }
}

/** The server answers a missing program with a stream error that names the system's reason. */
function isSpawnFailure(thrown: unknown): boolean {
  if (!(thrown instanceof FoundryError)) return false
  return /failed to spawn process: No such file/i.test(`${thrown.message}\n${thrown.detail ?? ''}`)
}

async function withAbort<Value>(work: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (signal === undefined) return work
  const stopped = () => new FoundryError('cancelled', 'The git command was stopped.')
  if (signal.aborted) throw stopped()
  let onAbort: (() => void) | undefined
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(stopped())
    signal.addEventListener('abort', onAbort, { once: true })
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    if (onAbort !== undefined) signal.removeEventListener('abort', onAbort)
  }
}
