import type { PullRequestAddress, RepositoryAddress } from '@shared/deep-link'
import type { Organization } from '@shared/domain'
import type { PullRequestLookup, RepositoryLookup } from '@shared/github'
import type { RepositoryId } from '@shared/ids'
import type { Accounts } from '../github/accounts/accounts'
import type { PullRequests } from '../github/pull-requests/pull-requests'
import type { Repositories } from '../repository/repositories'
import type { Organizations } from './organizations'

/** Where on this computer something is that a link names. Reads what is here; asks no network and changes nothing. */
export interface Lookup {
  findRepository(address: RepositoryAddress): RepositoryLookup
  findPullRequest(address: PullRequestAddress): PullRequestLookup
}

export interface LookupOptions {
  organizations: Pick<Organizations, 'list'>
  repositories: Pick<Repositories, 'named' | 'taskOfPullRequest'>
  pullRequests: Pick<PullRequests, 'find'>
  accounts: Pick<Accounts, 'list'>
}

interface Found {
  repositoryId: RepositoryId
  organization: Organization
  isGone: boolean
}

export function createLookup(options: LookupOptions): Lookup {
  /** What is kept current comes before what was left, and both before what GitHub does not have any more. */
  function repositoryAt({ host, owner, name }: RepositoryAddress): Found | null {
    const organizations = new Map(options.organizations.list().map((one) => [one.id, one]))
    const found = options.repositories.named(`${owner}/${name}`).flatMap((row): Found[] => {
      const organization = organizations.get(row.organizationId)
      return organization?.github?.host === host
        ? [{ repositoryId: row.id, organization, isGone: row.isGone }]
        : []
    })
    const rank = (one: Found): number => Number(one.isGone) * 2 + Number(!isRead(one.organization))
    return found.toSorted((one, other) => rank(one) - rank(other))[0] ?? null
  }

  /** Nothing is read of it now, and what could be done about that. */
  function withoutReader(
    host: string,
  ): Extract<RepositoryLookup, { state: 'no_organization' | 'no_account' }> {
    const accountIds = options.accounts.list().flatMap((one) => (one.host === host ? [one.id] : []))
    return accountIds.length === 0 ? { state: 'no_account' } : { state: 'no_organization', accountIds }
  }

  function withoutRepository(host: string, owner: string): Exclude<RepositoryLookup, { state: 'known' }> {
    const login = owner.toLowerCase()
    const organization = options.organizations
      .list()
      .find((one) => isRead(one) && one.github?.host === host && one.github.login.toLowerCase() === login)
    return organization === undefined
      ? withoutReader(host)
      : { state: 'no_repository', organizationId: organization.id }
  }

  return {
    findRepository(address) {
      const found = repositoryAt(address)
      if (found === null || found.isGone) return withoutRepository(address.host, address.owner)
      return { state: 'known', organizationId: found.organization.id, repositoryId: found.repositoryId }
    },
    findPullRequest({ host, owner, repository, number }) {
      const found = repositoryAt({ host, owner, name: repository })
      if (found === null) return withoutRepository(host, owner)
      const { repositoryId, organization } = found
      const where = { organizationId: organization.id, repositoryId }
      const pullRequest = options.pullRequests.find(repositoryId, number)
      if (pullRequest !== null) {
        const taskId = options.repositories.taskOfPullRequest(repositoryId, number)
        return { state: 'known', ...where, pullRequest, taskId }
      }
      if (found.isGone) return withoutRepository(host, owner)
      return isRead(organization) ? { state: 'not_read', ...where } : withoutReader(host)
    },
  }
}

/** Whether a sync would bring something new of it. */
function isRead({ github }: Organization): boolean {
  return github !== null && github.leftAt === null && github.accountId !== null
}
