import { and, desc, eq, isNotNull, isNull } from 'drizzle-orm'
import type { OrganizationId, RepositoryId, TaskId } from '@shared/ids'
import type { Overlap, OverlapCount, TaskOverlaps } from '@shared/overlaps'
import type { Database } from '../database'
import type { ChangedFiles, PullRequestFiles } from '../github/overlaps/changed-files'
import { tasks } from './tables'

const SHOWN_PATHS = 20
/** For the board: tasks that somebody works on here, in so many repositories, those changed last. */
const MOST_TASKS = 100
const MOST_REPOSITORIES = 10

export interface TaskOverlapsOptions {
  database: Database
  task(taskId: TaskId): { repositoryId: string; pullRequestNumber: number | null }
  isOnGitHub(repositoryId: RepositoryId): boolean
  taskOfPullRequest(repositoryId: RepositoryId, number: number): TaskId | null
  files: Pick<PullRequestFiles, 'read'>
  /** What its checkout changes against its base, as far as that is known; null where it is not. */
  changedPaths(taskId: TaskId): ReadonlySet<string> | null
}

/** Which other open pull requests change files that a task changes. */
export interface TaskOverlapsReader {
  /** Null where that cannot be said: no repository of GitHub, or nothing is known of what the task changes. */
  ofTask(taskId: TaskId): Promise<TaskOverlaps | null>
  ofOrganization(organizationId: OrganizationId): Promise<OverlapCount[]>
}

const byBytes = (a: string, b: string): number => (a < b ? -1 : 1)

export function createTaskOverlaps(options: TaskOverlapsOptions): TaskOverlapsReader {
  const { database, files } = options

  function pathsOf(taskId: TaskId, number: number | null, known: ChangedFiles): ReadonlySet<string> | null {
    const own = options.changedPaths(taskId)
    if (own !== null) return own
    return known.pulls.find((pull) => pull.number === number)?.files?.paths ?? null
  }

  function overlapsOf(
    repositoryId: RepositoryId,
    number: number | null,
    paths: ReadonlySet<string>,
    known: ChangedFiles,
  ): Overlap[] {
    return known.pulls
      .flatMap(({ files: other, nodeId: _nodeId, headCommit: _headCommit, ...pull }) => {
        if (pull.number === number || other === null) return []
        const shared = [...other.paths].filter((path) => paths.has(path)).sort(byBytes)
        if (shared.length === 0) return []
        const taskId = options.taskOfPullRequest(repositoryId, pull.number)
        return [{ ...pull, taskId, count: shared.length, paths: shared.slice(0, SHOWN_PATHS) }]
      })
      .toSorted((a, b) => b.count - a.count || b.number - a.number)
  }

  return {
    async ofTask(taskId) {
      const { repositoryId: id, pullRequestNumber } = options.task(taskId)
      const repositoryId = id as RepositoryId
      if (!options.isOnGitHub(repositoryId)) return null
      const known = await files.read(repositoryId)
      const paths = pathsOf(taskId, pullRequestNumber, known)
      if (paths === null && known.error === null) return null
      const looked = known.pulls.filter((pull) => pull.files !== null)
      return {
        overlaps: paths === null ? [] : overlapsOf(repositoryId, pullRequestNumber, paths, known),
        looked: looked.length,
        open: known.open,
        cut: looked.filter((pull) => pull.files !== null && pull.files.total > pull.files.paths.size).length,
        readAt: known.readAt,
        error: known.error,
      }
    },
    async ofOrganization(organizationId) {
      const rows = database.commands
        .select({ id: tasks.id, repositoryId: tasks.repositoryId, number: tasks.pullRequestNumber })
        .from(tasks)
        .where(
          and(
            eq(tasks.organizationId, organizationId),
            isNotNull(tasks.materializedAt),
            isNull(tasks.archivedAt),
            isNull(tasks.deletedAt),
          ),
        )
        .orderBy(desc(tasks.updatedAt))
        .limit(MOST_TASKS)
        .all()
      const byRepository = Map.groupBy(rows, ({ repositoryId }) => repositoryId as RepositoryId)
      const counts: OverlapCount[] = []
      for (const [repositoryId, own] of [...byRepository].slice(0, MOST_REPOSITORIES)) {
        if (!options.isOnGitHub(repositoryId)) continue
        const known = await files.read(repositoryId)
        for (const { id, number } of own) {
          const taskId = id as TaskId
          const paths = pathsOf(taskId, number, known)
          if (paths === null) continue
          const count = overlapsOf(repositoryId, number, paths, known).length
          if (count > 0) counts.push({ taskId, count })
        }
      }
      return counts
    },
  }
}
