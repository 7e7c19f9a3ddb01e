import { GitHubError } from '../client/errors'
import type { KnownRepository, RemoteRepository, RestPage } from '../types'
import { PAGE_SIZE, readProfile, readRepositoryPage } from './rest-answers'
import type { Run } from './run'
import { drain, inSlices } from './slices'

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

/**
 * All its repositories, most recently pushed first. Pages GitHub confirms are written from what they held: rows that a
 * crash kept from being written are then there as well.
 */
export async function readRepositories(run: Run): Promise<void> {
  const seen = new Set<string>()
  const fullPages = new Set<number>()
  let total = 0

  /** Returns how many of its repositories no page showed before. */
  const readPage = async (number: number): Promise<number> => {
    const page = await pageOf(run, number)
    const fresh = page.value.filter(({ githubId }) => !seen.has(githubId)).length
    if (page.value.length === PAGE_SIZE) fullPages.add(number)
    else fullPages.delete(number)
    last = Math.max(last, page.lastPage ?? 1)
    total = Math.max(total, (last - 1) * PAGE_SIZE)
    await inSlices(page.value, run.signal, (slice) => {
      run.transaction(() => run.owners.repositories.upsert(run.id, run.generation, slice))
      for (const { githubId } of slice) seen.add(githubId)
    })
    run.progress(seen.size, Math.max(total, seen.size), page.value.at(-1)?.fullName ?? '')
    return fresh
  }

  let last = 1
  await readPage(1)
  // A page GitHub confirms may not say how many there are.
  if (fullPages.has(1)) last = Math.max(last, Math.ceil(run.owners.repositories.count(run.id) / PAGE_SIZE))
  let next = 2
  await drain(() => {
    if (next > last) return null
    const number = next++
    return async () => void (await readPage(number))
  })
  while (fullPages.has(last)) await readPage(++last)
  await readMoved(readPage, (number) => fullPages.has(number))
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
async function readMoved(
  readPage: (number: number) => Promise<number>,
  isFull: (number: number) => boolean,
): Promise<void> {
  for (let number = 1; (await readPage(number)) > 0 && isFull(number); number++);
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
    await inSlices(here, run.signal, (slice) =>
      run.transaction(() => run.owners.repositories.upsert(run.id, run.generation, slice)),
    )
    await inSlices(gone, run.signal, (slice) => {
      // What happens while it is away is told by no update: should it come back, its list is read again.
      for (const { id } of slice) run.writer.markUnread(id)
      run.transaction(() => run.owners.repositories.markGone(slice.map(({ id }) => id)))
    })
  }
}
