import { GitHubError } from '../client/errors'
import type { RemotePullRequest } from '../pull-requests/remote'
import type { GitHubClient, KnownRepository, Purpose } from '../types'
import type { OwnedRepository } from './answers'
import {
  PAGE_SIZE,
  readIssueSearch,
  readPullRequest,
  readPullRequestPage,
  readRepository,
} from './rest-answers'
import { searchText, type Found, type PagePart, type PageWanted, type PullRequestSource } from './source'

/**
 * Pull requests over REST, for accounts and servers that refuse GraphQL: a request for each list, and lists tell
 * neither reviews nor checks.
 */
export function createRestSource(
  client: GitHubClient,
  signal: AbortSignal,
  /** The names repositories have now, by our own id and by name in lower case. */
  repositories: () => readonly KnownRepository[],
): PullRequestSource {
  const get = <Value>(
    path: string,
    read: (body: unknown) => Value,
    query: Record<string, string | number> = {},
    purpose: Purpose = 'sync',
  ) => client.get(path, { purpose, signal, query, read })

  /** What GitHub does not have, or does not show, is no failure of the whole. */
  async function unless<Value>(work: () => Promise<Value>): Promise<Value | 'gone' | 'withheld'> {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof GitHubError)) throw error
      if (error.reason === 'not_found') return 'gone'
      if (error.reason === 'legal' || error.reason === 'forbidden') return 'withheld'
      throw error
    }
  }

  async function pageOf({ repository, after }: PageWanted): Promise<{ part: PagePart; date: number }> {
    // A cursor of GraphQL, from before that was refused, leads nowhere here.
    const number = after !== null && /^\d+$/.test(after) ? Number(after) : 1
    const answer = await unless(() =>
      get(`/repos/${repository.fullName}/pulls`, readPullRequestPage, {
        state: 'open',
        sort: 'created',
        direction: 'desc',
        per_page: PAGE_SIZE,
        page: number,
      }),
    )
    if (answer === 'gone' || answer === 'withheld') return { part: { kind: 'withheld' }, date: 0 }
    const items = answer.value.map((pull) => ({ cursor: String(number + 1), pull }))
    const hasNext = items.length === PAGE_SIZE
    const endCursor = String(number + 1)
    return { part: { kind: 'page', total: null, hasNext, endCursor, items }, date: answer.date }
  }

  async function one(
    fullName: string,
    number: number,
    purpose: Purpose,
  ): Promise<{ found: Found; date: number }> {
    const answer = await unless(() => get(`/repos/${fullName}/pulls/${number}`, readPullRequest, {}, purpose))
    return typeof answer === 'string'
      ? { found: answer, date: 0 }
      : { found: answer.value, date: answer.date }
  }

  return {
    most: PAGE_SIZE,
    lists: 1,
    overlaps: false,

    counts: (all) => Promise.resolve({ counts: all.map(() => 'unknown' as const), date: 0 }),

    async pages(wanted) {
      const parts: PagePart[] = []
      let date = 0
      for (const each of wanted) {
        const answer = await pageOf(each)
        parts.push(answer.part)
        date = Math.max(date, answer.date)
      }
      return { parts, date }
    },

    async byId(refs, purpose) {
      const names = new Map(repositories().map(({ id, fullName }) => [id, fullName]))
      const found: Found[] = []
      let date = 0
      for (const { repositoryId, number } of refs) {
        const fullName = names.get(repositoryId)
        const answer = fullName === undefined ? null : await one(fullName, number, purpose)
        // A repository that is gone says nothing about its pull requests.
        found.push(answer?.found ?? 'withheld')
        date = Math.max(date, answer?.date ?? 0)
      }
      return { found, date }
    },

    async updatedSince(owner, since, after) {
      const number = after !== null && /^\d+$/.test(after) ? Number(after) : 1
      const query = {
        q: searchText(owner, since),
        sort: 'updated',
        order: 'asc',
        per_page: PAGE_SIZE,
        page: number,
      }
      const { value, date } = await get('/search/issues', readIssueSearch, query)
      const hits: { repository: string; pull: RemotePullRequest }[] = []
      const known = new Set(repositories().map(({ fullName }) => fullName.toLowerCase()))
      for (const { repository, number: pullNumber } of value.hits) {
        if (!known.has(repository)) continue
        const { found } = await one(repository, pullNumber, 'sync')
        if (typeof found === 'object') hits.push({ repository, pull: found })
      }
      const next = value.hits.length === PAGE_SIZE ? String(number + 1) : null
      const lastUpdatedAt = value.hits.at(-1)?.updatedAt ?? null
      return { page: { total: value.total, next, lastUpdatedAt, hits }, date }
    },

    async repositories(all) {
      const found: (OwnedRepository | null | 'withheld')[] = []
      for (const { githubId } of all) {
        const answer = await unless(() => get(`/repositories/${githubId}`, readRepository))
        if (answer === 'gone') found.push(null)
        else found.push(answer === 'withheld' ? 'withheld' : answer.value)
      }
      return found
    },
  }
}
