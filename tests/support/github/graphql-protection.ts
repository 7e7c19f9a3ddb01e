import type { Resolvers } from './graphql-context'
import type { Protection, Repository } from './types'

/** A protection with the branch it is of. */
interface Rule extends Protection {
  repository: Repository
  pattern: string
}

export const rulesOf = (repository: Repository): Rule[] =>
  [...repository.protections].map(([pattern, protection]) => ({ ...protection, repository, pattern }))

export const ruleOf = (repository: Repository, branch: string): Rule | null =>
  rulesOf(repository).find(({ pattern }) => pattern === branch) ?? null

export const branchProtectionRule: Resolvers<Rule> = {
  id: ({ repository, pattern }) => `BPR_${repository.nodeId}_${pattern}`,
  requiresApprovingReviews: (one) => one.requiredApprovals > 0,
  requiredApprovingReviewCount: (one) => one.requiredApprovals,
  requiresStatusChecks: (one) => one.requiredChecks.length > 0,
  requiredStatusCheckContexts: (one) => one.requiredChecks,
  requiresStrictStatusChecks: (one) => one.strict,
  isAdminEnforced: () => true,
  requiresCodeOwnerReviews: () => false,
  requiresLinearHistory: () => false,
  requiresConversationResolution: () => false,
}
