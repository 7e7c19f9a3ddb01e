import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { access, constants, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, isAbsolute, join } from 'node:path'
import type { Environment } from './environment'

const SHELL_LIMIT_MS = 5000
const MAX_OUTPUT_BYTES = 4 * 1024 * 1024

/** Where programs are when nobody can tell us: package managers' and agents' own installers' folders. */
const WELL_KNOWN_FOLDERS = [
  '/usr/local/bin',
  '/opt/homebrew/bin',
  '/opt/homebrew/sbin',
  '/home/linuxbrew/.linuxbrew/bin',
  '/usr/bin',
  '/bin',
  '/usr/sbin',
  '/sbin',
  '~/.local/bin',
  '~/bin',
  '~/.npm-global/bin',
  '~/.bun/bin',
  '~/.cargo/bin',
  '~/.deno/bin',
  '~/.volta/bin',
  '~/.opencode/bin',
  '~/.claude/local',
  '~/.local/share/pnpm',
  '~/Library/pnpm',
  '~/go/bin',
]

export interface ShellEnvironmentOptions {
  /** The environment the app was started with. */
  inherited?: Environment
  platform?: NodeJS.Platform
  home?: string
  log?: (text: string) => void
}

/**
 * The environment the person's terminal has. An app started from the dock or a desktop entry does not
 * inherit it: on macOS its PATH is `/usr/bin:/bin:/usr/sbin:/sbin`, and agents, git or node of a package
 * manager are not found. The login shell is asked once; when it fails or takes longer than 5 s, the folders
 * where such programs usually are make up for it.
 */
export class ShellEnvironment {
  readonly #inherited: Environment
  readonly #platform: NodeJS.Platform
  readonly #home: string
  readonly #log: (text: string) => void
  #resolved: Promise<Record<string, string>> | null = null

  constructor(options: ShellEnvironmentOptions = {}) {
    this.#inherited = options.inherited ?? process.env
    this.#platform = options.platform ?? process.platform
    this.#home = options.home ?? homedir()
    this.#log = options.log ?? (() => undefined)
  }

  /** The app's own environment under that of the login shell, with a PATH that finds the person's programs. */
  get(): Promise<Record<string, string>> {
    this.#resolved ??= this.#resolve()
    return this.#resolved
  }

  async #resolve(): Promise<Record<string, string>> {
    const inherited = withoutUndefined(this.#inherited)
    // Windows gives every process of a person the same PATH.
    if (this.#platform === 'win32') return inherited
    const shell = this.#inherited['SHELL'] || (this.#platform === 'darwin' ? '/bin/zsh' : '/bin/sh')
    try {
      const asked = await askShell(shell, inherited)
      const path = joinPath(asked['PATH'], inherited['PATH'])
      if (path === '') throw new Error('it told of no PATH')
      return { ...inherited, ...asked, PATH: path }
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      this.#log(`The shell ${shell} did not tell its environment (${why}); looking in the usual folders.`)
      const folders = WELL_KNOWN_FOLDERS.map((folder) => folder.replace(/^~/, this.#home))
      return { ...inherited, PATH: joinPath(inherited['PATH'], folders.join(':')) }
    }
  }
}

async function askShell(shell: string, environment: Record<string, string>): Promise<Record<string, string>> {
  if (!isAbsolute(shell)) throw new Error('it is not an absolute path')
  const marker = randomBytes(12).toString('hex')
  // What a profile prints stands outside the markers. `echo` and an absolute program mean the same in every
  // shell, bash, zsh, fish and tcsh alike.
  const script = `echo ${marker}; /usr/bin/env; echo ${marker}`
  const output = await new Promise<string>((resolve, reject) => {
    const child = execFile(
      shell,
      ['-ilc', script],
      {
        env: { ...environment, TERM: 'dumb', DISABLE_AUTO_UPDATE: 'true', ZSH_TMUX_AUTOSTART: 'false' },
        timeout: SHELL_LIMIT_MS,
        killSignal: 'SIGKILL',
        maxBuffer: MAX_OUTPUT_BYTES,
        cwd: '/',
      },
      (error, stdout) => {
        // A profile may make the shell's exit code what it likes; only what was printed counts.
        if (stdout.includes(marker) && error?.killed !== true) resolve(stdout)
        else
          reject(
            error?.killed === true ? new Error('no answer within 5 s') : (error ?? new Error('no answer')),
          )
      },
    )
    child.stdin?.end()
  })
  const variables = parseShellEnvironment(output, marker)
  // Ours for the question only.
  for (const name of ['TERM', 'DISABLE_AUTO_UPDATE', 'ZSH_TMUX_AUTOSTART', 'SHLVL', '_', 'PWD', 'OLDPWD'])
    delete variables[name]
  return variables
}

/** The variables that `env` printed between the two markers. Of a value of several lines, the first. */
export function parseShellEnvironment(output: string, marker: string): Record<string, string> {
  const start = output.indexOf(marker)
  const end = output.lastIndexOf(marker)
  if (start < 0 || end <= start) throw new Error('its answer is incomplete')
  const variables: Record<string, string> = {}
  for (const line of output.slice(start + marker.length, end).split(/\r?\n/)) {
    const match = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(line)
    const name = match?.[1]
    if (name !== undefined && !Object.hasOwn(variables, name)) variables[name] = match?.[2] ?? ''
  }
  return variables
}

/** One PATH of several: absolute folders only, each once, the first place it has. */
export function joinPath(...paths: (string | undefined)[]): string {
  const folders = new Set<string>()
  for (const path of paths)
    for (const folder of (path ?? '').split(':')) if (folder.startsWith('/')) folders.add(folder)
  return [...folders].join(':')
}

/** Where a program is on a PATH, or null. */
export async function findOnPath(
  program: string,
  environment: Environment,
  platform: NodeJS.Platform = process.platform,
): Promise<string | null> {
  const path = environment['PATH'] ?? environment['Path'] ?? ''
  const endings = platform === 'win32' ? (environment['PATHEXT'] ?? '.EXE;.CMD').split(';') : ['']
  for (const folder of path.split(delimiter)) {
    if (!isAbsolute(folder)) continue
    for (const ending of endings) {
      const file = join(folder, program + ending)
      if (await isProgram(file)) return file
    }
  }
  return null
}

async function isProgram(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK)
    return (await stat(file)).isFile()
  } catch {
    // Not there, or not ours to run: the search goes on.
    return false
  }
}

function withoutUndefined(environment: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}
