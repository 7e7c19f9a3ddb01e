import type { OrganizationId, RepositoryId, TaskId } from '@shared/ids'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  createTaskProjection,
  type LiveState,
  type TaskProjection,
} from '../../../src/main/repository/task-projection'
import { createTaskPullRequests } from '../../../src/main/github/pull-requests/task-pull-requests'
import { openTestDatabase, type TestDatabase } from '../../support/database'

const ORGANIZATION: OrganizationId = 'org_00000000'
const OTHER: OrganizationId = 'org_11111111'
const REPOSITORY: RepositoryId = 'repo_00000000'
const quiet: LiveState = {
  provisioning: new Set(),
  failed: new Set(),
  running: new Set(),
  needsInput: new Set(),
  unread: new Set(),
}

let opened: TestDatabase
let projection: TaskProjection
let time = 1000
beforeEach(async () => {
  opened = await openTestDatabase()
  time = 1000
  opened.database.commands.$client
    .prepare(
      'INSERT INTO repositories (id, organization_id, name, created_at, last_used_at) VALUES (?, ?, ?, 1, 1)',
    )
    .run(REPOSITORY, ORGANIZATION, 'parser')
  projection = createTaskProjection(
    opened.database,
    () => time,
    () => quiet,
    createTaskPullRequests(opened.database),
  )
})
afterEach(() => opened.close())

const idOf = (n: number): TaskId => `task_${String(n).padStart(8, '0')}`
function insert(n: number, organizationId = ORGANIZATION): void {
  projection.insert({
    id: idOf(n),
    organizationId,
    repositoryId: REPOSITORY,
    headRepository: REPOSITORY,
    branch: `foundry/${organizationId}/${n}`,
    baseBranch: null,
    baseCommit: null,
    title: `Task ${n}`,
    prompt: 'x'.repeat(1000),
    includeUncommitted: false,
    materializedAt: 1,
    archivedAt: null,
  })
}

/** Reads all pages; `between` is called before each page after the first. */
function readAll(between: (page: number) => void = () => undefined): string[] {
  const ids: string[] = []
  let { entities, cursor } = projection.page(ORGANIZATION, null)
  for (let page = 1; ; page++) {
    expect(entities.length).toBeLessThanOrEqual(100)
    ids.push(...entities.map(({ id }) => id))
    if (cursor === null) return ids
    between(page)
    ;({ entities, cursor } = projection.page(ORGANIZATION, cursor))
  }
}

describe('pages of the task list', () => {
  it.each([0, 1, 99, 100, 101, 250])('hold each of %d tasks once, the most recent first', (count) => {
    for (let n = 0; n < count; n++) {
      // Many share a moment: their ids decide.
      time = 1000 + Math.floor(n / 30)
      insert(n)
      insert(n + 500_000, OTHER)
    }
    const expected = Array.from({ length: count }, (_, n) => idOf(n)).toSorted((a, b) => {
      const [left, right] = [a, b].map((id) => Math.floor(Number(id.slice(5)) / 30))
      return (right ?? 0) - (left ?? 0) || (a < b ? 1 : -1)
    })
    expect(readAll()).toEqual(expected)
  })

  it('miss no task that stays, whatever happens between them', () => {
    for (let n = 0; n < 350; n++) insert(n)
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.nat({ max: 349 })), { maxLength: 20 }),
        (bumps) => {
          const bumped = new Set<string>()
          const seen = readAll((page) => {
            for (const [when, n] of bumps) {
              if (when !== page) continue
              time += 1
              projection.bump(idOf(n))
              bumped.add(idOf(n))
            }
          })
          // What moved to the top is told by an update of the topic; all others are on exactly one page.
          const still = Array.from({ length: 350 }, (_, n) => idOf(n)).filter((id) => !bumped.has(id))
          expect(seen.filter((id) => !bumped.has(id)).toSorted()).toEqual(still.toSorted())
          expect(new Set(seen).size).toBe(seen.length)
        },
      ),
      { numRuns: 20 },
    )
  })

  it.each([
    '',
    ':',
    '1',
    '1:',
    ':task_00000000',
    'x:task_00000000',
    '-1:task_00000000',
    '1e3:task_00000000',
    ' 1:task_00000000',
    '99999999999999999999:task_00000000',
    '1:task 0',
    `1:${'x'.repeat(1000)}`,
    '1:task_00000000\n',
  ])('refuse the cursor %j', (cursor) => {
    expect(() => projection.page(ORGANIZATION, cursor)).toThrow(
      expect.objectContaining({ kind: 'invalid_input' }),
    )
  })

  it('take a cursor of quotes as what it is: no place in the list', () => {
    for (let n = 0; n < 3; n++) insert(n)
    expect(projection.page(ORGANIZATION, "1000:'OR'1'='1")).toEqual({ entities: [], cursor: null })
  })

  it('are found in the index, without sorting and without walking to them', () => {
    const { $client } = opened.database.commands
    const seen: string[] = []
    const prepare = $client.prepare.bind($client)
    // The statements the projection really uses, as it prepares them.
    $client.prepare = ((sql: string) => {
      seen.push(sql)
      return prepare(sql)
    }) as typeof $client.prepare
    createTaskProjection(
      opened.database,
      () => time,
      () => quiet,
      createTaskPullRequests(opened.database),
    )
    $client.prepare = prepare
    const pages = seen.filter((sql) => sql.includes('ORDER BY updated_at DESC'))
    expect(pages).toHaveLength(2)
    const plans = pages.map((sql) =>
      prepare(`EXPLAIN QUERY PLAN ${sql}`)
        .all(...(sql.includes('(?, ?)') ? [ORGANIZATION, 1, ''] : [ORGANIZATION]))
        .map((step) => (step as { detail: string }).detail),
    )
    expect(plans).toEqual([
      ['SEARCH tasks USING INDEX tasks_recent (organization_id=?)'],
      ['SEARCH tasks USING INDEX tasks_recent (organization_id=? AND (updated_at,id)<(?,?))'],
    ])
    // A long prompt in each row is not read for the list.
    expect(pages.filter((sql) => sql.includes('prompt'))).toEqual([])
  })
})

describe('summaries', () => {
  it('say of what is archived that it stays so where nothing is known to make a checkout from', () => {
    const { $client } = opened.database.commands
    const isReadOnly = () => projection.summaries(ORGANIZATION, [idOf(1)]).map(({ readOnly }) => readOnly)
    insert(1)
    expect(isReadOnly()).toEqual([false])
    projection.update(idOf(1), { archivedAt: 5, archiveReason: 'person' })
    expect(isReadOnly()).toEqual([true])
    expect(projection.page(ORGANIZATION, null).entities).toMatchObject([{ readOnly: true }])
    for (const source of ['local_path', 'origin_url', 'github_id']) {
      $client.exec(
        `UPDATE repositories SET local_path = NULL, origin_url = NULL, github_id = NULL, ${source} = 'x'`,
      )
      expect(isReadOnly()).toEqual([false])
    }
  })

  it('leave out what is gone', () => {
    insert(1)
    expect(projection.summaries(ORGANIZATION, [idOf(1), idOf(2)]).map(({ id }) => id)).toEqual([idOf(1)])
    expect(projection.summaries(ORGANIZATION, [])).toEqual([])
    expect(projection.summaries(OTHER, [idOf(1)])).toEqual([])
    expect(projection.find(idOf(2))).toBeNull()
    expect(() => projection.get(idOf(2))).toThrow(expect.objectContaining({ kind: 'not_found' }))
    expect(() => projection.update(idOf(2), { title: 'x' })).toThrow(
      expect.objectContaining({ kind: 'not_found' }),
    )
  })

  it('are refused a second task of the same branch', () => {
    insert(1)
    expect(() => insert(1)).toThrow('UNIQUE')
  })
})
