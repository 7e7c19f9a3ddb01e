import type { Repository } from '@shared/domain'

export interface RepositoryOrder {
  readonly known: ReadonlyMap<string, Repository>
  /** Most recently pushed first; those that are gone last. */
  readonly ordered: readonly Repository[]
}

export const noRepositories: RepositoryOrder = { known: new Map(), ordered: [] }

const names = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' })

function activeAt(repository: Repository): number {
  return Math.max(repository.github?.pushedAt ?? 0, repository.lastUsedAt)
}

export function compareRepositories(a: Repository, b: Repository): number {
  const gone = Number(a.github?.gone ?? false) - Number(b.github?.gone ?? false)
  if (gone !== 0) return gone
  const active = activeAt(b) - activeAt(a)
  if (active !== 0) return active
  return names.compare(a.name, b.name) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
}

/**
 * Puts repositories in order, going on from the order before: what did not change keeps its place, so that an
 * update of a few among thousands costs a look at each and no sorting of all.
 */
export function orderRepositories(
  previous: RepositoryOrder,
  known: ReadonlyMap<string, Repository>,
): RepositoryOrder {
  if (previous.known === known) return previous
  const moved: Repository[] = []
  for (const [id, repository] of known) {
    if (previous.known.get(id) !== repository) moved.push(repository)
  }
  const kept = previous.ordered.filter((repository) => known.get(repository.id) === repository)
  moved.sort(compareRepositories)
  if (moved.length === 0) return { known, ordered: kept }
  const ordered: Repository[] = []
  let next = 0
  for (const repository of kept) {
    for (
      let one = moved[next];
      one !== undefined && compareRepositories(one, repository) < 0;
      one = moved[next]
    ) {
      ordered.push(one)
      next += 1
    }
    ordered.push(repository)
  }
  ordered.push(...moved.slice(next))
  return { known, ordered }
}

export interface RepositoryFilter {
  readonly text: string
  readonly showHidden: boolean
}

/** Every word has to stand somewhere in the name or the folder. Hidden ones are found only when asked for. */
export function filterRepositories(
  ordered: readonly Repository[],
  { text, showHidden }: RepositoryFilter,
): readonly Repository[] {
  const words = text.toLocaleLowerCase().split(/\s+/).filter(Boolean)
  return ordered.filter((repository) => {
    if (!showHidden && repository.github?.hidden === true) return false
    if (words.length === 0) return true
    const full =
      `${repository.github?.fullName ?? repository.name} ${repository.localPath ?? ''}`.toLocaleLowerCase()
    return words.every((word) => full.includes(word))
  })
}

/** Marks of a repository in words, in the order they are shown. */
export function repositoryMarks(repository: Repository): string[] {
  const { github } = repository
  if (github === null) return ['Not on GitHub']
  const marks: string[] = []
  if (github.gone) marks.push('Gone from GitHub')
  if (github.isPrivate) marks.push('Private')
  if (github.isArchived) marks.push('Archived')
  if (github.isFork) marks.push('Fork')
  if (github.hidden) marks.push('Hidden')
  return marks
}
