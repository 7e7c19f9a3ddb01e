import type { Account } from '@shared/github'

interface Need {
  scope: string
  /** Scopes that include it. */
  included: readonly string[]
  cost: string
}

/** What Foundry asks for in a sign-in of its own, and looks for in every token that says what it may do. */
export const WANTED_SCOPES = ['repo', 'read:org', 'workflow'] as const

const NEEDS: readonly Need[] = [
  {
    scope: 'repo',
    included: [],
    cost: 'Private repositories and their pull requests stay invisible, and nothing can be pushed.',
  },
  {
    scope: 'read:org',
    included: ['write:org', 'admin:org'],
    cost: 'Organizations, their members and requests for review by a team cannot be read in full.',
  },
  {
    scope: 'workflow',
    included: [],
    cost: 'GitHub refuses a push that changes files in .github/workflows.',
  },
]

/** What a token lacks. Tokens that do not say what they may do (fine-grained ones) are not judged. */
export function missingScopes(scopes: readonly string[] | null): Account['missing'] {
  if (scopes === null) return []
  const has = new Set(scopes)
  return NEEDS.filter(
    ({ scope, included }) => !has.has(scope) && !included.some((wider) => has.has(wider)),
  ).map(({ scope, cost }) => ({ scope, cost }))
}
