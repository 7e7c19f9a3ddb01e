import { z } from 'zod'
import {
  accountSchema,
  availableOrganizationSchema,
  avatarAnswerSchema,
  deviceSignInSchema,
  memberSchema,
  pullRequestLookupSchema,
  pullRequestSchema,
  pullRequestSummarySchema,
  repositoryLookupSchema,
  repositoryOverviewSchema,
  signInWaysSchema,
} from '../github'
import { errorValueSchema } from '../error-schema'
import { organizationSchema, repositorySchema } from '../domain'
import { accountIdSchema, organizationIdSchema, repositoryIdSchema } from '../ids'
import { command, query, type DomainContract } from './define'

const nothing = z.void()
/** A host as a person types it: a name with an optional port, or its address with a scheme. */
const host = z.string().trim().min(1).max(300)
const cursor = z.string().max(300).nullable()
/** As it stands in the address of a page. */
const name = z.string().min(1).max(100)
/** What becomes of what was read for it. */
const data = z.enum(['keep', 'delete'])

export const accountContract = {
  /** Looks at this machine: asks no network. */
  signInWays: query(nothing, signInWaysSchema),
  /** Checks the token at once. For somebody already signed in it takes the place of their token. */
  addToken: command(z.object({ host, token: z.string().trim().min(1).max(1000) }), accountSchema),
  /** Takes the token of the `gh` command. */
  useGh: command(z.object({ host }), accountSchema),
  /** The sign-in goes on by itself; its state is on topic `app`. */
  startDeviceSignIn: command(z.object({ host }), deviceSignInSchema),
  cancelDeviceSignIn: command(nothing, nothing),
  /** Asks GitHub again whether the token is good. */
  check: command(z.object({ accountId: accountIdSchema }), accountSchema),
  /** Pictures as `data:` URLs, from the disk or from where GitHub keeps them; no token is sent. */
  avatars: query(z.object({ urls: z.array(z.string().max(2000)).max(50) }), avatarAnswerSchema),
  /** Removes the token. With `delete`, also everything read for organizations nobody else here can read. */
  signOut: command(z.object({ accountId: accountIdSchema, data }), nothing),
} as const satisfies DomainContract

export const organizationContract = {
  /** Asks GitHub: the account itself and the organizations it belongs to. */
  available: query(z.object({ accountId: accountIdSchema }), z.array(availableOrganizationSchema)),
  /** Brings it local and starts its first sync. Again after it was left: what was kept is there. */
  add: command(z.object({ accountId: accountIdSchema, githubId: z.string().max(100) }), organizationSchema),
  /** Makes it the one the window shows. */
  activate: command(z.object({ organizationId: organizationIdSchema }), nothing),
  /** Stops syncing it. Refused while its tasks run. */
  leave: command(z.object({ organizationId: organizationIdSchema, data }), nothing),
  /** Starts a sync, or joins the one that runs. */
  sync: command(z.object({ organizationId: organizationIdSchema }), nothing),
  /** What it has read stays; the next sync goes on from there. */
  cancelSync: command(z.object({ organizationId: organizationIdSchema }), nothing),
  /** Reads every list to its end again, whatever is believed to be current. */
  adminResync: command(z.object({ organizationId: organizationIdSchema }), nothing),
  members: query(
    z.object({ organizationId: organizationIdSchema, search: z.string().max(200), cursor }),
    z.object({ members: z.array(memberSchema), cursor: z.string().nullable() }),
  ),
  /** Most recently updated first, 100 at a time. */
  pullRequests: query(
    z.object({
      organizationId: organizationIdSchema,
      repositoryId: repositoryIdSchema.nullable(),
      state: z.enum(['open', 'all']),
      /** Part of a title, branch, author or number. */
      search: z.string().max(200),
      cursor,
    }),
    z.object({ pullRequests: z.array(pullRequestSummarySchema), cursor: z.string().nullable() }),
  ),
  pullRequest: query(
    z.object({ repositoryId: repositoryIdSchema, number: z.number().int().positive() }),
    pullRequestSchema,
  ),
  /** What a link to it leads to. Asks no network. */
  findPullRequest: query(
    z.object({ host, owner: name, repository: name, number: z.number().int().positive() }),
    pullRequestLookupSchema,
  ),
  findRepository: query(z.object({ host, owner: name, name }), repositoryLookupSchema),
  /** What is kept of its branches, at once. With `refresh` GitHub is asked; a failure stands beside what is kept. */
  overview: query(
    z.object({ repositoryId: repositoryIdSchema, refresh: z.boolean() }),
    z.object({ overview: repositoryOverviewSchema.nullable(), error: errorValueSchema.nullable() }),
  ),
  setHidden: command(z.object({ repositoryId: repositoryIdSchema, hidden: z.boolean() }), repositorySchema),
} as const satisfies DomainContract
