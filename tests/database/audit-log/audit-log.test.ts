import type { AuditKind } from '@shared/audit'
import type { OrganizationId, RepositoryId, TaskId } from '@shared/ids'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type AuditFilter, type AuditLog, createAuditLog } from '../../../src/main/audit-log/audit-log'
import { auditHandlers } from '../../../src/main/boot/audit-handlers'
import { openTestDatabase, type TestDatabase } from '../../support/database'

const ORGANIZATION: OrganizationId = 'org_00000000'
const OTHER: OrganizationId = 'org_11111111'
const REPOSITORY: RepositoryId = 'repo_00000000'
const TASK: TaskId = 'task_00000000'

let opened: TestDatabase
let audit: AuditLog
beforeEach(async () => {
  opened = await openTestDatabase()
  audit = createAuditLog(opened.database, () => 7)
})
afterEach(() => opened.close())

function append(
  count: number,
  kind: AuditKind = 'task.push',
  more: Partial<Parameters<AuditLog['append']>[0]> = {},
) {
  opened.database.transaction(() => {
    for (let n = 0; n < count; n++)
      audit.append({
        kind,
        actor: 'system',
        organizationId: ORGANIZATION,
        taskId: TASK,
        payload: { n },
        ...more,
      })
  })
}

function readAll(filter: Omit<AuditFilter, 'cursor'>): { ids: number[]; pages: number } {
  const ids: number[] = []
  let cursor: number | null = null
  let pages = 0
  do {
    const page = audit.page({ ...filter, cursor })
    expect(page.rows.length).toBeLessThanOrEqual(100)
    ids.push(...page.rows.map(({ id }) => id))
    cursor = page.cursor
    pages += 1
  } while (cursor !== null)
  return { ids, pages }
}

it.each([0, 1, 99, 100, 101, 999, 1000, 1001, 2500])(
  'pages hold each of %d events once, newest first',
  (count) => {
    append(count)
    append(3, 'task.push', { organizationId: OTHER, taskId: 'task_11111111' })
    const newestFirst = Array.from({ length: count }, (_, n) => count - n)
    expect(readAll({ organizationId: ORGANIZATION }).ids).toEqual(newestFirst)
    expect(readAll({ taskId: TASK }).ids).toEqual(newestFirst)
  },
)

it('finds the few that match among many, and looks at so many at a time', () => {
  append(1, 'task.error', { repositoryId: REPOSITORY })
  append(2500)
  append(1, 'task.archived', { actor: 'github' })
  expect(readAll({ organizationId: ORGANIZATION, kinds: ['task.error'] })).toEqual({ ids: [1], pages: 3 })
  expect(audit.page({ organizationId: ORGANIZATION, kinds: ['task.error'], cursor: null }).rows).toEqual([])
  expect(readAll({ organizationId: ORGANIZATION, actor: 'github' }).ids).toEqual([2502])
  expect(readAll({ organizationId: ORGANIZATION, repositoryId: REPOSITORY }).ids).toEqual([1])
  expect(readAll({ organizationId: OTHER }).ids).toEqual([])
})

it('a page is answered by an index, however many events there are', () => {
  append(10)
  const plan = opened.database.commands.$client
    .prepare(
      'EXPLAIN QUERY PLAN SELECT id FROM audit_events WHERE organization_id = ? ORDER BY id DESC LIMIT 1 OFFSET 999',
    )
    .all(ORGANIZATION)
  expect(JSON.stringify(plan)).toContain('USING COVERING INDEX audit_events_organization')
})

it('what is read says who did it as the reader knows them', async () => {
  append(1, 'task.archived', { actor: 'github' })
  append(1, 'task.initialized')
  append(1, 'task.title.changed', { actor: 'user_local' })
  const handlers = auditHandlers(audit, 'user_local')
  const asked = { organizationId: ORGANIZATION, cursor: null }
  const { events } = await handlers.ofOrganization(asked)
  expect(events.map(({ actor, at }) => [actor, at])).toEqual([
    ['reader', 7],
    ['system', 7],
    ['github', 7],
  ])
  const own = await handlers.ofOrganization({ ...asked, actor: 'reader' })
  expect(own.events.map(({ kind }) => kind)).toEqual(['task.title.changed'])
})
