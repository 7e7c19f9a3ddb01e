import { GitHubError } from '../client/errors'
import type { KnownRepository, RemoteRepository, RestPage } from '../types'
import { readPages } from './pages'
import { PAGE_SIZE, readProfile, readRepositoryPage } from './rest-answers'
import type { Run } from './run'
import { inSlices } from './slices'

/** Who it is now: logins change, and access to it may be gone. */
export async function discover(run: Run): Promise<void> {
  const { kind, githubId } = run.organization()
  const path = kind === 'personal' ? '/user' : `/organizations/${githubId}`
  const page = await run.client.get(path, {
    purpose: 'sync',
    signal: run.signal,
    conditional: true,
    read: readProfile,
  })
  run.heard(page)
  const { login, name, avatarUrl } = page.value
  if (page.value.githubId !== githubId)
    throw new GitHubError('malformed', `GitHub answered with ${login} when asked for another account.`)
  run.transaction(() => {
    run.owners.organization.setProfile(run.id, { login, name, avatarUrl })
    run.owners.organization.setState(run.id, 'ok', null)
  })
}

interface ReadPage {
  full: boolean
  lastPage: number | null
  fresh: number
}

/**
 * All its repositories, most recently pushed first. Pages GitHub confirms are written from what they held: rows that a
 * crash kept from being written are then there as well.
 */
export async function readRepositories(run: Run): Promise<void> {
  const seen = new Set<string>()
  let total = 0

  /** `fresh`: how many of its repositories no page showed before. */
  const readPage = async (number: number): Promise<ReadPage> => {
    const { value, lastPage } = await pageOf(run, number)
    const fresh = value.filter(({ githubId }) => !seen.has(githubId)).length
    const full = value.length === PAGE_SIZE
    total = Math.max(total, ((lastPage ?? number) - 1) * PAGE_SIZE)
    await inSlices(value, run.signal, (slice) => {
      run.owners.repositories.upsert(run.id, run.generation, slice)
      for (const { githubId } of slice) seen.add(githubId)
    })
    run.progress(seen.size, Math.max(total, seen.size), value.at(-1)?.fullName ?? '')
    return { full, lastPage, fresh }
  }

  await readPages(readPage, Math.ceil(run.owners.repositories.count(run.id) / PAGE_SIZE))
  await readMoved(readPage)
  await ask(run)
  run.progress(seen.size, seen.size, '')
}

async function pageOf(run: Run, number: number): Promise<RestPage<RemoteRepository[]>> {
  const { kind, githubId } = run.organization()
  const personal = kind === 'personal'
  const page = await run.client.get(personal ? '/user/repos' : `/organizations/${githubId}/repos`, {
    purpose: 'sync',
    signal: run.signal,
    conditional: true,
    query: {
      ...(personal ? { affiliation: 'owner' } : { type: 'all' }),
      sort: 'pushed',
      direction: 'desc',
      per_page: PAGE_SIZE,
      page: number,
    },
    read: readRepositoryPage,
  })
  run.heard(page)
  return page
}

/**
 * What was pushed to while the pages were read has moved to the front, past pages that were read already: the front is
 * read again until it shows nothing new. Where nothing moved GitHub confirms the first page, and that was all.
 */
async function readMoved(readPage: (number: number) => Promise<ReadPage>): Promise<void> {
  for (let number = 1; ; number++) {
    const { fresh, full } = await readPage(number)
    if (fresh === 0 || !full) return
  }
}

/** Repositories no page showed are asked for one by one: only what GitHub does not have (here) any more is gone. */
async function ask(run: Run): Promise<void> {
  const { githubId } = run.organization()
  const missing = run.owners.repositories.unconfirmed(run.id, run.generation)
  for (let start = 0; start < missing.length; start += PAGE_SIZE) {
    const asked = missing.slice(start, start + PAGE_SIZE)
    const found = await run.withSource((source) => source.repositories(asked))
    const here: RemoteRepository[] = []
    const gone: KnownRepository[] = []
    for (const [index, repository] of asked.entries()) {
      const one = found[index]
      if (one === undefined || one === 'withheld') continue
      // One that was transferred belongs to somebody else now.
      if (one === null || one.ownerId !== githubId) gone.push(repository)
      else here.push(one.repository)
    }
    await inSlices(here, run.signal, (slice) => run.owners.repositories.upsert(run.id, run.generation, slice))
    await inSlices(gone, run.signal, (slice) => {
      // What happens while it is away is told by no update: should it come back, its list is read again.
      for (const { id } of slice) run.writer.markUnread(id)
      run.owners.repositories.markGone(slice.map(({ id }) => id))
    })
  }
}
