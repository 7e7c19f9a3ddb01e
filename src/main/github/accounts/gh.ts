import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { FoundryError } from '@shared/errors'
import { findOnPath } from '../../sandbox/shell-path'

export interface GhHost {
  host: string
  /** Null for a token of the environment: only GitHub knows whose it is. */
  login: string | null
}

/** The `gh` command of this machine. */
export interface GhCommand {
  /** Where it is signed in, as its own files and the environment say. `problem` says why there is nothing. */
  hosts(): Promise<{ hosts: GhHost[]; problem: string | null }>
  /**
   * @throws FoundryError `credentials` with what the command said
   */
  token(host: string): Promise<string>
}

export interface GhOptions {
  /** The environment of the person's terminal. */
  environment(): Promise<Record<string, string>>
  platform?: NodeJS.Platform
}

const LIMIT_MS = 10_000
const MAX_OUTPUT_BYTES = 64 * 1024
const MAX_FILE_BYTES = 256 * 1024

export function createGh({ environment, platform = process.platform }: GhOptions): GhCommand {
  return {
    async hosts() {
      const env = await environment()
      if ((await findOnPath('gh', env, platform)) === null)
        return { hosts: [], problem: 'The gh command is not installed, or not on the PATH of your terminal.' }
      const set = hostsOfEnvironment(env)
      const file = join(configDirectory(env, platform), 'hosts.yml')
      let text = ''
      try {
        text = await readFile(file, 'utf8')
      } catch (error) {
        if (set.length === 0 && (error as NodeJS.ErrnoException).code !== 'ENOENT')
          return { hosts: [], problem: `${file} cannot be read.` }
      }
      const stored = text.length > MAX_FILE_BYTES ? [] : readHosts(text)
      // As for gh itself, the environment comes before what is stored.
      const hosts = [...set, ...stored.filter(({ host }) => !set.some((one) => one.host === host))]
      return { hosts, problem: hosts.length === 0 ? SIGNED_OUT : null }
    },
    async token(host) {
      const env = await environment()
      const binary = await findOnPath('gh', env, platform)
      if (binary === null)
        throw new FoundryError('credentials', 'The gh command is not on the PATH of your terminal.', {
          next: 'Install it, or paste a token instead.',
        })
      return askToken(binary, host, env)
    },
  }
}

const SIGNED_OUT = 'The gh command is not signed in anywhere. Sign in with: gh auth login'

function askToken(binary: string, host: string, environment: Record<string, string>): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      binary,
      ['auth', 'token', '--hostname', host],
      {
        env: { ...environment, GH_PROMPT_DISABLED: '1', GH_NO_UPDATE_NOTIFIER: '1', NO_COLOR: '1' },
        timeout: LIMIT_MS,
        killSignal: 'SIGKILL',
        maxBuffer: MAX_OUTPUT_BYTES,
        windowsHide: true,
      },
      (error, stdout, stderr) => {
        const token = stdout.trim()
        if (error === null && /^\S{1,1000}$/.test(token)) return resolve(token)
        // What it printed as a token is in no error, and neither is Node's own, which may quote it.
        reject(
          new FoundryError('credentials', `The gh command gave no token for ${host}.`, {
            next: `Sign in with: gh auth login --hostname ${host}`,
            detail:
              error?.killed === true
                ? `It did not answer within ${LIMIT_MS / 1000} s.`
                : stderr.trim().slice(0, 2000) || 'It said nothing.',
          }),
        )
      },
    )
    child.stdin?.end()
  })
}

/** Variables that stand for a sign-in of gh (`gh help environment`). */
function hostsOfEnvironment(env: Record<string, string>): GhHost[] {
  const has = (...names: string[]): boolean => names.some((name) => (env[name] ?? '').trim() !== '')
  const named = env['GH_HOST']?.trim().toLowerCase() ?? ''
  const hosts: string[] = []
  if (has('GH_TOKEN', 'GITHUB_TOKEN')) hosts.push('github.com')
  if (named !== '' && named !== 'github.com') {
    const residency = named.endsWith('.ghe.com')
    if (residency ? has('GH_TOKEN', 'GITHUB_TOKEN') : has('GH_ENTERPRISE_TOKEN', 'GITHUB_ENTERPRISE_TOKEN'))
      hosts.push(named)
  }
  return hosts.map((host) => ({ host, login: null }))
}

function configDirectory(env: Record<string, string>, platform: NodeJS.Platform): string {
  const own = env['GH_CONFIG_DIR']
  if (own !== undefined && isAbsolute(own)) return own
  const shared = env['XDG_CONFIG_HOME']
  if (shared !== undefined && isAbsolute(shared)) return join(shared, 'gh')
  const appData = env['AppData'] ?? env['APPDATA']
  if (platform === 'win32' && appData !== undefined) return join(appData, 'GitHub CLI')
  return join(env['HOME'] ?? homedir(), '.config', 'gh')
}

/**
 * Hosts and the login that is active on each. The file is YAML of a fixed form; it can hold tokens too, of which
 * nothing is kept.
 */
export function readHosts(text: string): { host: string; login: string }[] {
  const found: { host: string; login: string }[] = []
  let host: string | null = null
  let depth: number | null = null
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === '' || line.trimStart().startsWith('#')) continue
    const indent = line.length - line.trimStart().length
    if (indent === 0) {
      host = /^["']?([^\s"'#]+?)["']?:\s*$/.exec(line)?.[1] ?? null
      depth = null
      continue
    }
    depth ??= indent
    const login = indent === depth ? /^\s+user:\s*["']?([^\s"'#]+)["']?\s*$/.exec(line)?.[1] : undefined
    if (host !== null && login !== undefined) found.push({ host: host.toLowerCase(), login })
  }
  return found
}
