import { reasonOfProblem } from '../client/errors'
import type { GitHubClient, GraphqlProblem, Purpose } from '../types'
import { readCounts, readLists, readPullRequests, readRepositories, readSearch } from './answers'
import { listsQuery, OPEN_COUNTS, PULL_REQUESTS, REPOSITORIES, UPDATED_PULL_REQUESTS } from './queries'
import { searchText, type PullRequestSource } from './source'

const SEARCH_PAGE = 50

/** Pull requests over GraphQL: many repositories in one answer. */
export function createGraphqlSource(client: GitHubClient, signal: AbortSignal): PullRequestSource {
  const ask = <Value>(
    query: string,
    variables: Record<string, unknown>,
    read: (data: unknown, problems: readonly GraphqlProblem[]) => Value,
    purpose: Purpose = 'sync',
  ): Promise<{ value: Value; date: number }> => client.graphql(query, variables, { purpose, signal, read })

  return {
    most: Infinity,
    lists: 40,
    overlaps: true,

    async counts(repositories) {
      const ids = repositories.map(({ nodeId }) => nodeId)
      const { value, date } = await ask(OPEN_COUNTS, { ids }, readCounts)
      return { counts: ids.map((_, index) => value[index] ?? 'withheld'), date }
    },

    async pages(wanted) {
      const variables: Record<string, unknown> = {}
      for (const [k, { repository, size, after }] of wanted.entries())
        Object.assign(variables, { [`i${k}`]: repository.nodeId, [`f${k}`]: size, [`c${k}`]: after })
      const { value, date } = await ask(listsQuery(wanted.length), variables, (data, problems) =>
        readLists(data, wanted.length).map((page, k) => {
          const broken = problemsOf(problems, `r${k}`).some(isFailure)
          if (broken) return { kind: 'failed' as const }
          return page === null ? { kind: 'withheld' as const } : { kind: 'page' as const, ...page }
        }),
      )
      return { parts: value, date }
    },

    async byId(refs, purpose) {
      const ids = refs.map(({ nodeId }) => nodeId)
      const { value, date } = await ask(
        PULL_REQUESTS,
        { ids },
        (data, problems) => {
          const found = readPullRequests(data)
          return ids.map((_, index) => found[index] ?? absence(problems, index))
        },
        purpose,
      )
      return { found: value, date }
    },

    async updatedSince(owner, since, after) {
      const variables = { query: `${searchText(owner, since)} sort:updated-asc`, first: SEARCH_PAGE, after }
      const { value, date } = await ask(UPDATED_PULL_REQUESTS, variables, readSearch)
      return { page: { ...value, lastUpdatedAt: value.hits.at(-1)?.pull.updatedAt ?? null }, date }
    },

    async repositories(all) {
      const ids = all.map(({ nodeId }) => nodeId)
      const { value } = await ask(REPOSITORIES, { ids }, (data, problems) => {
        const found = readRepositories(data)
        return ids.map((_, index) => {
          const one = found[index] ?? null
          return one === null && absence(problems, index) === 'withheld' ? 'withheld' : one
        })
      })
      return value
    },
  }
}

function problemsOf(problems: readonly GraphqlProblem[], ...path: (string | number)[]): GraphqlProblem[] {
  return problems.filter((problem) => path.every((part, at) => problem.path[at] === part))
}

/** GitHub could not make it, which says nothing about whether it is there. */
function isFailure(problem: GraphqlProblem): boolean {
  const reason = reasonOfProblem(problem)
  return reason === 'server' || reason === 'malformed'
}

/** Only what GitHub says it does not have is gone. */
function absence(problems: readonly GraphqlProblem[], index: number): 'gone' | 'withheld' {
  const said = problemsOf(problems, 'nodes', index)
  return said.length > 0 && said.every((problem) => reasonOfProblem(problem) === 'not_found')
    ? 'gone'
    : 'withheld'
}
