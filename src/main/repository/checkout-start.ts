import { FoundryError } from '@shared/errors'
import type { CheckoutStart } from '../sandbox/checkout/types'
import type { TaskRow } from './task-projection'

type Row = Pick<
  TaskRow,
  'repositoryId' | 'headRepository' | 'branch' | 'startsFrom' | 'pullRequestNumber' | 'baseBranch' | 'title'
>

/** Of a task's pull request, what its checkout has to know. */
export interface PullRequestHead {
  baseRef: string
  /** `owner/name` of the fork; null once it was deleted. */
  headRepository: string | null
}

/** Where the branch of a task starts, by what its row says. `originUrl` is that of its repository. */
export function checkoutStartOf(
  row: Row,
  pullRequest: PullRequestHead | null,
  originUrl: string | null,
): CheckoutStart {
  if (row.startsFrom === 'base') return { kind: 'base', branch: row.baseBranch }
  const isOwn = row.headRepository === row.repositoryId
  const number = row.pullRequestNumber
  if (isOwn && (number === null || pullRequest === null)) return { kind: 'branch', base: row.baseBranch }
  if (number === null || pullRequest === null)
    throw new FoundryError('not_found', `The pull request of ${row.title} is not known here any more.`, {
      next: 'Sync the organization, then retry.',
    })
  const base = row.baseBranch ?? pullRequest.baseRef
  if (isOwn) return { kind: 'pull_request', number, base, fork: null }
  const isThere = row.headRepository.startsWith('github:') && pullRequest.headRepository !== null
  const url = isThere && originUrl !== null ? besides(originUrl, pullRequest.headRepository ?? '') : null
  return { kind: 'pull_request', number, base, fork: { url } }
}

/** The address of another repository of the same host, reached the same way; null for what is no address of a host. */
export function besides(originUrl: string, fullName: string): string | null {
  if (!/^[\w.-]+\/[\w.-]+$/.test(fullName)) return null
  const [, scheme] = /^([a-z][a-z0-9+.-]*:\/\/[^/?#]+\/)/i.exec(originUrl) ?? []
  if (scheme !== undefined) return `${scheme}${fullName}.git`
  const [, host] = /^((?:[^@/:\s]+@)?[^@/:\s]+:)(?!\/\/)/.exec(originUrl) ?? []
  return host === undefined || /^[a-z]:$/i.test(host) ? null : `${host}${fullName}.git`
}
