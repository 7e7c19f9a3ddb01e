import type { RepositoryId } from '@shared/ids'
import { failure, GitHubError } from '../client/errors'
import type { PullRequestRef, ReadList, Sighting } from '../pull-requests/writer'
import type { KnownRepository } from '../types'
import { createListReading, isListWanted, nextPage, takePage, type ListReading } from './list-reading'
import { readByIds } from './read-by-ids'
import type { Run } from './run'
import { drain } from './slices'
import type { PagePart, PageWanted } from './source'
import { write } from './write-rows'

const COUNTED_AT_ONCE = 100
/** So many are counted before they are read: not all, so that the newest are there first. */
const COUNTED_AHEAD = 4 * COUNTED_AT_ONCE
/** What an answer may hold, so that reading it never takes the main thread long. */
const ANSWER_BYTES = 300_000
/** What a pull request takes in an answer beside its texts. */
const ROW_BYTES = 900
const LEAST = 10
const FEW = 25

interface Lists {
  readonly run: Run
  readonly repositories: ReadonlyMap<string, KnownRepository>
  /** When each list was read before. */
  readonly before: ReadonlyMap<RepositoryId, ReadList>
  readonly uncounted: KnownRepository[]
  /** How many are being counted. */
  counting: number
  /** Counted, and still to be read. */
  readonly queue: ListReading[]
  /** These lists were dealt with, whatever came of them. */
  done(repositories: readonly KnownRepository[]): void
}

/** The lists of open pull requests that are to be read in this run, those of the most recently pushed first. */
export async function readLists(run: Run): Promise<void> {
  const all = run.owners.repositories.known(run.id)
  const before = run.writer.lists(run.id)
  const uncounted = all.filter(({ id }) => isListWanted(before.get(id), run))
  const repositories = new Map(all.map((each) => [each.id as string, each]))
  let processed = all.length - uncounted.length
  const done = (dealtWith: readonly KnownRepository[]): void => {
    processed += dealtWith.length
    run.progress(processed, all.length, dealtWith.at(-1)?.fullName ?? '')
  }
  const lists: Lists = { run, repositories, before, uncounted, counting: 0, queue: [], done }
  run.progress(processed, all.length, '')
  await drain(() => {
    if (uncounted.length > 0 && lists.queue.length + lists.counting < COUNTED_AHEAD)
      return () => count(lists, uncounted.splice(0, COUNTED_AT_ONCE))
    if (lists.queue.length === 0) return null
    const batch = takeBatch(lists)
    return () => readBatch(lists, batch)
  })
}

/** What is known to be empty needs no reading, and how large the others are says how many fit into an answer. */
async function count(lists: Lists, asked: readonly KnownRepository[]): Promise<void> {
  const { run, before, queue } = lists
  lists.counting += asked.length
  const { counts, date } = await run.withSource((source) => source.counts(asked))
  lists.counting -= asked.length
  const empty: ListReading[] = []
  for (const [index, repository] of asked.entries()) {
    const counted = counts[index] ?? 'withheld'
    if (counted === 'withheld') {
      leave(lists, repository)
      continue
    }
    const expected = counted === 'unknown' ? COUNTED_AT_ONCE : counted
    const reading = createListReading(repository, before.get(repository.id), expected)
    if (expected > 0) queue.push(reading)
    else empty.push(Object.assign(reading, { readAt: date }))
  }
  await finish(lists, empty)
}

type Batch = { list: ListReading; wanted: PageWanted }[]

/** As many lists as fit into one answer. */
function takeBatch({ run, queue }: Lists): Batch {
  const batch: Batch = []
  const { lists, most } = run.sourceLimits()
  let room = Math.min(run.answerSize.pulls, most)
  while (room > 0 && batch.length < lists) {
    const list = queue[0]
    if (list === undefined) break
    const wanted = nextPage(list, Math.max(room, LEAST))
    // A long list that would get a small page only is better begun in the next answer.
    if (batch.length > 0 && (wanted.size > room || (list.left > room && room < FEW))) break
    queue.shift()
    batch.push({ list, wanted })
    room -= wanted.size
  }
  return batch
}

async function readBatch(lists: Lists, batch: Batch): Promise<void> {
  const { run, queue } = lists
  const askedAt = run.now()
  const { parts, date } = await ask(run, batch)
  const { overlaps } = run.sourceLimits()
  const sightings: Sighting[] = []
  const ended: ListReading[] = []
  const more: ListReading[] = []
  for (const [index, { list }] of batch.entries()) {
    const part = parts[index] ?? { kind: 'failed' }
    if (part.kind === 'withheld') leave(lists, list.repository)
    else if (part.kind === 'failed') more.push(smaller(run, list))
    else {
      const { progress, pulls } = takePage(list, part, date, overlaps)
      for (const pull of pulls)
        sightings.push({ repositoryId: list.repository.id, listReadAt: list.listReadAt, pull })
      if (progress === 'end') ended.push(list)
      else if (progress === 'unsteady') leave(lists, list.repository)
      else more.push(list)
    }
  }
  resize(run, sightings)
  await write(run, sightings, askedAt)
  // Not before: whoever reads a list to its end must find on disk what came before.
  queue.unshift(...more)
  await finish(lists, ended)
}

async function ask(run: Run, batch: Batch): Promise<{ parts: PagePart[]; date: number }> {
  try {
    return await run.withSource((source) => source.pages(batch.map(({ wanted }) => wanted)))
  } catch (error) {
    // Most often a question that is too large for GitHub: the next attempt asks for less.
    if (error instanceof GitHubError && error.reason === 'server') halve(run)
    throw error
  }
}

/** Lists that were read to their end: what they did not show is asked for before they count as read. */
async function finish({ run, repositories, done }: Lists, ended: readonly ListReading[]): Promise<void> {
  if (ended.length === 0) return
  const missing: PullRequestRef[] = ended.flatMap(({ repository, shown }) =>
    run.writer.unconfirmed(repository.id, shown),
  )
  await readByIds(run, missing, repositories)
  run.signal.throwIfAborted()
  run.writer.markRead(
    run.id,
    run.generation,
    ended.map(({ repository, readAt }) => ({ repositoryId: repository.id, readAt: readAt ?? run.now() })),
  )
  done(ended.map(({ repository }) => repository))
}

/** What cannot be read now is tried again by the next sync; what is known of it stays. */
function leave({ run, done }: Lists, repository: KnownRepository): void {
  run.writer.markUnread(repository.id)
  done([repository])
}

// ---- the size of an answer -----------------------------------------------------------------------

function smaller(run: Run, list: ListReading): ListReading {
  const { fullName } = list.repository
  if (run.answerSize.pulls <= LEAST)
    throw failure('server', { host: 'GitHub', what: `the pull requests of ${fullName}` })
  halve(run)
  return list
}

function halve(run: Run): void {
  run.answerSize.pulls = Math.max(LEAST, Math.floor(run.answerSize.pulls / 2))
}

/** Long descriptions make answers large; after a failure it grows again slowly. */
function resize(run: Run, sightings: readonly Sighting[]): void {
  if (sightings.length < LEAST) return
  const bytes = sightings.reduce((sum, { pull }) => sum + pull.body.length + pull.title.length + ROW_BYTES, 0)
  const fits = Math.floor(ANSWER_BYTES / (bytes / sightings.length))
  const grown = Math.ceil(run.answerSize.pulls * 1.25)
  run.answerSize.pulls = Math.max(LEAST, Math.min(fits, grown, run.answerSize.most))
}
