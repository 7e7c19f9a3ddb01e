import { GraphQLError } from 'graphql'
import { barrier } from './access'
import type { GitStore } from './git-store'
import type { Arguments } from './graphql-lists'
import type { GitHubModel } from './model'
import type { Addresses } from './rest-values'
import type { Organization, Token, User } from './types'

/** What every resolver knows of the request. */
export interface QueryContext {
  model: GitHubModel
  store: GitStore
  token: Token
  addresses: Addresses
  rateLimit: {
    cost: number
    limit: number
    remaining: number
    resetAt: string
    nodeCount: number
    used: number
  }
}

export type Resolver<Source> = (source: Source, args: Arguments, context: QueryContext) => unknown
export type Resolvers<Source> = Record<string, Resolver<Source>>

export const notFound = (message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { type: 'NOT_FOUND' } })

export function assertReachable({ token }: QueryContext, owner: User | Organization): void {
  const barred = barrier(token, owner)
  if (barred === 'saml')
    throw new GraphQLError(
      'Resource protected by organization SAML enforcement. You must grant your Personal Access token access to this organization.',
      { extensions: { type: 'FORBIDDEN', extensions: { saml_failure: true } } },
    )
  if (barred === 'suspended')
    throw new GraphQLError('Sorry. Your account was suspended. Please contact support for help.', {
      extensions: { type: 'FORBIDDEN' },
    })
}
