import { GraphQLError } from 'graphql'
import { canSee, hasScope, mayUpdate } from './access'
import {
  assertReachable,
  notFound,
  type QueryContext,
  type Resolver,
  type Resolvers,
} from './graphql-context'
import { mayResolve, reply, resolveThread } from './reviews'
import type { PullRequest, Repository, ReviewThread } from './types'

const refuse = (type: string, message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { type } })

/** The pull request an input names. @throws GraphQLError unless the token and its user may change it */
function pullOf(input: Record<string, unknown>, context: QueryContext, name: string): PullRequest {
  const { token, model } = context
  const id = String(input['pullRequestId'])
  const found = model.nodes.get(id)
  if (found?.kind !== 'pullRequest' || !canSee(token, found.repository))
    throw notFound(`Could not resolve to a node with the global id of '${id}'`)
  assertWritable(context, found.repository, name)
  if (!mayUpdate(token.user, found)) throw denied(context, name)
  return found
}

const denied = ({ token }: QueryContext, name: string): GraphQLError =>
  refuse(
    'FORBIDDEN',
    `${token.user.login} does not have the correct permissions to execute \`${name.replace(/^./, (first) => first.toUpperCase())}\``,
  )

/** @throws GraphQLError unless the token is for writing there */
function assertWritable(context: QueryContext, repository: Repository, name: string): void {
  const { token } = context
  assertReachable(context, repository.owner)
  if (!hasScope(token, 'repo', ...(repository.private ? [] : ['public_repo'])))
    throw refuse(
      'INSUFFICIENT_SCOPES',
      `Your token has not been granted the required scopes to execute this query. The '${name}' field requires one of the following scopes: ['public_repo', 'repo'], but your token has only been granted the: ${JSON.stringify(token.scopes).replaceAll('"', "'")} scopes. Please modify your token's scopes at: ${context.addresses.web}/settings/tokens.`,
    )
  if (token.readOnly) throw refuse('FORBIDDEN', 'Resource not accessible by personal access token')
  if (repository.archived) throw refuse('FORBIDDEN', 'Repository was archived so is read-only.')
}

/** The thread an input names. @throws GraphQLError unless the token may write there */
function threadOf(id: unknown, context: QueryContext, name: string): ReviewThread {
  const found = context.model.nodes.get(String(id))
  if (found?.kind !== 'reviewThread' || !canSee(context.token, found.pull.repository))
    throw notFound(`Could not resolve to a node with the global id of '${String(id)}'`)
  assertWritable(context, found.pull.repository, name)
  return found
}

const setResolved =
  (name: string, resolved: boolean): Resolver<unknown> =>
  (_, args, context) => {
    const input = args['input'] as Record<string, unknown>
    const thread = threadOf(input['threadId'], context, name)
    const { user } = context.token
    if (!mayResolve(user, thread)) throw denied(context, name)
    resolveThread(context.model, thread, resolved ? user : null)
    return { thread, clientMutationId: input['clientMutationId'] ?? null }
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
  resolveReviewThread: setResolved('resolveReviewThread', true),
  unresolveReviewThread: setResolved('unresolveReviewThread', false),
  addPullRequestReviewThreadReply(_, args, context) {
    const input = args['input'] as Record<string, unknown>
    const thread = threadOf(input['pullRequestReviewThreadId'], context, 'addPullRequestReviewThreadReply')
    const body = String(input['body'])
    if (body.trim() === '') throw refuse('UNPROCESSABLE', "Body can't be blank")
    const comment = reply(context.model, thread, context.token.user, body)
    return { comment, clientMutationId: input['clientMutationId'] ?? null }
  },
}
