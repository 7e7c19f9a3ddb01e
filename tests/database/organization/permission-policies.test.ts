import { expect, it } from 'vitest'
import type { RepositoryId } from '@shared/ids'
import { noPolicy } from '@shared/permission-policy'
import { permissionPolicySchema } from '@shared/permission-policy-schema'
import { createAuditLog } from '../../../src/main/audit-log/audit-log'
import { createPermissionPolicies } from '../../../src/main/repository/permission-policies'
import { openTestDatabase } from '../../support/database'

const id: RepositoryId = 'repo_00000000-0000-4000-8000-000000000001'
const other: RepositoryId = 'repo_00000000-0000-4000-8000-000000000002'

it('keeps the policy of each repository, tells of changes and records them', async () => {
  const data = await openTestDatabase()
  const told: RepositoryId[] = []
  const open = () =>
    createPermissionPolicies({
      database: data.database,
      audit: createAuditLog(data.database, Date.now),
      actor: 'user_00000000-0000-4000-8000-000000000001',
      changed: (repositoryId) => told.push(repositoryId),
    })
  for (const [nth, repository] of [id, other].entries())
    data.database.commands.$client
      .prepare(
        `INSERT INTO repositories (id, organization_id, name, local_path, created_at, last_used_at)
         VALUES (?, 'org_00000000-0000-4000-8000-000000000001', 'sample', ?, 1, 1)`,
      )
      .run(repository, `/folder${nth}`)
  const before = open()
  expect(before.get(id)).toEqual(noPolicy)
  expect(() => before.get('repo_00000000-0000-4000-8000-000000000009')).toThrow('does not exist')
  const policy = permissionPolicySchema.parse({
    rules: [
      { kind: 'read', mode: null, decision: 'allow' },
      { kind: 'edit', mode: { agentId: 'claude', modeId: 'plan' }, decision: 'reject' },
    ],
    commands: ['npm  test'],
  })
  expect(before.set(id, policy)).toEqual({ ...policy, commands: ['npm test'] })
  before.add(id, { kind: 'execute', command: 'make' })
  before.add(id, { kind: 'execute', command: 'make' })
  before.add(id, { kind: 'search', command: null })

  data.reopen()
  const after = open()
  expect(after.get(id)).toEqual({
    rules: [...policy.rules, { kind: 'search', mode: null, decision: 'allow' }],
    commands: ['npm test', 'make'],
  })
  expect(after.get(other)).toEqual(noPolicy)
  expect(told).toEqual([id, id, id, id])
  const recorded = data.database.commands.$client
    .prepare('SELECT kind, repository_id AS repository FROM audit_events')
    .all()
  expect(recorded).toEqual(
    Array.from({ length: 4 }, () => ({ kind: 'repository.policy.changed', repository: id })),
  )

  // What another version wrote, or anything else, allows nothing.
  data.database.commands.$client
    .prepare('UPDATE repositories SET permission_policy = ? WHERE id = ?')
    .run('{"rules":[{"kind":"edit","mode":null,"decision":"whatever"}]}', id)
  expect(open().get(id)).toEqual(noPolicy)
  await data.close()
})
