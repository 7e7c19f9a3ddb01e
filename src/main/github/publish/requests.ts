import { z } from 'zod'
import type { RepositoryId } from '@shared/ids'
import type { MergeMethod, PublishChoices } from '@shared/publish'
import { failure, GitHubError } from '../client/errors'
import type { RemotePullRequest } from '../pull-requests/remote'
import { readPullRequest, readPullRequestPage } from '../sync/rest-answers'
import { createSourceSwitch } from '../sync/pull-request-source'
import type { GitHubClient } from '../types'
import { CHOICES, draftMutation, readChoices, readStanding, STANDING, type ToldStanding } from './queries'

/** A repository as its requests know it: by GitHub's ids, which no rename changes. */
export interface RemoteTarget {
  repositoryId: RepositoryId
  githubId: string
  nodeId: string
  /** `owner/name`, for messages. */
  fullName: string
}

export interface NewPullRequest {
  title: string
  body: string
  base: string
  /** `owner:branch` */
  head: string
  draft: boolean
}

/** What publishing asks of GitHub about one repository. Every failure is a `GitHubError`. */
export interface PublishRequests {
  choices(): Promise<PublishChoices>
  /** The open pull request from a branch: into this base, else into any. */
  find(head: string, base: string): Promise<RemotePullRequest | null>
  open(request: NewPullRequest): Promise<RemotePullRequest>
  label(number: number, labels: readonly string[]): Promise<void>
  /** Logins, and teams as `organization/team`. */
  askForReview(number: number, reviewers: readonly string[]): Promise<void>
  edit(
    number: number,
    change: { title?: string; body?: string; base?: string; state?: 'open' | 'closed' },
    what: string,
  ): Promise<RemotePullRequest>
  setDraft(nodeId: string, draft: boolean): Promise<void>
  merge(number: number, request: { method: MergeMethod; head: string }): Promise<void>
  /** False where it was gone already. */
  deleteBranch(branch: string): Promise<boolean>
  standing(nodeId: string, number: number): Promise<ToldStanding>
  /** All that is kept of a pull request. */
  read(pull: { nodeId: string; number: number }): Promise<RemotePullRequest>
}

const nothing = (): void => undefined

export function createPublishRequests(
  client: GitHubClient,
  { repositoryId, githubId, nodeId, fullName }: RemoteTarget,
  host: string,
  signal: AbortSignal,
): PublishRequests {
  const purpose = { purpose: 'interactive' as const, signal }
  const root = `/repositories/${encodeURIComponent(githubId)}`
  const gone = (what: string): GitHubError => failure('not_found', { host, what })

  return {
    async choices() {
      const { value } = await client.graphql(CHOICES, { id: nodeId }, { ...purpose, read: readChoices })
      if (value === null) throw gone(fullName)
      return value
    },
    async find(head, base) {
      const { value } = await client.get(`${root}/pulls`, {
        ...purpose,
        query: { state: 'open', head, per_page: 100 },
        read: readPullRequestPage,
      })
      const found = value.filter(({ state }) => state === 'open')
      return found.find(({ baseRef }) => baseRef === base) ?? found[0] ?? null
    },
    async open(request) {
      const { value } = await client.write('POST', `${root}/pulls`, {
        ...purpose,
        what: `opening a pull request in ${fullName}`,
        body: request,
        read: readPullRequest,
      })
      return value
    },
    async label(number, labels) {
      await client.write('POST', `${root}/issues/${number}/labels`, {
        ...purpose,
        what: `labelling #${number}`,
        body: { labels },
        read: nothing,
      })
    },
    async askForReview(number, all) {
      const teams = all.filter((one) => one.includes('/')).map((one) => one.slice(one.indexOf('/') + 1))
      const reviewers = all.filter((one) => !one.includes('/'))
      await client.write('POST', `${root}/pulls/${number}/requested_reviewers`, {
        ...purpose,
        what: `asking for reviews of #${number}`,
        body: { reviewers, team_reviewers: teams },
        read: nothing,
      })
    },
    async edit(number, change, what) {
      const { value } = await client.write('PATCH', `${root}/pulls/${number}`, {
        ...purpose,
        what,
        body: change,
        read: readPullRequest,
      })
      return value
    },
    async setDraft(id, draft) {
      const what = draft ? 'converting the pull request to a draft' : 'marking the pull request as ready'
      await client.graphql(
        draftMutation(draft),
        { id },
        {
          ...purpose,
          what,
          read(data) {
            if (data === null || Object.values(z.record(z.string(), z.unknown()).parse(data)).includes(null))
              throw failure('not_found', { host, what, writes: true })
          },
        },
      )
    },
    async merge(number, { method, head }) {
      await client.write('PUT', `${root}/pulls/${number}/merge`, {
        ...purpose,
        what: `merging #${number}`,
        body: { merge_method: method, sha: head },
        read: nothing,
      })
    },
    async deleteBranch(branch) {
      const path = branch.split('/').map(encodeURIComponent).join('/')
      try {
        await client.write('DELETE', `${root}/git/refs/heads/${path}`, {
          ...purpose,
          what: `deleting the branch ${branch}`,
          read: nothing,
        })
        return true
      } catch (error) {
        // GitHub deletes it itself where the repository is set so.
        if (error instanceof GitHubError && /reference does not exist/i.test(error.detail ?? '')) return false
        throw error
      }
    },
    async standing(id, number) {
      const { value } = await client.graphql(STANDING, { id, number }, { ...purpose, read: readStanding })
      if (value === null) throw gone(`pull request #${number} in ${fullName}`)
      return value
    },
    async read({ nodeId: id, number }) {
      const repository = { id: repositoryId, githubId, nodeId, fullName }
      const source = createSourceSwitch(client, signal, () => [repository])
      const { found } = await source.with((one) =>
        one.byId([{ repositoryId, nodeId: id, number }], 'interactive'),
      )
      const pull = found[0]
      if (pull === undefined || typeof pull === 'string') throw gone(`pull request #${number} in ${fullName}`)
      return pull
    },
  }
}
