import { FoundryError } from '@shared/errors'
import { joinEnvironments } from '../git/credentials'
import { expectGit, gitError } from '../git/errors'
import type { LocalGit, LocalGitRunOptions } from '../git/local-git'
import type { Progress } from '../types'

/** How origin is reached, by one task. */
export interface Origin {
  url: string
  /** The environment with what signs in; only for processes that talk to origin. */
  env: Record<string, string>
}

/** What origin said of itself. */
export interface OriginRefs {
  /** Null in an empty repository. */
  defaultBranch: string | null
  /** Commits by full ref name: those that were asked for. */
  refs: ReadonlyMap<string, string>
  objectFormat: string
}

/** A transfer may take long, but not stand still. */
const LONGEST_TRANSFER_MS = 6 * 3_600_000
const NO_STANDSTILL = ['-c', 'http.lowSpeedLimit=1', '-c', 'http.lowSpeedTime=60'] as const

/** What a person calls the repository at an address: `acme/engine`. */
export function originName(url: string): string {
  const path = url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '').replace(/^[^/:]*:/, '')
  const parts = path
    .replace(/\/+$/, '')
    .replace(/\.git$/i, '')
    .split(/[/\\]/)
  return parts.slice(-2).filter(Boolean).join('/') || url
}

/** Asks origin where its default branch and some refs are. Nothing is fetched. */
export async function readOrigin(
  git: LocalGit,
  origin: Origin,
  refs: readonly string[],
  options: LocalGitRunOptions,
): Promise<OriginRefs> {
  const result = await git(
    [...NO_STANDSTILL, 'ls-remote', '--quiet', '--symref', '--', origin.url, 'HEAD', ...refs],
    { ...options, env: joinEnvironments(options.env, origin.env) },
  )
  return parseOriginRefs(
    expectGit(result, `${originName(origin.url)} could not be read`).stdout,
    new Set(['HEAD', ...refs]),
  )
}

/** Reads `ls-remote --symref`, whose patterns also match the ends of other names. */
export function parseOriginRefs(output: string, wanted: ReadonlySet<string>): OriginRefs {
  const refs = new Map<string, string>()
  let defaultBranch: string | null = null
  let objectFormat = 'sha1'
  for (const line of output.split('\n')) {
    const [value = '', ref = ''] = line.split('\t')
    if (!wanted.has(ref)) continue
    const symbolic = /^ref: refs\/heads\/(.+)$/.exec(value)
    if (symbolic !== null && ref === 'HEAD') defaultBranch = symbolic[1] ?? null
    if (!/^[0-9a-f]+$/.test(value)) continue
    refs.set(ref, value)
    if (value.length === 64) objectFormat = 'sha256'
  }
  return { defaultBranch, refs, objectFormat }
}

/** Fetches refs of origin into the store. Progress is shown as a share of the whole. */
export async function fetchFromOrigin(
  git: LocalGit,
  store: string,
  origin: Origin,
  fetch: { refspecs: readonly string[]; prune: boolean },
  progress: Progress,
): Promise<void> {
  const name = originName(origin.url)
  const stage = `Fetching ${name}`
  progress.stage(stage)
  const result = await git(
    [
      ...NO_STANDSTILL,
      'fetch',
      '--progress',
      '--no-write-fetch-head',
      '--no-auto-maintenance',
      '--no-recurse-submodules',
      '--no-tags',
      fetch.prune ? '--prune' : '--no-prune',
      '--',
      origin.url,
      ...fetch.refspecs,
    ],
    {
      cwd: store,
      env: origin.env,
      signal: progress.signal,
      timeoutMs: LONGEST_TRANSFER_MS,
      onProgress(line) {
        const share = transferShare(line)
        if (share !== null) progress.stage(stage, share)
      },
    },
  )
  if (result.exitCode !== 0) throw gitError(result, `${name} could not be fetched`)
}

/** Of the steps git counts, those that take time: what was received, then what is made of it. */
const STEPS = [
  { pattern: /^Receiving objects:\s+(\d+)%/, from: 0, to: 0.85 },
  { pattern: /^Resolving deltas:\s+(\d+)%/, from: 0.85, to: 1 },
] as const

/** How much of a transfer is done, from a line of git's progress; null for other lines. */
export function transferShare(line: string): number | null {
  for (const { pattern, from, to } of STEPS) {
    const percent = pattern.exec(line)?.[1]
    if (percent !== undefined) return from + ((to - from) * Number(percent)) / 100
  }
  return null
}

/** Failures to reach origin after which a task can still start from what is known. */
const SURVIVABLE = new Set(['offline', 'tls', 'credentials', 'forbidden', 'not_found', 'rate_limited'])

export function isUnreached(thrown: unknown): thrown is FoundryError {
  return thrown instanceof FoundryError && SURVIVABLE.has(thrown.kind)
}
