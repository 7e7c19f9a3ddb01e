/** Organizations and repositories on a real database, with what they tell upwards written down. */
import { onTestFinished } from 'vitest'
import { createAuditLog } from '../../../src/main/audit-log/audit-log'
import { createOrganizationData } from '../../../src/main/github/organization-data'
import type { RemoteRepository } from '../../../src/main/github/types'
import { createOrganizations } from '../../../src/main/organization/organizations'
import { createRepositories } from '../../../src/main/repository/repositories'
import { createTaskPullRequests } from '../../../src/main/github/pull-requests/task-pull-requests'
import { createTaskProjection } from '../../../src/main/repository/task-projection'
import type { LocalGit } from '../../../src/main/sandbox/git/local-git'
import type { AccountId, OrganizationId, RepositoryId, TaskId } from '../../../src/shared/ids'
import { openTestDatabase } from '../../support/database'

export async function openWorld(git: LocalGit, isSignedIn: (id: AccountId) => boolean = () => true) {
  const opened = await openTestDatabase()
  onTestFinished(() => opened.close())
  const { database } = opened
  const { $client } = database.commands
  const told: string[] = []
  const audit = createAuditLog(database, () => 1)
  let time = 1000
  const now = (): number => (time += 1)
  const none = new Set<string>()
  const projection = createTaskProjection(
    database,
    now,
    () => ({
      provisioning: none,
      failed: none,
      running: none,
      needsInput: none,
      unread: none,
    }),
    createTaskPullRequests(database),
  )
  const data = createOrganizationData(database)
  const organizations = createOrganizations(database, now, {
    changed: (id) => told.push(`organization ${id}`),
    activated: () => told.push('activated'),
    isSignedIn,
  })
  const repositories = createRepositories({
    database,
    git,
    projection,
    audit,
    actor: 'user_local',
    now,
    parent: {
      local: () => organizations.local(),
      hostOf(id) {
        const row = organizations.find(id)
        return row === null || row.leftAt !== null ? null : row.host
      },
    },
    data,
    changed: (organizationId, id) => told.push(`${organizationId} ${id}`),
    tasksMoved: (from, to, ids) => told.push(`${from} -> ${to}: ${ids.join()}`),
  })

  let count = 0
  return {
    database,
    organizations,
    repositories,
    projection,
    data,
    audit,
    now,
    told,
    kinds: () => audit.page({ cursor: null }).rows.map(({ kind }) => kind),
    addOrganization(login: string, host = 'github.com'): OrganizationId {
      count += 1
      const id: OrganizationId = `org_0000000${count}`
      $client
        .prepare(
          `INSERT INTO organizations (id, kind, name, login, host, github_id, account_id, created_at)
           VALUES (?, 'organization', ?, ?, ?, ?, 'account_00000001', ?)`,
        )
        .run(id, login, login, host, String(9000 + count), count)
      return id
    },
    addTask(repositoryId: RepositoryId, branch: string, materializedAt: number | null = 1): TaskId {
      count += 1
      const id: TaskId = `task_${String(count).padStart(8, '0')}`
      projection.insert({
        id,
        organizationId: repositories.get(repositoryId).organizationId,
        repositoryId,
        headRepository: repositoryId,
        branch,
        baseBranch: null,
        baseCommit: null,
        title: branch,
        prompt: '',
        includeUncommitted: false,
        materializedAt,
        archivedAt: null,
      })
      return id
    },
    addPullRequest(
      organizationId: OrganizationId,
      repositoryId: RepositoryId,
      number: number,
      state = 'open',
    ) {
      $client
        .prepare(
          `INSERT INTO pull_requests (repository_id, number, organization_id, node_id, title, body, state, is_draft, url,
             head_ref, base_ref, requested_reviewers, labels, comments, checks, mergeable, checked_at, created_at,
             updated_at, generation)
           VALUES (?, ?, ?, ?, '', '', ?, 0, '', 'a', 'main', '[]', '[]', 0, 'none', 'unknown', 0, 0, ?, 1)`,
        )
        .run(repositoryId, number, organizationId, `PR_${repositoryId}_${number}`, state, number)
    },
    idOf(organizationId: OrganizationId, githubId: string): RepositoryId {
      return $client
        .prepare('SELECT id FROM repositories WHERE organization_id = ? AND github_id = ?')
        .pluck()
        .get(organizationId, githubId) as RepositoryId
    },
  }
}

export function remote(fullName: string, more: Partial<RemoteRepository> = {}): RemoteRepository {
  return {
    githubId: `id-${fullName}`,
    nodeId: `R_${fullName}`,
    fullName,
    url: `https://github.com/${fullName}`,
    cloneUrl: `https://github.com/${fullName}.git`,
    defaultBranch: 'main',
    isPrivate: true,
    isArchived: false,
    isFork: false,
    pushedAt: 10,
    ...more,
  }
}
