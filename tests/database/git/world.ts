/** Real folders and real git for tests: a home of its own, so that nobody's configuration decides a result. */
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { lstat, mkdir, readFile, readdir, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { onTestFinished } from 'vitest'
import { FoundryError, type ErrorValue } from '../../../src/shared/errors'
import type { RepositoryId, TaskId } from '../../../src/shared/ids'
import { createCheckouts } from '../../../src/main/sandbox/checkout/checkouts'
import type { CheckoutRequest, PreparedCheckout } from '../../../src/main/sandbox/checkout/types'
import { createLocalGit, type LocalGit } from '../../../src/main/sandbox/git/local-git'
import { createSandboxGit, type SandboxFiles } from '../../../src/main/sandbox/git/sandbox-git'
import type { CheckoutGit } from '../../../src/main/sandbox/git/types'
import type { ProcessRequest, ProcessResult, Progress } from '../../../src/main/sandbox/types'

const execute = promisify(execFile)

export interface World {
  root: string
  home: string
  environment: Record<string, string>
  git: LocalGit
  /** Runs git and gives its trimmed output; fails the test when git fails. */
  run(cwd: string, ...args: string[]): Promise<string>
  write(path: string, content: string | Uint8Array): Promise<void>
}

export async function createWorld(options: { identity?: boolean; under?: string } = {}): Promise<World> {
  const root = await realpath(mkdtempSync(join(options.under ?? tmpdir(), 'foundry-git-')))
  onTestFinished(() => rm(root, { recursive: true, force: true }))
  const home = join(root, 'home')
  mkdirSync(home)
  const identity = options.identity === false ? '' : '[user]\n\tname = Ada\n\temail = ada@example.org\n'
  writeFileSync(join(home, '.gitconfig'), `${identity}[init]\n\tdefaultBranch = main\n`)
  const environment = {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    XDG_CONFIG_HOME: join(home, '.config'),
    GIT_CONFIG_NOSYSTEM: '1',
    // Git would otherwise make one up from the name of the machine.
    EMAIL: '',
  }
  return {
    root,
    home,
    environment,
    git: createLocalGit({ environment: () => environment }),
    async run(cwd, ...args) {
      const { stdout } = await execute('git', args, {
        cwd,
        env: { ...environment, LC_ALL: 'C' },
        maxBuffer: 1e8,
      })
      return stdout.trimEnd()
    },
    async write(path, content) {
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, content)
    },
  }
}

/** A repository with one commit of `files`. */
export async function createRepository(
  world: World,
  name: string,
  files: Record<string, string | Uint8Array> = { 'a.txt': 'one\ntwo\nthree\n', 'src/b.txt': 'b\n' },
): Promise<string> {
  const path = join(world.root, name)
  await mkdir(path, { recursive: true })
  await world.run(path, 'init', '-q', '-b', 'main')
  for (const [file, content] of Object.entries(files)) await world.write(join(path, file), content)
  if (Object.keys(files).length > 0) {
    await world.run(path, 'add', '-A')
    await world.run(path, '-c', 'user.name=Ada', '-c', 'user.email=ada@example.org', 'commit', '-qm', 'first')
  }
  return path
}

/** The part of a sandbox that git needs, on this machine, with the limits of the real server. */
export function createFakeSandbox(
  world: World,
  cwd: string,
  more: Record<string, string> = {},
): SandboxFiles {
  return {
    cwd,
    run: (request) => runLikeServer({ cwd, ...request }, { ...world.environment, ...more, ...request.env }),
    readFile: (path) => readFile(path),
    writeFile: async (path, content) => {
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, content)
    },
  }
}

export function sandboxGit(world: World, cwd: string, more: Record<string, string> = {}): CheckoutGit {
  return createSandboxGit(createFakeSandbox(world, cwd, more))
}

function runLikeServer(request: ProcessRequest, env: Record<string, string>): Promise<ProcessResult> {
  const limit = request.maxOutputBytes ?? 1024 * 1024
  return new Promise((resolve, reject) => {
    const options = {
      cwd: request.cwd,
      env,
      encoding: 'buffer' as const,
      maxBuffer: 1e9,
      timeout: request.timeoutMs ?? 30_000,
    }
    execFile(request.command, request.args, options, (error, stdout, stderr) => {
      if (error !== null && error.code === 'ENOENT') {
        reject(
          new FoundryError('sandbox', 'The sandbox refused.', {
            detail: 'stream error: failed to spawn process: No such file or directory (os error 2)',
          }),
        )
        return
      }
      resolve({
        exitCode: error === null ? 0 : typeof error.code === 'number' ? error.code : null,
        stdout: stdout.subarray(0, limit).toString('utf8'),
        stderr: stderr.subarray(0, limit).toString('utf8'),
        stdoutTruncated: stdout.length > limit,
        stderrTruncated: stderr.length > limit,
        timedOut: error?.killed === true,
      })
    })
  })
}

export function quietProgress(
  signal: AbortSignal = new AbortController().signal,
): Progress & { stages: string[]; lines: string[] } {
  const stages: string[] = []
  const lines: string[] = []
  return {
    stages,
    lines,
    signal,
    stage: (text) => void stages.push(text),
    log: (text) => void lines.push(text),
  }
}

let count = 0
export const newTaskId = (): TaskId => `task_${String((count += 1)).padStart(8, '0')}`
export const REPOSITORY: RepositoryId = 'repo_00000001'

export function checkoutsOf(world: World) {
  const checkouts = createCheckouts({
    storesDirectory: join(world.root, 'data', 'stores'),
    checkoutsDirectory: join(world.root, 'data', 'checkouts'),
    git: world.git,
  })
  onTestFinished(() => checkouts.close())
  const prepare = (path: string | null, more: Partial<CheckoutRequest> = {}): Promise<PreparedCheckout> =>
    checkouts.prepare(
      {
        taskId: newTaskId(),
        repositoryId: REPOSITORY,
        source: { path, originUrl: null },
        branch: 'task-branch',
        start: { kind: 'base', branch: null },
        includeUncommitted: false,
        identity: null,
        access: null,
        ...more,
      },
      quietProgress(),
    )
  return { checkouts, prepare }
}

/** The value an expected failure carries; fails the test when there is none. */
export async function failure(work: Promise<unknown>): Promise<ErrorValue> {
  try {
    await work
  } catch (thrown) {
    if (thrown instanceof FoundryError) return thrown.toValue()
    throw thrown
  }
  throw new Error('It was expected to fail, and did not.')
}

/** Every file of a folder with its bytes, mode and times: equal means untouched. */
export async function fingerprint(folder: string): Promise<Record<string, string>> {
  const entries: Record<string, string> = {}
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    const { mode, mtimeMs, ctimeMs, size, nlink } = await lstat(path)
    const content = entry.isFile() ? (await readFile(path)).toString('base64') : ''
    entries[path] = [mode, entry.isDirectory() ? '' : `${mtimeMs} ${ctimeMs} ${size} ${nlink}`, content].join(
      ' ',
    )
  }
  return entries
}
