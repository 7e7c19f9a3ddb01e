import { GraphQLError } from 'graphql'
import { canSee, hasScope, mayUpdate } from './access'
import {
  assertReachable,
  notFound,
  type QueryContext,
  type Resolver,
  type Resolvers,
} from './graphql-context'
import type { PullRequest } from './types'

const refuse = (type: string, message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { type } })

/** The pull request an input names. @throws GraphQLError unless the token and its user may change it */
function pullOf(input: Record<string, unknown>, context: QueryContext, name: string): PullRequest {
  const { token, model } = context
  const id = String(input['pullRequestId'])
  const found = model.nodes.get(id)
  if (found?.kind !== 'pullRequest' || !canSee(token, found.repository))
    throw notFound(`Could not resolve to a node with the global id of '${id}'`)
  assertReachable(context, found.repository.owner)
  if (!hasScope(token, 'repo', ...(found.repository.private ? [] : ['public_repo'])))
    throw refuse(
      'INSUFFICIENT_SCOPES',
      `Your token has not been granted the required scopes to execute this query. The '${name}' field requires one of the following scopes: ['public_repo', 'repo'], but your token has only been granted the: ${JSON.stringify(token.scopes).replaceAll('"', "'")} scopes. Please modify your token's scopes at: ${context.addresses.web}/settings/tokens.`,
    )
  if (token.readOnly) throw refuse('FORBIDDEN', 'Resource not accessible by personal access token')
  if (found.repository.archived) throw refuse('FORBIDDEN', 'Repository was archived so is read-only.')
  if (!mayUpdate(token.user, found))
    throw refuse(
      'FORBIDDEN',
      `${token.user.login} does not have the correct permissions to execute \`${name.replace(/^./, (first) => first.toUpperCase())}\``,
    )
  return found
}

/** Draft or not; what is that already stays as it is, without an error. */
const setDraft =
  (name: string, isDraft: boolean): Resolver<unknown> =>
  (_, args, context) => {
    const input = args['input'] as Record<string, unknown>
    const pull = pullOf(input, context, name)
    if (pull.state !== 'OPEN') throw refuse('UNPROCESSABLE', 'The pull request is not open.')
    if (isDraft && !pull.repository.settings.allowDrafts)
      throw refuse('UNPROCESSABLE', 'Draft pull requests are not supported in this repository.')
    if (pull.isDraft !== isDraft) context.model.setDraft(pull, isDraft)
    return { pullRequest: pull, clientMutationId: input['clientMutationId'] ?? null }
  }

/** What can be changed over GraphQL. */
export const mutation: Resolvers<unknown> = {
  markPullRequestReadyForReview: setDraft('markPullRequestReadyForReview', false),
  convertPullRequestToDraft: setDraft('convertPullRequestToDraft', true),
}
