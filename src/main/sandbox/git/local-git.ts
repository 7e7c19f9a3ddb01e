import { copyFile, mkdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname } from 'node:path'
import { FoundryError } from '@shared/errors'
import { hideInResult, hideSecrets, joinEnvironments } from './credentials'
import { MINIMUM_GIT, OUTSIDE_GIT, gitEnvironment } from './environment'
import { fileError, gitMissing, gitTooOld } from './errors'
import { runProcess } from './process'
import type { CheckoutGit, GitResult, GitRunOptions } from './types'

const DEFAULT_TIMEOUT_MS = 10 * 60_000
const DEFAULT_OUTPUT_BYTES = 32 * 1024 * 1024

export interface LocalGitRunOptions extends GitRunOptions {
  /** What the command reads on its standard input. */
  input?: string | Uint8Array
  /** Runs at low priority, for work nobody waits for. */
  background?: boolean
}

/** Git on this machine, run by main: for the person's folder (reading only), stores, and making checkouts. */
export interface LocalGit {
  (args: readonly string[], options?: LocalGitRunOptions): Promise<GitResult>
  /** Like a plain call, with the output as bytes: for `-z` lists whose names need not be UTF-8. */
  bytes(args: readonly string[], options?: LocalGitRunOptions): Promise<{ result: GitResult; stdout: Buffer }>
  /** Like a plain call of a POSIX shell with a script of ours, and what that takes as arguments. */
  script(text: string, args: readonly string[], options?: LocalGitRunOptions): Promise<GitResult>
  /** Version of this git as `2.39.5`. Throws `git_missing` when there is none or it is too old. */
  version(): Promise<string>
}

export interface LocalGitOptions {
  /** Found on `PATH` when absent. */
  binary?: string
  /** The environment git inherits; main's own when absent. Read at each run. */
  environment?: () => Record<string, string | undefined>
  platform?: string
}

export function createLocalGit(options: LocalGitOptions = {}): LocalGit {
  const binary = options.binary ?? 'git'
  const platform = options.platform ?? process.platform
  const environment = options.environment ?? (() => process.env)

  const start = async (program: string, args: readonly string[], run: LocalGitRunOptions) => {
    const isCancelled = () => run.signal?.aborted === true
    if (isCancelled()) throw cancelled(args)
    const cwd = run.cwd ?? tmpdir()
    const { onProgress } = run
    const hide = hideSecrets(run.env)
    let outcome
    try {
      outcome = await runProcess(program, args, {
        cwd,
        env: gitEnvironment(environment(), run.env),
        signal: run.signal,
        timeoutMs: run.timeoutMs ?? DEFAULT_TIMEOUT_MS,
        maxOutputBytes: run.maxOutputBytes ?? DEFAULT_OUTPUT_BYTES,
        input: run.input,
        onErrorLine: onProgress === undefined ? undefined : (line) => onProgress(hide(line)),
        background: run.background ?? false,
      })
    } catch (thrown) {
      throw await startFailure(thrown, cwd, platform)
    }
    if (isCancelled()) throw cancelled(args)
    const stderr = hide(outcome.stderr.toString('utf8'))
    if (outcome.timedOut) {
      throw new FoundryError('git', `"${nameOf(args)}" was stopped because it took too long.`, {
        detail: stderr,
      })
    }
    // The stub that macOS has in git's place before the developer tools are installed.
    if (outcome.exitCode !== 0 && /xcrun: error|xcode-select: note: no developer tools/.test(stderr)) {
      throw gitMissing(platform, stderr)
    }
    const result: GitResult = {
      // A signal has no exit code; 128 and more is what a shell reports for it.
      exitCode: outcome.exitCode ?? 128,
      stdout: outcome.stdout.toString('utf8'),
      stderr: outcome.signal === null ? stderr : `${stderr}\ngit was ended by ${outcome.signal}`.trim(),
      truncated: outcome.truncated,
    }
    return { result: hideInResult(run.env, result), stdout: outcome.stdout }
  }

  const bytes: LocalGit['bytes'] = (args, more = {}) => start(binary, args, more)
  const run = async (args: readonly string[], more?: LocalGitRunOptions) => (await bytes(args, more)).result
  const script: LocalGit['script'] = async (text, args, more = {}) =>
    (await start('sh', ['-c', text, 'foundry', ...args], more)).result

  const findVersion = async () => {
    const { stdout } = await run(['--version'])
    const match = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(stdout)
    if (match === null) throw gitMissing(platform, stdout)
    const [major, minor] = [Number(match[1]), Number(match[2])]
    if (major < MINIMUM_GIT[0] || (major === MINIMUM_GIT[0] && minor < MINIMUM_GIT[1])) {
      throw gitTooOld(platform, match[0])
    }
    return match[0]
  }

  // Asked once: only a failure is asked again, for a person may install git meanwhile.
  let known: Promise<string> | null = null
  const version = () => {
    known ??= findVersion().catch((thrown: unknown) => {
      known = null
      throw thrown
    })
    return known
  }

  return Object.assign(run, { bytes, script, version })
}

/** Git and files of a checkout on this machine, for work that must go on without a running sandbox. */
export function createLocalCheckoutGit(git: LocalGit, cwd: string, signal?: AbortSignal): CheckoutGit {
  const cancel = signal === undefined ? {} : { signal }
  return {
    cwd,
    run: (args, options = {}) =>
      git(args, { cwd, ...cancel, ...options, env: joinEnvironments(OUTSIDE_GIT, options.env) }),
    script: (text, args, options = {}) =>
      git.script(text, args, { cwd, ...cancel, ...options, env: joinEnvironments(OUTSIDE_GIT, options.env) }),
    readFile: (path) => readFile(path),
    writeFile: async (path, content) => {
      try {
        await mkdir(dirname(path), { recursive: true })
        await writeFile(path, content)
      } catch (thrown) {
        throw fileError(thrown, `${path} could not be written`)
      }
    },
    fileSize: async (path) => (await stat(path)).size,
    copyFile: (from, to) => copyKeepingTime(from, to),
    removeFiles: async (paths) => {
      await Promise.all(paths.map((path) => rm(path, { force: true })))
    },
  }
}

/**
 * Copies an index so that it stays truthful: git takes entries as new as the index for possibly changed, so a
 * copy with a later time would hide changes made in the second before. Rounded down, which is the safe side.
 */
export async function copyKeepingTime(from: string, to: string): Promise<boolean> {
  try {
    const { mtimeMs } = await stat(from)
    await copyFile(from, to)
    const seconds = Math.floor(mtimeMs / 1000)
    await utimes(to, seconds, seconds)
    return true
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw fileError(thrown, `${from} could not be copied`)
  }
}

function nameOf(args: readonly string[]): string {
  return `git ${args.find((arg, index) => !arg.startsWith('-') && args[index - 1] !== '-c') ?? ''}`.trim()
}

function cancelled(args: readonly string[]): FoundryError {
  return new FoundryError('cancelled', `"${nameOf(args)}" was stopped.`)
}

/** `spawn` says ENOENT both for a missing program and for a missing directory. */
async function startFailure(thrown: unknown, cwd: string, platform: string): Promise<FoundryError> {
  const code = (thrown as NodeJS.ErrnoException).code
  const detail = thrown instanceof Error ? thrown.message : String(thrown)
  const directory = await stat(cwd).catch(() => null)
  if (directory === null || !directory.isDirectory()) {
    return new FoundryError('not_found', `The folder ${cwd} does not exist any more.`, { detail })
  }
  if (code === 'ENOENT' || code === 'EACCES') return gitMissing(platform, detail)
  return new FoundryError('git', 'Git could not be started.', { detail, cause: thrown })
}
