import { FoundryError } from '@shared/errors'
import type { OrganizationId } from '@shared/ids'
import type { DomainHandlers } from '../ipc/handlers'
import type { Organizations } from '../organization/organizations'
import type { Repositories } from '../repository/repositories'
import type { GitHub } from './github'

/** What stands behind the operations on accounts. */
export function accountHandlers({
  accounts,
  avatars,
  membership,
}: Pick<GitHub, 'accounts' | 'avatars' | 'membership'>): DomainHandlers<'account'> {
  return {
    signInWays: () => accounts.signInWays(),
    addToken: ({ host, token }) => accounts.addToken(host, token),
    useGh: ({ host }) => accounts.useGh(host),
    startDeviceSignIn: ({ host }) => accounts.startDeviceSignIn(host),
    cancelDeviceSignIn: () => accounts.cancelDeviceSignIn(),
    check: ({ accountId }) => accounts.check(accountId),
    avatars: ({ urls }) => avatars.read(urls),
    signOut: ({ accountId, data }) => membership.signOut(accountId, data),
  }
}

export interface OrganizationOwners extends Pick<
  GitHub,
  'membership' | 'sync' | 'pullRequests' | 'overviews' | 'lookup' | 'looked'
> {
  organizations: Organizations
  repositories: Repositories
}

/** What stands behind the operations on organizations and what was read of them. */
export function organizationHandlers(owners: OrganizationOwners): DomainHandlers<'organization'> {
  const { organizations, membership, repositories, sync, pullRequests, overviews } = owners

  /** @throws FoundryError when nobody could read it */
  function expectSynced(id: OrganizationId): void {
    const { name, github } = organizations.get(id)
    if (github === null)
      throw new FoundryError(
        'invalid_input',
        `${name} is no organization of GitHub: there is nothing to sync.`,
      )
    if (github.leftAt !== null)
      throw new FoundryError('conflict', `${name} was left and is not synced any more.`, {
        next: 'Add it again to keep it current.',
      })
    if (github.accountId === null)
      throw new FoundryError('credentials', `Nobody is signed in who could read ${name}.`, {
        next: `Connect an account of ${github.host} that belongs to it.`,
      })
  }

  return {
    available: ({ accountId }) => membership.available(accountId),
    add: ({ accountId, githubId }) => membership.add(accountId, githubId),
    activate: ({ organizationId }) => organizations.activate(organizationId),
    leave: ({ organizationId, data }) => membership.leave(organizationId, data),
    sync: ({ organizationId }) => {
      expectSynced(organizationId)
      sync.start(organizationId)
    },
    cancelSync: ({ organizationId }) => sync.cancel(organizationId),
    adminResync: ({ organizationId }) => {
      expectSynced(organizationId)
      sync.start(organizationId, { full: true })
    },
    members: ({ organizationId, search, cursor }) => organizations.members(organizationId, search, cursor),
    pullRequests: (request) => pullRequests.page(request),
    pullRequest: ({ repositoryId, number }) => {
      const pullRequest = pullRequests.get(repositoryId, number)
      owners.looked(repositoryId, number)
      return pullRequest
    },
    findPullRequest: (address) => owners.lookup.findPullRequest(address),
    findRepository: (address) => owners.lookup.findRepository(address),
    overview: ({ repositoryId, refresh }) => overviews.read(repositoryId, refresh),
    setHidden: ({ repositoryId, hidden }) => repositories.setHidden(repositoryId, hidden),
  }
}
