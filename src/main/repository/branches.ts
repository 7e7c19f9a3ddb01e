import { FoundryError } from '@shared/errors'
import type { PullRequestSummary } from '@shared/github'
import type { RepositoryId } from '@shared/ids'
import type { StartBranch, StartBranches } from '@shared/tasks'
import type { Overviews } from '../github/overview/overviews'
import type { Checkouts } from '../sandbox/checkout/checkouts'
import type { LocalGit } from '../sandbox/git/local-git'
import { listFolderBranches } from './repository-state'
import type { Repositories } from './repositories'
import type { TaskProjection } from './task-projection'

const LISTED = 100
/** Who types a title does not make git look each time. */
const FRESH_MS = 5000

/** The branches of a repository, wherever they are known from: its folder, its store, GitHub, its tasks. */
export interface Branches {
  /** What there is, whether or not a task works on it. */
  existing(repositoryId: RepositoryId): Promise<Set<string>>
  /** Names no new branch can have, nor one below or above. */
  taken(repositoryId: RepositoryId): Promise<Set<string>>
  /** The same, some seconds old at most. */
  recentlyTaken(repositoryId: RepositoryId): Promise<Set<string>>
  list(repositoryId: RepositoryId, search: string, refresh: boolean): Promise<StartBranches>
}

export interface BranchesOptions {
  git: LocalGit
  checkouts: Pick<Checkouts, 'knownBranches'>
  repositories: Pick<Repositories, 'get' | 'remote'>
  projection: Pick<TaskProjection, 'branches' | 'byBranch'>
  overviews: Pick<Overviews, 'read' | 'branches'>
  pullRequests(
    repositoryId: RepositoryId,
    githubId: string,
    branches: readonly string[],
  ): ReadonlyMap<string, PullRequestSummary>
  now(): number
}

export function createBranches(options: BranchesOptions): Branches {
  const { git, checkouts, repositories, projection, overviews, now } = options
  const recent = new Map<RepositoryId, { names: Promise<Set<string>>; at: number }>()

  /** Outside the database; what tasks have is asked for when it is needed. */
  async function existing(repositoryId: RepositoryId): Promise<Set<string>> {
    const { localPath, defaultBranch } = repositories.get(repositoryId)
    const [folder, store] = await Promise.all([
      localPath === null ? [] : listFolderBranches(git, localPath),
      checkouts.knownBranches(repositoryId),
    ])
    return new Set([
      ...folder.map(({ name }) => name),
      ...store,
      ...(overviews.branches(repositoryId)?.branches ?? []).map(({ name }) => name),
      ...(defaultBranch === null ? [] : [defaultBranch]),
    ])
  }

  const withTasks = (repositoryId: RepositoryId, names: ReadonlySet<string>): Set<string> =>
    new Set([...names, ...projection.branches(repositoryId)])

  return {
    existing,
    async taken(repositoryId) {
      return withTasks(repositoryId, await existing(repositoryId))
    },
    async recentlyTaken(repositoryId) {
      const known = recent.get(repositoryId)
      const names = known !== undefined && now() - known.at < FRESH_MS ? known.names : existing(repositoryId)
      if (names !== known?.names) {
        recent.set(repositoryId, { names, at: now() })
        // Told to who asked; the next one looks again.
        names.catch(() => recent.delete(repositoryId))
      }
      return withTasks(repositoryId, await names)
    },
    async list(repositoryId, search, refresh) {
      const repository = repositories.get(repositoryId)
      const isRemote = repository.github !== null
      const asked = refresh && isRemote ? await overviews.read(repositoryId, true) : null
      const [folder, store] = await Promise.all([
        repository.localPath === null ? [] : listFolderBranches(git, repository.localPath),
        checkouts.knownBranches(repositoryId),
      ])
      const kept = overviews.branches(repositoryId)
      const found = new Map<string, StartBranch>()
      const { defaultBranch } = repository
      const add = (name: string, facts: Partial<StartBranch>): void => {
        const known = found.get(name)
        found.set(name, {
          name,
          inFolder: false,
          atOrigin: false,
          isDefault: name === defaultBranch,
          isCurrent: false,
          task: null,
          pullRequest: null,
          ...known,
          ...facts,
          committedAt: Math.max(known?.committedAt ?? 0, facts.committedAt ?? 0) || null,
        })
      }
      for (const name of store) add(name, { atOrigin: true })
      for (const { name, isLocal, isCurrent, committedAt } of folder)
        add(name, isLocal ? { inFolder: true, isCurrent, committedAt } : { atOrigin: true, committedAt })
      for (const { name, committedAt } of kept?.branches ?? []) add(name, { atOrigin: true, committedAt })
      if (defaultBranch !== null && isRemote) add(defaultBranch, { atOrigin: true })

      const wanted = search.trim().toLowerCase()
      const fitting = [...found.values()].filter(({ name }) => name.toLowerCase().includes(wanted))
      const branches = fitting.toSorted(byUse).slice(0, LISTED)
      const tasks = projection.byBranch(repositoryId)
      const names = branches.map(({ name }) => name)
      const pulls = isRemote
        ? options.pullRequests(repositoryId, repositories.remote(repositoryId).githubId, names)
        : new Map<string, PullRequestSummary>()
      return {
        branches: branches.map((branch) => {
          const pull = pulls.get(branch.name)
          return {
            ...branch,
            task: tasks.get(branch.name) ?? null,
            pullRequest:
              pull === undefined ? null : { number: pull.number, title: pull.title, state: pull.state },
          }
        }),
        total: fitting.length,
        defaultBranch,
        fetchedAt: kept?.fetchedAt ?? null,
        error: asked?.error ?? null,
      }
    },
  }
}

/** The branch of the folder, then the default one, then those with the latest commits. */
function byUse(a: StartBranch, b: StartBranch): number {
  return (
    Number(b.isCurrent) - Number(a.isCurrent) ||
    Number(b.isDefault) - Number(a.isDefault) ||
    (b.committedAt ?? 0) - (a.committedAt ?? 0) ||
    (a.name < b.name ? -1 : 1)
  )
}

/** A branch that is to be worked on has a task already. */
export function taskInTheWay(branch: string, task: { id: string; title: string; archivedAt: number | null }) {
  const isArchived = task.archivedAt !== null
  return new FoundryError(
    'conflict',
    `${task.title} works on ${branch} already${isArchived ? ', and is archived' : ''}.`,
    {
      next: isArchived ? 'Un-archive that task and go on in it.' : 'Open that task and go on in it.',
      taskId: task.id as `task_${string}`,
    },
  )
}
