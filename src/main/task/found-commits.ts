import { FoundryError } from '@shared/errors'
import type { TaskId } from '@shared/ids'
import type { AuditKind, AuditLog } from '../audit-log/audit-log'
import type { Database } from '../database'
import { headCommit } from '../sandbox/git/changes'
import { expectGit } from '../sandbox/git/errors'
import type { CheckoutGit } from '../sandbox/git/types'

/** More commits at once were not made one by one: the newest are recorded. */
const MOST = 50
const SUBJECT = 300
const KINDS: readonly AuditKind[] = ['task.committed', 'task.commits.found']
const WHAT = 'The commits of the branch could not be listed'

export interface FoundCommit {
  commit: string
  subject: string
  author: string
}

export interface FoundCommitsOptions {
  database: Database
  audit: AuditLog
  /** Beside the sandbox where it does not run: nothing is started for a look. */
  look<Value>(
    taskId: TaskId,
    run: (git: CheckoutGit, row: { baseCommit: string | null }) => Promise<Value>,
  ): Promise<Value>
  /** Of the audit entry. */
  ids(taskId: TaskId): Pick<Parameters<AuditLog['append']>[0], 'organizationId' | 'repositoryId' | 'taskId'>
  branchOf(taskId: TaskId): string
  reportError(error: unknown, what: string): void
}

/**
 * Records commits that agents and terminals made by themselves, so that they are known when the checkout is gone. Looked for
 * after each turn.
 */
export function createFoundCommits(options: FoundCommitsOptions): (taskId: TaskId) => Promise<void> {
  const heads = new Map<TaskId, string>()

  function recorded(taskId: TaskId): Set<string> {
    const known = new Set<string>()
    let cursor: number | null = null
    do {
      const page = options.audit.page({ taskId, kinds: KINDS, cursor })
      for (const { payload } of page.rows)
        if (typeof payload['commit'] === 'string') known.add(payload['commit'])
      cursor = page.cursor
    } while (cursor !== null)
    return known
  }

  return async function find(taskId) {
    try {
      await options.look(taskId, async (git, { baseCommit }) => {
        const head = await headCommit(git)
        if (head === null || head === baseCommit || heads.get(taskId) === head) return
        const commits = await listOwnCommits(git, baseCommit, options.branchOf(taskId))
        const known = recorded(taskId)
        const fresh = commits.filter(({ commit }) => !known.has(commit))
        if (fresh.length > 0)
          options.database.transaction(() => {
            for (const payload of fresh.toReversed())
              options.audit.append({
                kind: 'task.commits.found',
                actor: 'system',
                ...options.ids(taskId),
                payload: { ...payload },
              })
          })
        heads.set(taskId, head)
      })
    } catch (error) {
      // Without a checkout there is nothing to look for.
      if (!(error instanceof FoundryError)) options.reportError(error, 'looking for commits')
    }
  }
}

/** What stands on the branch and came neither from its base nor from another branch of a remote, newest first. */
async function listOwnCommits(
  git: CheckoutGit,
  baseCommit: string | null,
  branch: string,
): Promise<FoundCommit[]> {
  const result = await git.run([
    'log',
    '-z',
    `--max-count=${MOST}`,
    '--no-show-signature',
    '--format=%H%x1f%an%x1f%s',
    'HEAD',
    '--not',
    ...(baseCommit === null ? [] : [baseCommit]),
    // What the branch itself was pushed as is its own.
    `--exclude=*/${branch}`,
    '--remotes',
    '--',
  ])
  return expectGit(result, WHAT)
    .stdout.split('\0')
    .flatMap((entry) => {
      const [commit = '', author = '', subject = ''] = entry.split('\x1f')
      return commit === '' ? [] : [{ commit, author, subject: subject.slice(0, SUBJECT) }]
    })
}
