import type { ConfigEntry } from './config'
import type { CheckoutRequest, CheckoutSource } from './types'

/** The remote of a pull request's fork in its checkout. */
const FORK = 'fork'

/**
 * Origin as a clone would have it. Where the person's folder is the origin, nothing may be pushed into it:
 * their folder is only read, and the branch comes home by "Bring branch into my folder".
 */
export function originConfig(source: CheckoutSource, root: string): ConfigEntry[] {
  const section = ['remote', 'origin'] as const
  const common: ConfigEntry[] = [
    { section, key: 'url', value: source.originUrl ?? root },
    { section, key: 'fetch', value: '+refs/heads/*:refs/remotes/origin/*' },
  ]
  return source.originUrl === null
    ? [...common, { section, key: 'pushurl', value: 'use-bring-branch-into-my-folder' }]
    : common
}

/** What we gave a checkout, so that it can follow what becomes of that on GitHub (`task/git/follow`). */
export function givenConfig({ originUrl }: CheckoutSource, branch: string): ConfigEntry[] {
  const section = ['foundry'] as const
  return [
    { section, key: 'branch', value: branch },
    ...(originUrl === null ? [] : [{ section, key: 'origin', value: originUrl }]),
  ]
}

/** What a branch follows in its checkout, and the ref by which the checkout knows where that is. */
export interface Upstream {
  config: ConfigEntry[]
  ref: string | null
}

/**
 * The upstream of a branch that exists elsewhere. A new branch has none: it gets one when it is pushed first.
 * A fork is a remote of its own of which one branch is fetched, so its `main` is never taken for origin's.
 */
export function upstreamOf(
  { branch, start }: Pick<CheckoutRequest, 'branch' | 'start'>,
  atOrigin: boolean,
): Upstream {
  const section = ['branch', branch] as const
  const follow = (remote: string, ref: string): ConfigEntry[] => [
    { section, key: 'remote', value: remote },
    { section, key: 'merge', value: ref },
  ]
  const own = `refs/heads/${branch}`
  const fork = start.kind === 'pull_request' ? start.fork : null
  if (start.kind === 'pull_request' && fork !== null) {
    // What is left of a deleted fork is with the pull request, and can only be read.
    if (fork.url === null) return { config: follow('origin', pullRef(start.number)), ref: null }
    const remote = ['remote', FORK] as const
    const ref = `refs/remotes/${FORK}/${branch}`
    return {
      config: [
        { section: remote, key: 'url', value: fork.url },
        { section: remote, key: 'fetch', value: `+${own}:${ref}` },
        ...follow(FORK, own),
        { section, key: 'pushRemote', value: FORK },
      ],
      ref,
    }
  }
  return atOrigin
    ? { config: follow('origin', own), ref: `refs/remotes/origin/${branch}` }
    : { config: [], ref: null }
}

/** Where GitHub keeps the head of a pull request, also when the branch or its repository is gone. */
export function pullRef(number: number): string {
  return `refs/pull/${number}/head`
}
