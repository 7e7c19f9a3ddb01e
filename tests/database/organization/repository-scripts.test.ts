import { expect, it } from 'vitest'
import type { RepositoryId } from '@shared/ids'
import { createAuditLog } from '../../../src/main/audit-log/audit-log'
import { createRepositoryScripts } from '../../../src/main/repository/repository-scripts'
import { openTestDatabase } from '../../support/database'

const id: RepositoryId = 'repo_00000000-0000-4000-8000-000000000001'

it('keeps what a person set and allowed for a repository, and records it', async () => {
  const data = await openTestDatabase()
  const open = () => {
    const { database } = data
    const actor = 'user_00000000-0000-4000-8000-000000000001'
    return createRepositoryScripts({ database, audit: createAuditLog(database, Date.now), actor })
  }
  data.database.commands.$client
    .prepare(
      `INSERT INTO repositories (id, organization_id, name, local_path, created_at, last_used_at)
       VALUES (?, 'org_00000000-0000-4000-8000-000000000001', 'sample', '/folder', 1, 1)`,
    )
    .run(id)
  const before = open()
  expect(before.read(id)).toEqual({ override: null, allowed: false })
  expect(() => before.override(id, '{"setup": 1}')).toThrow('These scripts cannot be used.')
  expect(before.override(id, '{"setup": "make"}')).toEqual({ override: { setup: 'make' }, allowed: false })
  for (let n = 1; n <= 25; n++) data.database.transaction(() => before.allow(id, `hash${n}`))

  data.reopen()
  const after = open()
  const { trusted, ...rest } = after.get(id)
  expect(rest).toEqual({ override: { setup: 'make' }, folder: '/folder' })
  // Those of other branches stay allowed, the oldest are forgotten.
  expect(trusted).toEqual(Array.from({ length: 20 }, (_, n) => `hash${25 - n}`))
  expect(after.forbid(id)).toEqual({ override: { setup: 'make' }, allowed: false })
  expect(after.override(id, null)).toEqual({ override: null, allowed: false })
  const kinds = data.database.commands.$client
    .prepare('SELECT kind, count(*) AS count FROM audit_events GROUP BY kind ORDER BY kind')
    .all()
  expect(kinds).toEqual([
    { kind: 'repository.scripts.allowed', count: 25 },
    { kind: 'repository.scripts.changed', count: 2 },
    { kind: 'repository.scripts.forbidden', count: 1 },
  ])
  await data.close()
})
