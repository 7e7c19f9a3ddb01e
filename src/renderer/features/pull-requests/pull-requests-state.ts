import type { PullRequestSummary } from '@shared/github'
import type { OrganizationId, RepositoryId } from '@shared/ids'
import { create } from 'zustand'
import { openPullRequests } from '../../app/workspace'
import { call } from '../../client/call'
import { PagedList } from './paged-list'

export interface PullRequestQuery {
  organizationId: OrganizationId
  repositoryId: RepositoryId | null
  state: 'open' | 'all'
  search: string
}

interface PullRequestsView {
  state: 'open' | 'all'
  search: string
  repositoryId: RepositoryId | null
  /** The one whose details are shown. */
  selected: PullRequestSummary | null
}

/** How the list is looked at. Kept while the window lives, so that coming back finds it as it was left. */
export const usePullRequestsView = create<PullRequestsView>(() => ({
  state: 'open',
  search: '',
  repositoryId: null,
  selected: null,
}))

export const pullRequestList = new PagedList<PullRequestSummary, PullRequestQuery>(
  async (query, cursor) => {
    const result = await call('organization.pullRequests', { ...query, cursor })
    return result.ok
      ? { ok: true, value: { rows: result.value.pullRequests, cursor: result.value.cursor } }
      : result
  },
  (pullRequest) => pullRequest.id,
)

/** Shows the pull requests of one repository. */
export function showPullRequestsOf(repositoryId: RepositoryId): void {
  usePullRequestsView.setState({ repositoryId, search: '', state: 'open', selected: null })
  openPullRequests()
}

/** Shows one pull request, in the list of those of its repository. */
export function showPullRequest(selected: PullRequestSummary): void {
  const state = selected.state === 'open' ? 'open' : 'all'
  usePullRequestsView.setState({ repositoryId: selected.repositoryId, search: '', state, selected })
  openPullRequests()
}

/** Another organization is looked at: nothing of the one before is chosen any more. */
export function resetPullRequestsView(): void {
  usePullRequestsView.setState({ search: '', repositoryId: null, selected: null })
}
