import type { BranchPage, RemoteBranch } from './query'

const PAGE = 100
/** How many branches are read; how many there are is told beside them. */
export const MOST_BRANCHES = 200

/** A repository as GitHub told of it. */
export interface RemoteOverview {
  defaultBranch: string | null
  /** The default branch first, then those with the latest commits. */
  branches: RemoteBranch[]
  total: number
}

/** Asks for one page; `base` is the branch the others are compared with, null for none. */
export type AskPage = (page: {
  base: string | null
  first: number
  after: string | null
}) => Promise<BranchPage>

/**
 * Reads the branches with the latest commits. `believed` is the default branch as it was last known: when GitHub has another one,
 * what was compared with the wrong branch is asked for again, once.
 */
export async function readOverview(ask: AskPage, believed: string | null): Promise<RemoteOverview> {
  let base = believed
  let page = await ask({ base, first: PAGE, after: null })
  const actual = page.defaultBranch?.name ?? null
  if (actual !== base) {
    base = actual
    if (actual !== null) page = await ask({ base, first: PAGE, after: null })
  }
  const found = new Map<string, RemoteBranch>()
  const take = ({ branches }: BranchPage): void => {
    for (const branch of branches) if (found.size < MOST_BRANCHES) found.set(branch.name, branch)
  }
  const first = page
  // A cursor that leads nowhere new would lead there for ever.
  const seen = new Set<string>()
  take(page)
  while (page.next !== null && found.size < MOST_BRANCHES && !seen.has(page.next)) {
    seen.add(page.next)
    page = await ask({ base, first: Math.min(PAGE, MOST_BRANCHES - found.size), after: page.next })
    take(page)
  }
  const main = first.defaultBranch
  if (main !== null) found.set(main.name, main)
  const branches = [...found.values()].toSorted(
    (a, b) =>
      Number(b.name === main?.name) - Number(a.name === main?.name) ||
      (b.committedAt ?? 0) - (a.committedAt ?? 0) ||
      (a.name < b.name ? -1 : 1),
  )
  return { defaultBranch: main?.name ?? null, branches, total: Math.max(first.total, branches.length) }
}
