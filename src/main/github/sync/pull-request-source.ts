import { GitHubError, type GitHubReason } from '../client/errors'
import type { GitHubClient, KnownRepository } from '../types'
import { createGraphqlSource } from './graphql-source'
import { VIEWER } from './queries'
import { createRestSource } from './rest-source'
import type { PullRequestSource } from './source'

/** How a refused GraphQL looks; what it refuses of a part of an answer may look the same. */
const REFUSALS: readonly GitHubReason[] = ['forbidden', 'scope', 'not_found']

/** The way one run asks for pull requests: GraphQL, and REST from when that turns out to be refused. */
export interface SourceSwitch {
  current(): PullRequestSource
  with<Value>(ask: (source: PullRequestSource) => Promise<Value>): Promise<Value>
}

export function createSourceSwitch(
  client: GitHubClient,
  signal: AbortSignal,
  repositories: () => readonly KnownRepository[],
): SourceSwitch {
  const graphql = createGraphqlSource(client, signal)
  const rest = createRestSource(client, signal, repositories)
  let current = graphql
  let looking: Promise<boolean> | null = null

  /** Asks the smallest question there is. */
  async function isRefused(): Promise<boolean> {
    try {
      await client.graphql(VIEWER, {}, { purpose: 'sync', signal, read: () => undefined })
      return false
    } catch (error) {
      if (error instanceof GitHubError && REFUSALS.includes(error.reason)) return true
      throw error
    }
  }

  return {
    current: () => current,
    async with(ask) {
      const used = current
      try {
        return await ask(used)
      } catch (error) {
        const refusal = error instanceof GitHubError && REFUSALS.includes(error.reason)
        if (used === rest || !refusal) throw error
        looking ??= isRefused().finally(() => {
          looking = null
        })
        if (await looking) current = rest
        return await ask(current)
      }
    },
  }
}
