import { fullName } from './derived'
import type { QueryContext, Resolvers } from './graphql-context'
import { connection } from './graphql-lists'
import { isoTime } from './rest-values'
import { mayResolve, positionOf } from './reviews'
import type { Review, ReviewComment, ReviewThread } from './types'

const pageOf = ({ addresses }: QueryContext, { repository, number }: ReviewThread['pull']): string =>
  `${addresses.web}/${fullName(repository)}/pull/${number}`

export const review: Resolvers<Review> = {
  id: (one) => one.nodeId,
  state: (one) => one.state,
  author: (one) => one.author,
  body: (one) => one.body,
  submittedAt: (one) => (one.state === 'PENDING' ? null : isoTime(one.submittedAt)),
  url: (one, _, { addresses }) => `${addresses.web}/reviews/${one.id}`,
  comments: (one, args) => connection(one.comments, args),
}

export const reviewThread: Resolvers<ReviewThread> = {
  id: (one) => one.nodeId,
  path: (one) => one.path,
  pullRequest: (one) => one.pull,
  diffSide: (one) => one.side,
  startDiffSide: (one) => (one.startLine === null ? null : one.side),
  subjectType: (one) => (one.line === null ? 'FILE' : 'LINE'),
  line: async (one, _, { store }) => (await positionOf(store, one))?.line ?? null,
  startLine: async (one, _, { store }) => (await positionOf(store, one))?.startLine ?? null,
  originalLine: (one) => one.line,
  originalStartLine: (one) => one.startLine,
  isOutdated: async (one, _, { store }) => one.line !== null && (await positionOf(store, one)) === null,
  isResolved: (one) => one.resolvedBy !== null,
  isCollapsed: (one) => one.resolvedBy !== null,
  resolvedBy: (one) => one.resolvedBy,
  viewerCanReply: (one) => !one.pull.repository.archived,
  viewerCanResolve: (one, _, { token }) => one.resolvedBy === null && mayResolve(token.user, one),
  viewerCanUnresolve: (one, _, { token }) => one.resolvedBy !== null && mayResolve(token.user, one),
  comments: (one, args) => connection(one.comments, args),
}

export const reviewComment: Resolvers<ReviewComment> = {
  id: (one) => one.nodeId,
  databaseId: (one) => one.id,
  body: (one) => one.body,
  author: (one) => one.author,
  createdAt: (one) => isoTime(one.createdAt),
  url: (one, _, context) => `${pageOf(context, one.thread.pull)}#discussion_r${one.id}`,
  diffHunk: (one) => one.thread.hunk,
  path: (one) => one.thread.path,
  state: (one) => (one.review.state === 'PENDING' ? 'PENDING' : 'SUBMITTED'),
  pullRequestReview: (one) => one.review,
}
