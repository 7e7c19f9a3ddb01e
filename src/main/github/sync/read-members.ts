import { GitHubError, type GitHubReason } from '../client/errors'
import type { RemoteMember } from '../types'
import { readPages } from './pages'
import { PAGE_SIZE, readMemberPage, readProfile } from './rest-answers'
import type { Run } from './run'
import { drain, inSlices } from './slices'

/** Members change seldom; between full syncs they are asked for this often at most. */
const MEMBERS_EVERY_MS = 15 * 60_000
/** How often a list that keeps moving is read before what it did not show is left for the next time. */
const PASSES = 3
const ROLES = ['member', 'admin'] as const
/** What an account may not be allowed to see without anything else being in the way. */
const NOT_FOR_US: readonly GitHubReason[] = ['forbidden', 'scope', 'not_found']

/** Who belongs to it. Where this account may not see that, those known stay. */
export async function readMembers(run: Run): Promise<void> {
  if (!run.full && run.membersAt !== null && run.now() - run.membersAt < MEMBERS_EVERY_MS) return
  try {
    if (run.organization().kind === 'personal') await readPerson(run)
    else await readLists(run)
  } catch (error) {
    if (!(error instanceof GitHubError) || !NOT_FOR_US.includes(error.reason)) throw error
  }
  run.save({ membersAt: run.now() })
}

/** A personal account is its own only member. */
async function readPerson(run: Run): Promise<void> {
  const page = await run.client.get('/user', {
    purpose: 'sync',
    signal: run.signal,
    conditional: true,
    read: readProfile,
  })
  const { githubId, login, name, avatarUrl } = page.value
  const person: RemoteMember = { githubId, login, name, avatarUrl, role: 'admin' }
  run.owners.organization.upsertMembers(run.id, run.generation, [person])
  run.owners.organization.sweepMembers(run.id, run.generation)
  run.progress(1, 1, '')
}

/**
 * There is no asking for a single member, so what the lists do not show is removed only when a second reading was
 * confirmed by GitHub page by page: then nothing can have moved past the pages between them.
 */
async function readLists(run: Run): Promise<void> {
  const { organization } = run.owners
  for (let pass = 1; pass <= PASSES; pass++) {
    const { seen, confirmed } = await readPass(run)
    const surplus = organization.countMembers(run.id) > seen.size
    if (surplus && confirmed) organization.sweepMembers(run.id, run.generation)
    if (!surplus || confirmed) return
  }
}

async function readPass(run: Run): Promise<{ seen: Set<string>; confirmed: boolean }> {
  const seen = new Set<string>()
  let confirmed = true
  const readPage = async (role: (typeof ROLES)[number], number: number) => {
    const page = await run.client.get(`/organizations/${run.organization().githubId}/members`, {
      purpose: 'sync',
      signal: run.signal,
      conditional: true,
      query: { role, per_page: PAGE_SIZE, page: number },
      read: (body) => readMemberPage(body, role),
    })
    run.heard(page)
    confirmed &&= page.notModified
    await inSlices(page.value, run.signal, (slice) => {
      run.owners.organization.upsertMembers(run.id, run.generation, slice)
      for (const { githubId } of slice) seen.add(githubId)
    })
    run.progress(seen.size, seen.size, '')
    return { full: page.value.length === PAGE_SIZE, lastPage: page.lastPage }
  }
  const roles = [...ROLES]
  await drain(() => {
    const role = roles.shift()
    return role === undefined ? null : () => readPages((number) => readPage(role, number))
  })
  return { seen, confirmed }
}
