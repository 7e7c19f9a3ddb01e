import type { RemotePullRequest } from '../pull-requests/remote'
import type { ReadList } from '../pull-requests/writer'
import type { KnownRepository } from '../types'
import type { PagePart, PageWanted } from './source'

/** The most GitHub puts on a page. */
const LARGEST_PAGE = 100
/** Two: the first of a page that goes on is the last of the one before. */
const SMALLEST_PAGE = 2
/** How often a list that moves while it is read is begun again before it is left to the next sync. */
const RESTARTS = 3

/** The list of open pull requests of one repository while it is read. */
export interface ListReading {
  readonly repository: KnownRepository
  /** GitHub's clock: when it was read to its end before; null if never. */
  readonly listReadAt: number | null
  /** How many are left to read, as far as that is known. */
  left: number
  after: string | null
  /** The node id the next page has to begin with: where the last one ended. */
  seam: string | null
  /** GitHub's clock at the first page. */
  readAt: number | null
  readonly shown: Set<number>
  restarts: number
}

export function createListReading(
  repository: KnownRepository,
  before: ReadList | undefined,
  expected: number,
): ListReading {
  return {
    repository,
    listReadAt: before?.readAt ?? null,
    left: expected,
    after: null,
    seam: null,
    readAt: null,
    shown: new Set(),
    restarts: 0,
  }
}

/** Whether a list has to be read in this run: all in a full one, else those that are not known to their end. */
export function isListWanted(
  list: ReadList | undefined,
  run: { full: boolean; generation: number },
): boolean {
  if (list === undefined || list.generation === 0) return true
  return run.full && list.generation < run.generation
}

/** The next page of a list, which may take up to `room` pull requests of an answer. */
export function nextPage(list: ListReading, room: number): PageWanted {
  // One more than expected shows that there are more; one more repeats the seam.
  const wanted = list.left + (list.seam === null ? 1 : 2)
  const size = Math.max(SMALLEST_PAGE, Math.min(wanted, room, LARGEST_PAGE))
  return { repository: list.repository, size, after: list.after }
}

export type Progress = 'more' | 'end' | 'again' | 'unsteady'

/**
 * Takes a page in. Pages begin with the last one of the page before: where that is not so, the list has moved, and
 * something may have slipped past between the two. Then it is read again from its beginning, and after some times left
 * as not read to its end.
 */
export function takePage(
  list: ListReading,
  page: PagePart & { kind: 'page' },
  date: number,
  overlaps: boolean,
): { progress: Progress; pulls: RemotePullRequest[] } {
  const { items } = page
  const pulls = items.map(({ pull }) => pull)
  list.readAt ??= date
  const moved = list.seam !== null && items[0]?.pull.nodeId !== list.seam
  if (moved) {
    list.restarts += 1
    if (list.restarts > RESTARTS) return { progress: 'unsteady', pulls }
    Object.assign(list, { after: null, seam: null, readAt: null, left: page.total ?? LARGEST_PAGE })
    list.shown.clear()
    return { progress: 'again', pulls }
  }
  for (const { number } of pulls) list.shown.add(number)
  if (!page.hasNext) return { progress: 'end', pulls }
  list.left = page.total === null ? LARGEST_PAGE : Math.max(1, page.total - list.shown.size)
  // The cursor before the last item leads to the last item.
  const seam = overlaps ? items.at(-2) : undefined
  list.after = seam?.cursor ?? page.endCursor
  list.seam = seam === undefined ? null : (items.at(-1)?.pull.nodeId ?? null)
  return { progress: 'more', pulls }
}
