import { z } from 'zod'
import { FoundryError } from '@shared/errors'
import type { AvailableOrganization } from '@shared/github'
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

export interface AskOptions {
  host: string
  /** What is known here of an organization whose name GitHub does not tell. */
  known(githubId: string): { login: string; name: string; avatarUrl: string | null } | null
}

/** The account itself and the organizations it belongs to; those behind single sign-on as such, not as a failure. */
export async function askAvailable(client: GitHubClient, options: AskOptions): Promise<FoundOrganization[]> {
  const user = await client.get('/user', {
    purpose: 'interactive',
    read: (body) => toFound(accountSchema.parse(body), 'personal'),
  })
  const found = [user.value]
  const locked = new Set<string>()
  let path: string | null = '/user/orgs'
  for (let page = 0; path !== null && page < MAX_PAGES; page++) {
    const answer: Awaited<ReturnType<typeof readPage>> = await readPage(client, path, page === 0)
    found.push(...answer.value.organizations)
    for (const id of answer.value.locked) locked.add(id)
    path = answer.next
  }
  for (const githubId of locked)
    if (!found.some((organization) => organization.githubId === githubId))
      found.push(await lockedOrganization(client, githubId, options))
  return found.map((organization) =>
    locked.has(organization.githubId)
      ? { ...organization, ...behindSignOn(organization.login, options.host) }
      : organization,
  )
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

/** GitHub tells only its id; what is public of it may still be read. */
async function lockedOrganization(
  client: GitHubClient,
  githubId: string,
  { known }: AskOptions,
): Promise<FoundOrganization> {
  const here = known(githubId)
  if (here !== null) return { githubId, kind: 'organization', state: 'saml', problem: null, ...here }
  try {
    const answer = await client.get(`/organizations/${githubId}`, {
      purpose: 'interactive',
      read: (body) => toFound(accountSchema.parse(body), 'organization'),
    })
    return answer.value
  } catch (error) {
    if (!(error instanceof FoundryError) || error.kind === 'offline') throw error
    return {
      githubId,
      login: `organization ${githubId}`,
      name: null,
      kind: 'organization',
      avatarUrl: null,
      state: 'saml',
      problem: null,
    }
  }
}

function behindSignOn(login: string, host: string): Pick<FoundOrganization, 'state' | 'problem'> {
  const where = login.includes(' ') ? `https://${host}/settings/tokens` : `https://${host}/orgs/${login}/sso`
  return {
    state: 'saml',
    problem: {
      kind: 'forbidden',
      message: `${login} asks for single sign-on, and this token is not authorized for it.`,
      next: `Authorize the token at ${where}, then look at the list again.`,
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
