import type { PullRequestRef, Sighting } from '../pull-requests/writer'
import type { KnownRepository, Purpose } from '../types'
import type { Run } from './run'
import { inSlices } from './slices'
import { readingOf, write } from './write-rows'

const ASKED_AT_ONCE = 50

/**
 * Reads single pull requests, whatever became of them. One GitHub does not have any more is closed, unless its
 * repository is not there either: that says nothing.
 */
export async function readByIds(
  run: Run,
  refs: readonly PullRequestRef[],
  repositories: ReadonlyMap<string, KnownRepository>,
  purpose: Purpose = 'sync',
): Promise<void> {
  for (let start = 0; start < refs.length; start += ASKED_AT_ONCE) {
    const asked = refs.slice(start, start + ASKED_AT_ONCE)
    const lists = run.writer.lists(run.id)
    const askedAt = run.now()
    const { found, date } = await run.withSource((source) => source.byId(asked, purpose))
    const sightings: Sighting[] = []
    const gone: PullRequestRef[] = []
    for (const [index, ref] of asked.entries()) {
      const one = found[index]
      const listReadAt = lists.get(ref.repositoryId)?.readAt ?? null
      if (one === 'gone') gone.push(ref)
      else if (one !== undefined && one !== 'withheld')
        sightings.push({ repositoryId: ref.repositoryId, listReadAt, pull: one })
    }
    await write(run, sightings, askedAt)
    await close(run, gone, repositories, date)
  }
}

async function close(
  run: Run,
  gone: readonly PullRequestRef[],
  repositories: ReadonlyMap<string, KnownRepository>,
  at: number,
): Promise<void> {
  const ids = new Set(gone.map(({ repositoryId }) => repositoryId))
  const asked = [...ids].flatMap((id) => repositories.get(id) ?? [])
  if (asked.length === 0) return
  const found = await run.withSource((source) => source.repositories(asked))
  const there = new Set<string>()
  for (const [index, { id }] of asked.entries()) {
    const one = found[index]
    if (one !== undefined && one !== null && one !== 'withheld') there.add(id)
  }
  const closed = gone.filter(({ repositoryId }) => there.has(repositoryId))
  await inSlices(closed, run.signal, (slice) => run.written(run.writer.vanished(readingOf(run), slice, at)))
}
