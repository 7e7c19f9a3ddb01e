import { z } from 'zod'
import type { AvailableOrganization } from '@shared/github'
import { GitHubError, type GitHubReason } from '../github/client/errors'
import type { GitHubClient } from '../github/types'

export type FoundOrganization = Omit<AvailableOrganization, 'organizationId'>

const accountSchema = z.object({
  id: z.number().int().positive(),
  login: z.string().min(1).max(200),
  name: z.string().max(1000).nullish(),
  avatar_url: z.string().max(2000).nullish(),
})

/** More organizations than this belong to nobody; a server that never ends its list is not followed. */
const MAX_PAGES = 20
/** A request each. */
const MAX_LOOKED_AT = 50
const REASONS: ReadonlyMap<GitHubReason, FoundOrganization['state']> = new Map([
  ['suspended', 'suspended'],
  ['not_found', 'gone'],
  ['legal', 'gone'],
])

export interface AskOptions {
  host: string
  /** What is known here of an organization whose name GitHub does not tell. */
  known(githubId: string): { login: string; name: string | null; avatarUrl: string | null } | null
}

/**
 * The account itself and the organizations it belongs to. One that cannot be reached comes with the reason as its
 * state; only what concerns all of them (no network, a refused token) is a failure.
 */
export async function askAvailable(client: GitHubClient, options: AskOptions): Promise<FoundOrganization[]> {
  const user = await client.get('/user', {
    purpose: 'interactive',
    read: (body) => toFound(accountSchema.parse(body), 'personal'),
  })
  const listed: FoundOrganization[] = []
  const locked = new Set<string>()
  let path: string | null = '/user/orgs'
  for (let page = 0; path !== null && page < MAX_PAGES; page++) {
    const answer: Awaited<ReturnType<typeof readPage>> = await readPage(client, path, page === 0)
    listed.push(...answer.value.organizations)
    for (const id of answer.value.locked) locked.add(id)
    path = answer.next
  }
  // GitHub leaves those behind single sign-on out, and tells nothing but their ids.
  for (const githubId of locked)
    if (!listed.some((organization) => organization.githubId === githubId))
      listed.push(unnamed(githubId, options))
  const looked = await Promise.all(
    listed.map((organization, at) =>
      at < MAX_LOOKED_AT ? lookAt(client, organization, options.host) : Promise.resolve(organization),
    ),
  )
  return [user.value, ...looked].map((organization) =>
    locked.has(organization.githubId) && organization.state === 'ok'
      ? { ...organization, ...behindSignOn(organization.login, options.host) }
      : organization,
  )
}

/** Its name, which no list has, and whether it lets this token in. */
async function lookAt(
  client: GitHubClient,
  organization: FoundOrganization,
  host: string,
): Promise<FoundOrganization> {
  try {
    const { value } = await client.get(`/organizations/${organization.githubId}`, {
      purpose: 'interactive',
      conditional: true,
      read: (body) => toFound(accountSchema.parse(body), 'organization'),
    })
    return value
  } catch (error) {
    if (!(error instanceof GitHubError)) throw error
    if (error.reason === 'saml') {
      const { state, problem } = behindSignOn(organization.login, host, error.url)
      return { ...organization, state, problem }
    }
    const state = REASONS.get(error.reason)
    // What is no word about this organization is told by the sync, which goes on by itself.
    return state === undefined ? organization : { ...organization, state, problem: error.toValue() }
  }
}

function readPage(client: GitHubClient, path: string, first: boolean) {
  return client.get(path, {
    purpose: 'interactive',
    ...(first ? { query: { per_page: 100 } } : {}),
    read: (body, headers) => ({
      organizations: z
        .array(accountSchema)
        .parse(body)
        .map((entry) => toFound(entry, 'organization')),
      locked: lockedIds(headers['x-github-sso']),
    }),
  })
}

/** `partial-results; organizations=21955855,20582480`: those that were left out. */
function lockedIds(header: string | undefined): string[] {
  const [, ids = ''] = /^partial-results;\s*organizations=([\d,\s]+)$/.exec(header?.trim() ?? '') ?? []
  return ids
    .split(',')
    .map((id) => id.trim())
    .filter((id) => id !== '')
}

function unnamed(githubId: string, { known }: AskOptions): FoundOrganization {
  const here = known(githubId) ?? { login: `organization ${githubId}`, name: null, avatarUrl: null }
  return { githubId, kind: 'organization', state: 'ok', problem: null, ...here }
}

function behindSignOn(
  login: string,
  host: string,
  url?: string,
): Pick<FoundOrganization, 'state' | 'problem'> {
  const usual = login.includes(' ') ? `https://${host}/settings/tokens` : `https://${host}/orgs/${login}/sso`
  return {
    state: 'saml',
    problem: {
      kind: 'forbidden',
      message: `${login} asks for single sign-on, and this token is not authorized for it.`,
      next: `Authorize the token at ${url ?? usual}, then look at the list again.`,
    },
  }
}

function toFound(entry: z.infer<typeof accountSchema>, kind: FoundOrganization['kind']): FoundOrganization {
  return {
    githubId: String(entry.id),
    login: entry.login,
    name: entry.name === undefined || entry.name === '' ? null : entry.name,
    kind,
    avatarUrl: entry.avatar_url ?? null,
    state: 'ok',
    problem: null,
  }
}
