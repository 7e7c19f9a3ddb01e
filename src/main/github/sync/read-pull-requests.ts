import { GitHubError } from '../client/errors'
import type { PullRequestRef, Sighting } from '../pull-requests/writer'
import { nextTurn } from '../turns'
import type { KnownRepository } from '../types'
import { readByIds } from './read-by-ids'
import { readLists } from './read-lists'
import { discover } from './read-repositories'
import type { Run, RunEnd } from './run'
import { write } from './write-rows'

/** GitHub's search learns of things with some delay: what was searched already is searched again. */
const OVERLAP_MS = 5 * 60_000
/** GitHub's search shows no more; so many updates are read faster from the lists. */
const SEARCH_CAP = 1000

const ATTENDED_MS = 60_000
const UNSETTLED_MS = 2 * 60_000
const STALE_MS = 15 * 60_000
/** How many checks a run refreshes of each kind: at one run a minute, some 240 points of GitHub's 5000 an hour. */
const CHECKED_A_RUN = 100

/** All pull requests that are open, what became of those that were, and how their checks stand. */
export async function readPullRequests(run: Run): Promise<RunEnd> {
  await readLists(run)
  const knownUntil = await readAllUpdates(run)
  await readChecks(run)
  while (run.writer.prune(run.id)) await nextTurn()
  return { knownUntil }
}

/** Whatever was updated since everything was known; the lists again where that is too much. */
async function readAllUpdates(run: Run): Promise<number> {
  for (;;) {
    const { login } = run.organization()
    let knownUntil = await readUpdates(run, run.knownUntil ?? firstReadAt(run), { capped: true })
    if (knownUntil === null) {
      run.full = true
      run.save({ full: true })
      await readLists(run)
      // The lists hold everything until the first of them was read.
      const since = firstReadAt(run)
      knownUntil = (await readUpdates(run, since, { capped: false })) ?? since
    }
    // A search finds nothing where it may not look, and by a name that is not theirs any more: had access ended or the
    // name changed meanwhile, it would seem that nothing happened.
    await discover(run)
    if (run.organization().login === login) return knownUntil
  }
}

/** When the first list of this generation was read; now, where there is none. */
function firstReadAt(run: Run): number {
  let first: number | null = null
  for (const { generation, readAt } of run.writer.lists(run.id).values())
    if (generation === run.generation) first = Math.min(first ?? readAt, readAt)
  return first ?? run.now()
}

// ---- what was updated ----------------------------------------------------------------------------

/**
 * Everything updated since a time, longest ago first. Each page begins at the time the last one ended with, not at its
 * cursor: what is updated meanwhile moves to the end, and what follows would slip past. Returns GitHub's clock at the
 * first answer; null if it is too much.
 */
async function readUpdates(run: Run, since: number, { capped }: { capped: boolean }): Promise<number | null> {
  const repositories = run.owners.repositories.known(run.id)
  const byKey = new Map<string, KnownRepository>()
  for (const each of repositories) byKey.set(each.nodeId, each).set(each.fullName.toLowerCase(), each)
  let from = Math.floor((since - OVERLAP_MS) / 1000) * 1000
  let after: string | null = null
  let end: number | null = null
  for (;;) {
    const askedAt = run.now()
    const { page, date } = await run.withSource((source) => source.updatedSince(ownerOf(run), from, after))
    end ??= date
    if (capped && page.total > SEARCH_CAP) return null
    const lists = run.writer.lists(run.id)
    const sightings = page.hits.flatMap(({ repository, pull }): Sighting[] => {
      const id = byKey.get(repository)?.id
      const list = id === undefined ? undefined : lists.get(id)
      // One whose list is still to be read comes with that.
      return id === undefined || list === undefined
        ? []
        : [{ repositoryId: id, listReadAt: list.readAt, pull }]
    })
    await write(run, sightings, askedAt)
    const last = Math.floor((page.lastUpdatedAt ?? 0) / 1000) * 1000
    if (page.next === null && page.total <= SEARCH_CAP) return end
    const moves: boolean = last > from
    after = moves ? null : page.next
    // More in one second than a search shows: the lists have them.
    if (moves) from = last
    else if (after === null) from += 1000
  }
}

function ownerOf(run: Run): string {
  const { kind, login } = run.organization()
  return `${kind === 'personal' ? 'user' : 'org'}:${login}`
}

// ---- checks --------------------------------------------------------------------------------------

/**
 * Checks and mergeability change without an update being told. Those somebody looks at come first, then those that run,
 * then all others in turn, as long as the budget is far from its reserve.
 */
async function readChecks(run: Run): Promise<void> {
  const { writer, id } = run
  const now = run.now()
  const repositories = new Map(run.owners.repositories.known(id).map((each) => [each.id as string, each]))
  const due = (refs: readonly PullRequestRef[], known: ReadonlySet<string> = new Set()): PullRequestRef[] =>
    refs.filter((ref) => repositories.has(ref.repositoryId) && !known.has(ref.nodeId))
  const attended = due(writer.openOf(run.attended(), now - ATTENDED_MS, CHECKED_A_RUN))
  await readByIds(run, attended, repositories)
  const known = new Set(attended.map(({ nodeId }) => nodeId))
  const unsettled = due(writer.unsettled(id, now - UNSETTLED_MS, CHECKED_A_RUN), known)
  for (const { nodeId } of unsettled) known.add(nodeId)
  const stale = due(writer.stale(id, now - STALE_MS, CHECKED_A_RUN), known)
  try {
    await readByIds(run, [...unsettled, ...stale].slice(0, CHECKED_A_RUN), repositories, 'checks')
  } catch (error) {
    // The rest of the budget is for other things: each check shows its age, and its turn comes again.
    if (!(error instanceof GitHubError) || (error.reason !== 'rate' && error.reason !== 'secondary'))
      throw error
  }
}
