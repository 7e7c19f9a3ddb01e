/** What is known of GitHub. All times are epoch milliseconds; those of pull requests are GitHub's own. */
import { z } from 'zod'
import { errorValueSchema } from './error-schema'
import { accountIdSchema, organizationIdSchema, repositoryIdSchema, taskIdSchema } from './ids'

// ---- accounts ------------------------------------------------------------------------------------

/** How a token came to be here: pasted, read from the `gh` command, or through GitHub's device flow. */
export const tokenSources = ['pasted', 'gh', 'device'] as const
export type TokenSource = (typeof tokenSources)[number]

/** What an account may spend at GitHub, as GitHub last said, and who spent it. */
export const budgetSchema = z.object({
  resource: z.enum(['core', 'graphql', 'search']),
  limit: z.number(),
  remaining: z.number(),
  /** Sync leaves this much for what a person does. */
  reserve: z.number(),
  resetAt: z.number(),
  /** Points or requests of this run, since the last reset, by what they were for. */
  spent: z.array(z.object({ purpose: z.string(), amount: z.number() })),
  observedAt: z.number(),
})
export type Budget = z.infer<typeof budgetSchema>

/** A person on a GitHub host. Its token is in the OS keychain and never leaves main. */
export const accountSchema = z.object({
  id: accountIdSchema,
  /** `github.com`, or the host (with a port, where it has one) of a GitHub Enterprise server. */
  host: z.string(),
  login: z.string(),
  name: z.string().nullable(),
  avatarUrl: z.string().nullable(),
  source: z.enum(tokenSources),
  /** What the token may do; null for tokens that do not say (fine-grained ones). */
  scopes: z.array(z.string()).nullable(),
  /** What it lacks, and what that costs the person. */
  missing: z.array(z.object({ scope: z.string(), cost: z.string() })),
  expiresAt: z.number().nullable(),
  /** `reconnect`: there is no token, or GitHub refuses it. Everything known stays readable. */
  state: z.enum(['connected', 'reconnect']),
  problem: errorValueSchema.nullable(),
  /** False where the token lives for this run only. */
  stored: z.boolean(),
  checkedAt: z.number(),
  budgets: z.array(budgetSchema),
})
export type Account = z.infer<typeof accountSchema>

/** A sign-in by device flow that waits for the person. One at a time. */
export const deviceSignInSchema = z.object({
  id: z.literal('device'),
  host: z.string(),
  userCode: z.string(),
  verificationUrl: z.string(),
  expiresAt: z.number(),
  state: z.enum(['waiting', 'succeeded', 'expired', 'denied', 'failed', 'cancelled']),
  problem: errorValueSchema.nullable(),
})
export type DeviceSignIn = z.infer<typeof deviceSignInSchema>

/** A way to sign in that exists on this machine. */
export const signInWaysSchema = z.object({
  /**
   * Hosts the `gh` command is signed in to; empty when it is missing or signed out, with the reason. Whose token it is
   * stays unknown (null) until it is used where it comes from the environment.
   */
  gh: z.array(z.object({ host: z.string(), login: z.string().nullable() })),
  ghProblem: z.string().nullable(),
  /** Hosts for which a client id for the device flow is configured. */
  device: z.array(z.string()),
})
export type SignInWays = z.infer<typeof signInWaysSchema>

// ---- organizations -------------------------------------------------------------------------------

/**
 * Why an organization is not reached. `saml`: the token must be authorized for it. `suspended`: GitHub blocks it.
 * `gone`: deleted, or this account may not see it any more.
 */
export const organizationStates = ['ok', 'saml', 'suspended', 'gone'] as const

/** A personal account or organization the account can bring local. */
export const availableOrganizationSchema = z.object({
  /** GitHub's id; logins change. */
  githubId: z.string(),
  login: z.string(),
  name: z.string().nullable(),
  kind: z.enum(['personal', 'organization']),
  avatarUrl: z.string().nullable(),
  state: z.enum(organizationStates),
  problem: errorValueSchema.nullable(),
  /** Set once it was brought local. */
  organizationId: organizationIdSchema.nullable(),
})
export type AvailableOrganization = z.infer<typeof availableOrganizationSchema>

export const memberSchema = z.object({
  /** GitHub's id. */
  id: z.string(),
  login: z.string(),
  name: z.string().nullable(),
  avatarUrl: z.string().nullable(),
  role: z.enum(['admin', 'member']),
})
export type Member = z.infer<typeof memberSchema>

// ---- sync ----------------------------------------------------------------------------------------

export const syncPhases = [
  'discovering_repositories',
  'syncing_repositories',
  'syncing_members',
  'syncing_pull_requests',
] as const
export type SyncPhase = (typeof syncPhases)[number]

/**
 * The sync of one organization. `waiting`: it goes on by itself at `waitingUntil`, or when what `problem` names is
 * over (no network, a limit of GitHub). `failed`: a person has to do something first. Whatever the state, what was
 * read before stays, with `syncedAt` as its age.
 */
export const syncSchema = z.object({
  id: z.literal('sync'),
  state: z.enum(['never', 'running', 'waiting', 'synced', 'failed', 'cancelled']),
  phase: z.enum(syncPhases).nullable(),
  processed: z.number(),
  /** Zero while unknown. */
  total: z.number(),
  /** What the figures count now, such as a name of a repository. */
  label: z.string(),
  startedAt: z.number().nullable(),
  progressAt: z.number().nullable(),
  /** When everything was last known to be as GitHub has it. */
  syncedAt: z.number().nullable(),
  waitingUntil: z.number().nullable(),
  problem: errorValueSchema.nullable(),
  counts: z.object({ repositories: z.number(), members: z.number(), openPullRequests: z.number() }),
})
export type Sync = z.infer<typeof syncSchema>

// ---- pull requests -------------------------------------------------------------------------------

export const pullRequestStates = ['open', 'closed', 'merged'] as const
export const reviewDecisions = ['approved', 'changes_requested', 'review_required'] as const
/** The roll-up of a commit's checks; `none` when it has none. */
export const checkStates = ['none', 'pending', 'success', 'failure'] as const
export const mergeableStates = ['mergeable', 'conflicting', 'unknown'] as const

/** What a list shows. */
export const pullRequestSummarySchema = z.object({
  /** `<repository id>#<number>` */
  id: z.string(),
  repositoryId: repositoryIdSchema,
  number: z.number().int(),
  title: z.string(),
  state: z.enum(pullRequestStates),
  isDraft: z.boolean(),
  url: z.string(),
  author: z.string().nullable(),
  headRef: z.string(),
  baseRef: z.string(),
  /** `owner/name` where the head branch lives; null when that fork was deleted. */
  headRepository: z.string().nullable(),
  reviewDecision: z.enum(reviewDecisions).nullable(),
  checks: z.enum(checkStates),
  mergeable: z.enum(mergeableStates),
  /** When checks and mergeability were last read: they change without the pull request being updated. */
  checkedAt: z.number(),
  comments: z.number().int(),
  labels: z.array(z.object({ name: z.string(), color: z.string() })),
  createdAt: z.number(),
  updatedAt: z.number(),
})
export type PullRequestSummary = z.infer<typeof pullRequestSummarySchema>

export const pullRequestSchema = pullRequestSummarySchema.extend({
  body: z.string(),
  requestedReviewers: z.array(z.object({ kind: z.enum(['user', 'team']), name: z.string() })),
  headCommit: z.string().nullable(),
  mergedAt: z.number().nullable(),
  closedAt: z.number().nullable(),
})
export type PullRequest = z.infer<typeof pullRequestSchema>

export const changeKinds = [
  'opened',
  'retargeted',
  'title_changed',
  'drafted',
  'ready_for_review',
  'review_requested',
  'approved',
  'changes_requested',
  'checks_passed',
  'checks_failed',
  'conflicts',
  'commented',
  'merged',
  'closed',
  'reopened',
] as const
/** What became different about a pull request between two reads. */
export type ChangeKind = (typeof changeKinds)[number]

/** What is known of pictures that were asked for, so far. */
export const avatarAnswerSchema = z.object({
  /** Null where there is none, or none can be had now. */
  found: z.array(z.object({ url: z.string(), image: z.string().startsWith('data:image/').nullable() })),
  /** Those to ask for again: they are on their way, or did not fit into this answer. */
  later: z.array(z.string()),
})
export type AvatarAnswer = z.infer<typeof avatarAnswerSchema>

// ---- what a link leads to ------------------------------------------------------------------------

/** Nothing of it is here: an account could bring its organization, or somebody has to sign in to its host first. */
const notHere = [
  /** The organization is kept current, and this is not among what was read of it. */
  z.object({ state: z.literal('no_repository'), organizationId: organizationIdSchema }),
  /** Accounts of its host that are signed in. */
  z.object({ state: z.literal('no_organization'), accountIds: z.array(accountIdSchema).min(1) }),
  z.object({ state: z.literal('no_account') }),
] as const

export const repositoryLookupSchema = z.discriminatedUnion('state', [
  z.object({
    state: z.literal('known'),
    organizationId: organizationIdSchema,
    repositoryId: repositoryIdSchema,
  }),
  ...notHere,
])
export type RepositoryLookup = z.infer<typeof repositoryLookupSchema>

export const pullRequestLookupSchema = z.discriminatedUnion('state', [
  z.object({
    state: z.literal('known'),
    organizationId: organizationIdSchema,
    repositoryId: repositoryIdSchema,
    pullRequest: pullRequestSummarySchema,
    taskId: taskIdSchema.nullable(),
  }),
  /** Its repository is here; a sync would bring it, if it is open. */
  z.object({
    state: z.literal('not_read'),
    organizationId: organizationIdSchema,
    repositoryId: repositoryIdSchema,
  }),
  ...notHere,
])
export type PullRequestLookup = z.infer<typeof pullRequestLookupSchema>
// ---- issues --------------------------------------------------------------------------------------

/** What a list shows. Texts are other people's. */
export const issueSummarySchema = z.object({
  number: z.number().int(),
  title: z.string(),
  state: z.enum(['open', 'closed']),
  url: z.string(),
  author: z.string().nullable(),
  labels: z.array(z.object({ name: z.string(), color: z.string() })),
  comments: z.number().int(),
  createdAt: z.number(),
  updatedAt: z.number(),
})
export type IssueSummary = z.infer<typeof issueSummarySchema>

export const issueSchema = issueSummarySchema.extend({ body: z.string() })
export type Issue = z.infer<typeof issueSchema>

export const issuePageSchema = z.object({
  issues: z.array(issueSummarySchema),
  cursor: z.string().nullable(),
  /** When GitHub was asked. */
  fetchedAt: z.number(),
})
export type IssuePage = z.infer<typeof issuePageSchema>

// ---- overview of a repository --------------------------------------------------------------------

/** A branch as GitHub has it, with what is known here of the work on it. */
export const branchSchema = z.object({
  name: z.string(),
  /** Null where GitHub does not say. */
  commit: z.string().nullable(),
  committedAt: z.number().nullable(),
  headline: z.string(),
  author: z.string().nullable(),
  checks: z.enum(checkStates),
  /** Commits it has and the default branch has not, and the other way round; null where they were not compared. */
  aheadBy: z.number().int().nullable(),
  behindBy: z.number().int().nullable(),
  /** The open one from this branch, else the newest. */
  pullRequest: pullRequestSummarySchema.nullable(),
  /** A task on it that is not archived. */
  task: z.object({ id: taskIdSchema, title: z.string() }).nullable(),
})
export type Branch = z.infer<typeof branchSchema>

export const repositoryOverviewSchema = z.object({
  repositoryId: repositoryIdSchema,
  /** Null where nothing was pushed yet. */
  defaultBranch: z.string().nullable(),
  /** The default branch first, then those with the latest commits: not all where `total` is more. */
  branches: z.array(branchSchema),
  total: z.number().int(),
  /** When GitHub was asked. */
  fetchedAt: z.number(),
})
export type RepositoryOverview = z.infer<typeof repositoryOverviewSchema>
