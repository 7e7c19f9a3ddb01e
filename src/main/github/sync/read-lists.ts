import { failure, GitHubError } from '../client/errors'
import type { PullRequestRef, ReadList, Sighting } from '../pull-requests/writer'
import type { KnownRepository } from '../types'
import { createListReading, isListWanted, nextPage, takePage, type ListReading } from './list-reading'
import { readByIds } from './read-by-ids'
import type { Run } from './run'
import { drain } from './slices'
import type { PagePart, PageWanted } from './source'
import { write } from './write-rows'

/** Repositories whose lists are counted and then read before the next ones, so that the newest are there first. */
const GROUP = 400
const COUNTED_AT_ONCE = 100
/** What an answer may hold, so that reading it never takes the main thread long. */
const ANSWER_BYTES = 300_000
/** What a pull request takes in an answer beside its texts. */
const ROW_BYTES = 900
const LEAST = 10
const FEW = 25

interface Group {
  readonly run: Run
  readonly repositories: ReadonlyMap<string, KnownRepository>
  readonly queue: ListReading[]
  /** One more list was dealt with, whatever came of it. */
  done(repository: KnownRepository): void
}

/** The lists of open pull requests that are to be read in this run, those of the most recently pushed first. */
export async function readLists(run: Run): Promise<void> {
  const all = run.owners.repositories.known(run.id)
  const lists = run.writer.lists(run.id)
  const wanted = all.filter(({ id }) => isListWanted(lists.get(id), run))
  const repositories = new Map(all.map((each) => [each.id as string, each]))
  let processed = all.length - wanted.length
  const done = ({ fullName }: KnownRepository): void => run.progress(++processed, all.length, fullName)
  run.progress(processed, all.length, '')
  for (let start = 0; start < wanted.length; start += GROUP) {
    const group: Group = { run, repositories, queue: [], done }
    await count(group, wanted.slice(start, start + GROUP), lists)
    await drain(() => {
      if (group.queue.length === 0) return null
      const batch = takeBatch(group)
      return () => readBatch(group, batch)
    })
  }
}

/** What is known to be empty needs no reading, and how large the others are says how many fit into an answer. */
async function count(
  group: Group,
  wanted: readonly KnownRepository[],
  lists: ReadonlyMap<string, ReadList>,
): Promise<void> {
  const { run } = group
  const readings: (ListReading | null)[] = wanted.map(() => null)
  let next = 0
  await drain(() => {
    if (next >= wanted.length) return null
    const start = next
    next += COUNTED_AT_ONCE
    const asked = wanted.slice(start, next)
    return async () => {
      const { counts, date } = await run.withSource((source) => source.counts(asked))
      const empty: ListReading[] = []
      for (const [index, repository] of asked.entries()) {
        const counted = counts[index] ?? 'withheld'
        const expected = counted === 'unknown' ? COUNTED_AT_ONCE : counted
        if (expected === 'withheld') {
          leave(group, repository)
          continue
        }
        const reading = createListReading(repository, lists.get(repository.id), expected)
        if (expected > 0) {
          readings[start + index] = reading
          continue
        }
        reading.readAt = date
        empty.push(reading)
      }
      await finish(group, empty)
    }
  })
  group.queue.push(...readings.filter((reading) => reading !== null))
}

type Batch = { list: ListReading; wanted: PageWanted }[]

/** As many lists as fit into one answer. */
function takeBatch({ run, queue }: Group): Batch {
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

async function readBatch(group: Group, batch: Batch): Promise<void> {
  const { run, queue } = group
  const { parts, date } = await ask(run, batch)
  const { overlaps } = run.sourceLimits()
  const sightings: Sighting[] = []
  const ended: ListReading[] = []
  for (const [index, { list }] of batch.entries()) {
    const part = parts[index] ?? { kind: 'failed' }
    if (part.kind === 'withheld') leave(group, list.repository)
    else if (part.kind === 'failed') queue.unshift(smaller(run, list))
    else {
      const { progress, pulls } = takePage(list, part, date, overlaps)
      for (const pull of pulls)
        sightings.push({ repositoryId: list.repository.id, listReadAt: list.listReadAt, pull })
      if (progress === 'end') ended.push(list)
      else if (progress === 'unsteady') leave(group, list.repository)
      else queue.unshift(list)
    }
  }
  resize(run, sightings)
  await write(run, sightings)
  await finish(group, ended)
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
async function finish(group: Group, lists: readonly ListReading[]): Promise<void> {
  const { run } = group
  const missing: PullRequestRef[] = lists.flatMap(({ repository, shown }) =>
    run.writer.unconfirmed(repository.id, shown),
  )
  await readByIds(run, missing, group.repositories)
  for (const { repository, readAt } of lists) {
    run.signal.throwIfAborted()
    run.writer.markRead(run.id, repository.id, { generation: run.generation, readAt: readAt ?? run.now() })
    group.done(repository)
  }
}

/** What cannot be read now is tried again by the next sync; what is known of it stays. */
function leave(group: Group, repository: KnownRepository): void {
  group.run.writer.markUnread(repository.id)
  group.done(repository)
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
