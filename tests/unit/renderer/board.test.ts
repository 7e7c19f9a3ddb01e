import type { Repository, TaskStatus, TaskSummary } from '@shared/domain'
import type { TaskPullRequest } from '@shared/tasks'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { boardColumns, type BoardOptions } from '../../../src/renderer/features/board/board-rows'
import { type Turn, turns, waitingFor } from '../../../src/renderer/features/board/turns'
import { byId } from '../../support/by-id'
import { groupTasks, noGroups } from '../../../src/renderer/features/sidebar/task-groups'

const open: TaskPullRequest = {
  number: 7,
  state: 'open',
  isDraft: false,
  url: 'https://github.com/acme/engine/pull/7',
  author: 'ada',
  baseRef: 'main',
  headRepository: 'acme/engine',
  checks: 'success',
  reviewDecision: null,
  mergeable: 'mergeable',
  reviewers: [],
  additions: 1,
  deletions: 1,
  updatedAt: 50,
}
const task = (more: Partial<TaskSummary> = {}): TaskSummary => ({
  id: 'task_00000001',
  repositoryId: 'repo_00000001',
  title: 'Fix the parser',
  branch: 'fix-parser',
  status: 'idle',
  archiveReason: null,
  readOnly: false,
  pullRequest: null,
  owner: null,
  unread: false,
  createdAt: 1,
  updatedAt: 90,
  ...more,
})
const published = (more: Partial<TaskPullRequest>, owner: string | null = null): TaskSummary =>
  task({ status: 'virtual', owner, pullRequest: { ...open, ...more } })

describe('whose turn it is', () => {
  it.each<[TaskStatus, Turn, string]>([
    ['running', 'agent', 'Working'],
    ['provisioning', 'agent', 'Being prepared'],
    ['needs_input', 'me', 'Needs your input'],
    ['error', 'me', 'Failed'],
    ['idle', 'me', 'Not published'],
  ])('what goes on here comes first: %s', (status, turn, reason) => {
    expect(waitingFor(task({ status }), 'ada')).toEqual({ turn, reason, since: 90 })
  })

  it.each<[string, Partial<TaskPullRequest>, Turn, Turn]>([
    ['Draft', { isDraft: true, checks: 'pending' }, 'me', 'author'],
    ['Conflicts', { mergeable: 'conflicting', checks: 'failure' }, 'me', 'author'],
    ['Checks failing', { checks: 'failure', reviewDecision: 'approved' }, 'me', 'author'],
    ['Changes requested', { reviewDecision: 'changes_requested' }, 'me', 'author'],
    ['Checks running', { checks: 'pending', reviewDecision: 'review_required' }, 'checks', 'checks'],
    ['Waits for review', { reviewDecision: 'review_required' }, 'reviewer', 'reviewer'],
    ['Waits for review', { reviewers: ['linus'] }, 'reviewer', 'reviewer'],
    ['Approved', { reviewDecision: 'approved', reviewers: ['linus'] }, 'merge', 'merge'],
    ['Ready', {}, 'merge', 'merge'],
  ])('%s', (reason, facts, mine, theirs) => {
    expect(waitingFor(published(facts, 'Ada'), 'ada')).toEqual({ turn: mine, reason, since: 50 })
    expect(waitingFor(published(facts), 'ada')).toMatchObject({ turn: mine, reason })
    expect(waitingFor(published(facts, 'grace'), 'ada')).toMatchObject({ turn: theirs, reason })
  })

  it('a review that is asked of the reader is their turn, unless it is a draft', () => {
    const asked: Partial<TaskPullRequest> = { reviewers: ['Ada'], checks: 'failure' }
    expect(waitingFor(published(asked, 'grace'), 'ada')).toMatchObject({ turn: 'me' })
    expect(waitingFor(published({ ...asked, isDraft: true }, 'grace'), 'ada')).toMatchObject({
      turn: 'author',
    })
    expect(waitingFor(published(asked, 'grace'), null)).toMatchObject({ turn: 'author' })
  })

  it('what is archived waits for nothing', () =>
    expect(waitingFor(task({ status: 'archived' }), 'ada')).toBeNull())
})

const repository = (n: number): Repository => ({
  id: `repo_0000000${n}`,
  organizationId: 'org_00000001',
  name: `Repository ${n}`,
  localPath: null,
  originUrl: null,
  defaultBranch: null,
  lastUsedAt: 0,
  github: null,
})
const options: BoardOptions = { filter: '', order: 'longest', folded: new Set(), login: 'ada' }
const some = fc.array(
  fc.record({
    repo: fc.integer({ min: 1, max: 3 }),
    status: fc.constantFrom<TaskStatus>('running', 'idle', 'virtual', 'archived', 'needs_input'),
    updatedAt: fc.integer({ min: 1, max: 9 }),
    pullRequest: fc.option(
      fc.record({
        isDraft: fc.boolean(),
        checks: fc.constantFrom('none' as const, 'failure' as const, 'pending' as const),
        updatedAt: fc.integer({ min: 1, max: 9 }),
      }),
    ),
  }),
  { maxLength: 30 },
)

describe('the board', () => {
  it('holds each task that is not archived once, in the order asked for', () => {
    fc.assert(
      fc.property(
        some,
        fc.constantFrom('longest' as const, 'newest' as const, 'repository' as const),
        (facts, order) => {
          const tasks = facts.map(({ repo, status, updatedAt, pullRequest }, n) =>
            task({
              id: `task_${String(n).padStart(8, '0')}`,
              repositoryId: `repo_0000000${repo}`,
              status,
              updatedAt,
              pullRequest: pullRequest === null ? null : { ...open, ...pullRequest },
            }),
          )
          const repositories = byId(...[1, 2, 3].map((n) => repository(n)))
          const groups = groupTasks(noGroups, repositories, byId(...tasks))
          const columns = boardColumns(groups, { ...options, order })
          expect(columns.map(({ turn }) => turn)).toEqual([...turns])
          const shown = columns.flatMap(({ rows }) =>
            rows.flatMap((row) => (row.type === 'task' ? [row.key] : [])),
          )
          const alive = tasks.filter(({ status }) => status !== 'archived').map(({ id }) => id)
          expect(shown.toSorted()).toEqual(alive.toSorted())
          for (const { rows, count } of columns) {
            const ages = rows.flatMap((row) => (row.type === 'task' ? [row.waiting.since] : []))
            expect(ages).toHaveLength(count)
            const direction = { longest: 1, newest: -1, repository: 0 }[order]
            const sorted = ages.toSorted((a, b) => direction * (a - b))
            expect(ages).toEqual(sorted)
            const headings = rows.flatMap((row) => (row.type === 'repository' ? [row.count] : []))
            expect(headings.reduce((sum, one) => sum + one, 0)).toBe(order === 'repository' ? count : 0)
          }
        },
      ),
    )
  })

  it('narrows down by words, and folds repositories', () => {
    const tasks = byId(
      task(),
      task({ id: 'task_00000002', title: 'Other', branch: 'other', status: 'running' }),
    )
    const groups = groupTasks(noGroups, byId(repository(1)), tasks)
    const counts = (more: Partial<BoardOptions>) =>
      boardColumns(groups, { ...options, ...more }).map(({ count }) => count)
    expect(counts({})).toEqual([1, 1, 0, 0, 0, 0])
    expect(counts({ filter: 'parser' })).toEqual([0, 1, 0, 0, 0, 0])
    expect(counts({ filter: 'is:running' })).toEqual([1, 0, 0, 0, 0, 0])
    const folded = new Set(['me repo_00000001'])
    const [, me] = boardColumns(groups, { ...options, order: 'repository', folded })
    expect(me?.rows).toEqual([
      { type: 'repository', key: 'me repo_00000001', name: 'Repository 1', count: 1, folded: true },
    ])
  })
})
