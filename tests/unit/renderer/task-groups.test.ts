import type { Repository, TaskStatus, TaskSummary } from '@shared/domain'
import { hasLetters } from '@shared/fuzzy'
import type { TaskPullRequest } from '@shared/tasks'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { byId } from '../../support/by-id'
import { BucketMap } from '../../../src/renderer/client/bucket-map'
import {
  groupTasks,
  noGroups,
  recentTasks,
  sidebarRows,
  type RowOptions,
} from '../../../src/renderer/features/sidebar/task-groups'
import {
  completeFilter,
  filterHints,
  foundIn,
  matchesFilter,
  parseFilter,
  stateWords,
} from '../../../src/renderer/features/sidebar/task-filter'

const repository = (n: number, name = `repo${n}`): Repository => ({
  id: `repo_0000000${n}`,
  organizationId: 'org_00000001',
  name,
  localPath: null,
  originUrl: null,
  defaultBranch: null,
  lastUsedAt: 0,
  github: null,
})
const task = (n: number, repo: number, more: Partial<TaskSummary> = {}): TaskSummary => ({
  id: `task_${String(n).padStart(8, '0')}`,
  repositoryId: `repo_0000000${repo}`,
  title: `Title ${n}`,
  branch: `branch-${n}`,
  status: 'idle',
  archiveReason: null,
  readOnly: false,
  pullRequest: null,
  owner: null,
  unread: false,
  createdAt: n,
  updatedAt: n,
  ...more,
})
const options: RowOptions = {
  view: 'repositories',
  folded: new Map(),
  unfolded: new Set(),
  pinned: new Set(),
  order: [],
  hidden: new Set(),
  showHidden: false,
  showArchived: false,
  filter: '',
  login: 'ada',
}
const shown = (rows: ReturnType<ReturnType<typeof sidebarRows>>) =>
  rows.map((row) => (row.type === 'task' ? row.task.title : row.key))

describe('task groups', () => {
  const repositories = byId(repository(1, 'Alpha'), repository(2, 'Beta'))

  it('puts pinned tasks above the others, and repositories where a person put them', () => {
    const groups = groupTasks(noGroups, repositories, byId(task(1, 1), task(3, 1), task(2, 2)))
    const pinned = new Set(['task_00000002'])
    expect(shown(sidebarRows({ ...options, pinned })(groups))).toEqual([
      'pinned',
      'Title 2',
      'repo_00000001',
      'Title 3',
      'Title 1',
      'repo_00000002',
    ])
    expect(shown(sidebarRows({ ...options, pinned, view: 'recent' })(groups))).toEqual([
      'pinned',
      'Title 2',
      'Title 3',
      'Title 1',
    ])
    const order = ['repo_00000009', 'repo_00000002']
    expect(shown(sidebarRows({ ...options, order })(groups))).toEqual([
      'repo_00000002',
      'Title 2',
      'repo_00000001',
      'Title 3',
      'Title 1',
    ])
  })

  it('keeps of a repository that GitHub has no more what somebody worked on', () => {
    const github = {
      fullName: 'acme/gone',
      url: '',
      isPrivate: true,
      isArchived: false,
      isFork: false,
      pushedAt: null,
      openPullRequests: 2,
      hidden: false,
      gone: true,
    }
    const tasks = byId(task(1, 3), task(2, 3, { status: 'virtual' }))
    const known = byId({ ...repository(3, 'Gone'), github })
    const [group] = groupTasks(noGroups, known, tasks).groups
    expect(group?.tasks.map(({ title }) => title)).toEqual(['Title 1'])
    const back = byId({ ...repository(3, 'Gone'), github: { ...github, gone: false } })
    expect(groupTasks(groupTasks(noGroups, known, tasks), back, tasks).groups[0]?.tasks).toHaveLength(2)
  })

  it('puts the most recently active repository and task first', () => {
    const groups = groupTasks(noGroups, repositories, byId(task(1, 1), task(3, 1), task(2, 2)))
    expect(shown(sidebarRows(options)(groups))).toEqual([
      'repo_00000001',
      'Title 3',
      'Title 1',
      'repo_00000002',
      'Title 2',
    ])
  })

  it('leaves hidden repositories out until they are asked or looked for, but for what needs a person', () => {
    const waiting = task(4, 1, { status: 'needs_input' })
    const groups = groupTasks(noGroups, repositories, byId(task(1, 1), waiting, task(2, 2)))
    const hidden = new Set(['repo_00000001'])
    const keys = (more: Partial<Parameters<typeof sidebarRows>[0]>) =>
      sidebarRows({ ...options, hidden, ...more })(groups).map(({ key }) => key)
    const one = ['repo_00000001', 'task_00000001']
    const two = ['repo_00000002', 'task_00000002']
    expect(keys({})).toEqual(['needs-you', 'task_00000004', ...two, 'hidden'])
    expect(keys({ showHidden: true })).toEqual(['needs-you', 'task_00000004', ...one, ...two, 'hidden'])
    expect(keys({ filter: 'title 1' })).toEqual(one)
    expect(keys({ hidden: new Set() })).toEqual(['needs-you', 'task_00000004', ...one, ...two])
  })

  it('lists repositories of GitHub once they have a folder or a task', () => {
    const github = {
      fullName: 'acme/one',
      url: 'https://github.com/acme/one',
      isPrivate: false,
      isArchived: false,
      isFork: false,
      pushedAt: 1,
      openPullRequests: 0,
      hidden: false,
      gone: false,
    }
    const known = byId(
      { ...repository(1, 'Without'), github },
      { ...repository(2, 'Folder'), github, localPath: '/home/ada/folder' },
      { ...repository(3, 'Task'), github: { ...github, hidden: true } },
      { ...repository(4, 'Hidden'), github: { ...github, hidden: true }, localPath: '/home/ada/hidden' },
    )
    const groups = groupTasks(noGroups, known, byId(task(1, 3)))
    expect(shown(sidebarRows(options)(groups)).toSorted()).toEqual([
      'Title 1',
      'repo_00000002',
      'repo_00000003',
    ])
  })

  it('leaves groups without a change as they are', () => {
    const before = groupTasks(noGroups, repositories, byId(task(1, 1), task(2, 2)))
    const kept = before.tasks.get(task(1, 1).id)
    const after = groupTasks(
      before,
      repositories,
      byId(...(kept === undefined ? [] : [kept]), task(2, 2, { title: 'New' })),
    )
    expect(after.byRepository.get('repo_00000001')).toBe(before.byRepository.get('repo_00000001'))
    expect(after.byRepository.get('repo_00000002')?.tasks[0]?.title).toBe('New')
  })

  it('shows what needs a person first, and archived tasks only when asked', () => {
    const groups = groupTasks(
      noGroups,
      repositories,
      byId(task(1, 1, { status: 'needs_input' }), task(2, 1, { status: 'archived' }), task(3, 1)),
    )
    expect(shown(sidebarRows(options)(groups)).slice(0, 4)).toEqual([
      'needs-you',
      'Title 1',
      'repo_00000001',
      'Title 3',
    ])
    expect(shown(sidebarRows({ ...options, showArchived: true })(groups))).toContain('Title 2')
  })

  it('looks into folded repositories while a filter is set, and hides those without a match', () => {
    const groups = groupTasks(noGroups, repositories, byId(task(1, 1), task(2, 2)))
    const folded = new Map([
      ['repo_00000001', true],
      ['repo_00000002', true],
    ])
    expect(shown(sidebarRows({ ...options, folded })(groups))).toEqual(['repo_00000002', 'repo_00000001'])
    expect(shown(sidebarRows({ ...options, folded, filter: 'title 1' })(groups))).toEqual([
      'repo_00000001',
      'Title 1',
    ])
  })

  const pull = (number: number, more: Partial<TaskPullRequest> = {}): TaskPullRequest => ({
    number,
    state: 'open',
    isDraft: false,
    url: `https://github.com/acme/alpha/pull/${number}`,
    author: 'grace',
    baseRef: 'main',
    headRepository: 'acme/alpha',
    checks: 'none',
    reviewDecision: null,
    reviewers: [],
    mergeable: 'mergeable',
    additions: null,
    deletions: null,
    updatedAt: 1,
    ...more,
  })
  const virtual = (n: number, repo = 1, more: Partial<TaskSummary> = {}): TaskSummary =>
    task(n, repo, { status: 'virtual', owner: 'grace', pullRequest: pull(n), ...more })
  const github = {
    fullName: 'acme/alpha',
    url: 'https://github.com/acme/alpha',
    isPrivate: false,
    isArchived: false,
    isFork: false,
    pushedAt: 1,
    openPullRequests: 0,
    hidden: false,
    gone: false,
  }

  it("shows the newest few pull requests of others, and all of what is the reader's", () => {
    const tasks = byId(
      ...[1, 2, 3, 4, 5, 6, 7, 8].map((n) => virtual(n)),
      virtual(9, 1, { owner: 'Ada', updatedAt: 0 }),
      task(10, 1, { updatedAt: 0 }),
    )
    const groups = groupTasks(noGroups, byId(repository(1, 'Alpha')), tasks)
    expect(shown(sidebarRows(options)(groups))).toEqual([
      'repo_00000001',
      ...[8, 7, 6, 5, 4, 10, 9].map((n) => `Title ${n}`),
      'more repo_00000001',
    ])
    const unfolded = new Set(['repo_00000001'])
    expect(shown(sidebarRows({ ...options, unfolded })(groups))).toHaveLength(11)
    expect(shown(sidebarRows({ ...options, filter: '#1' })(groups))).toEqual(['repo_00000001', 'Title 1'])
    expect(shown(sidebarRows({ ...options, filter: 'is:mine' })(groups))).toEqual([
      'repo_00000001',
      'Title 10',
      'Title 9',
    ])
  })

  it('folds repositories nobody works in once there are many pull requests, unless told otherwise', () => {
    const many = Array.from({ length: 70 }, (_, n) => virtual(n + 100, 1))
    const known = byId(
      { ...repository(1, 'Theirs'), github },
      { ...repository(2, 'Ours'), github, localPath: '/home/ada/ours' },
    )
    const groups = groupTasks(noGroups, known, byId(...many, virtual(1, 2)))
    expect(shown(sidebarRows(options)(groups))).toEqual(['repo_00000001', 'repo_00000002', 'Title 1'])
    const folded = new Map([['repo_00000001', false]])
    expect(shown(sidebarRows({ ...options, folded })(groups))).toHaveLength(9)
  })

  it('leaves out pull requests of repositories that are hidden or gone, but no work', () => {
    const known = byId(
      { ...repository(1, 'Hidden'), github: { ...github, hidden: true } },
      { ...repository(2, 'Gone'), github: { ...github, gone: true } },
    )
    const groups = groupTasks(noGroups, known, byId(virtual(1, 1), virtual(2, 2), task(3, 2)))
    expect(shown(sidebarRows(options)(groups))).toEqual(['repo_00000002', 'Title 3'])
  })

  it('can be one list of all, newest first', () => {
    const groups = groupTasks(noGroups, repositories, byId(task(1, 1), virtual(3, 2), task(2, 1)))
    expect(shown(sidebarRows({ ...options, view: 'recent' })(groups))).toEqual([
      'Title 3',
      'Title 2',
      'Title 1',
    ])
  })

  it('ends with the same groups and rows however changes arrive', () => {
    const statuses: TaskStatus[] = ['idle', 'running', 'needs_input', 'archived', 'virtual']
    const change = fc.record({
      n: fc.nat(8),
      repo: fc.integer({ min: 1, max: 3 }),
      at: fc.nat(100),
      gone: fc.boolean(),
      looked: fc.boolean(),
      status: fc.constantFrom(...statuses),
    })
    const all = byId(repository(1), repository(2), repository(3))
    fc.assert(
      fc.property(fc.array(change, { minLength: 1 }), (changes) => {
        let groups = noGroups
        const rowsOf = sidebarRows(options)
        let tasks = new BucketMap<TaskSummary>()
        for (const one of changes) {
          const value = task(one.n, one.repo, { updatedAt: one.at, status: one.status })
          tasks = tasks.edit(new Map([[value.id, one.gone ? undefined : value]]))
          groups = groupTasks(groups, all, tasks)
          if (one.looked) recentTasks(groups)
          rowsOf(groups)
        }
        const recent = recentTasks(groups)
        const anew = groupTasks(noGroups, all, byId(...tasks.values()))
        expect(groups.groups).toEqual(anew.groups)
        expect(recent).toEqual(recentTasks(anew))
        expect(groups.counts).toEqual(anew.counts)
        expect(rowsOf(groups)).toEqual(sidebarRows(options)(anew))
      }),
    )
  })
})

describe('filter', () => {
  const one = task(1, 1, { title: 'Fix the Login loop', branch: 'foundry/fix-login' })
  it.each([
    ['', true],
    ['login', true],
    ['LOOP fix', true],
    ['foundry/', true],
    ['alpha loop', true],
    ['logout', false],
    ['fix.login', false],
    ['(', false],
    ['fxlgn', true],
    ['flp', false],
    ['lglp', true],
    ['xlogin', false],
    ['fl', false],
    ['fp', false],
    ['alph lop', true],
    ['login beta', false],
    ['is:conf', true],
    ['is:nonsense', false],
  ])('"%s" gives %s', (filter, expected) => {
    expect(matchesFilter(parseFilter(filter, 'ada'), one, 'Alpha')).toBe(expected)
  })
})

describe('marks of a filter', () => {
  const shown = (filter: string, text: string) => {
    let marked = ''
    let at = 0
    for (const [from, to] of foundIn(parseFilter(filter, null).words, text)) {
      marked += `${text.slice(at, from)}[${text.slice(from, to)}]`
      at = to
    }
    return marked + text.slice(at)
  }
  it.each([
    ['', 'Fix the Login loop', 'Fix the Login loop'],
    ['login', 'Fix the Login loop', 'Fix the [Login] loop'],
    ['fix loop', 'Fix the Login loop', '[Fix] the Login [loop]'],
    ['fxlgn', 'Fix the Login loop', '[F]i[x] the [L]o[g]i[n] loop'],
    ['is:draft login', 'login', '[login]'],
    ['zz', 'Fix', 'Fix'],
    ['i', 'İi', 'İi'],
    ['lo', '<b>lo</b>', '<b>[lo]</b>'],
  ])('"%s" in "%s"', (filter, text, expected) => {
    expect(shown(filter, text)).toBe(expected)
  })

  it('stand exactly where a word is found, apart from one another', () => {
    const letters = fc.constantFrom('a', 'b', 'A', ' ', '-', 'é')
    fc.assert(
      fc.property(
        fc.string({ unit: letters, minLength: 1, maxLength: 4 }),
        fc.string({ unit: letters }),
        (word, text) => {
          const ranges = foundIn([word.toLowerCase()], text)
          const marked = ranges.map(([from, to]) => text.slice(from, to)).join('')
          for (const [nth, [from]] of ranges.entries())
            expect(from).toBeGreaterThan(ranges[nth - 1]?.[1] ?? -1)
          const isFound = hasLetters(word.toLowerCase(), text.toLowerCase())
          expect(marked.toLowerCase()).toBe(isFound ? word.toLowerCase() : '')
        },
      ),
    )
  })
})

describe('words of a filter', () => {
  it.each([
    ['i', []],
    ['is:dr', ['is:draft']],
    ['login is:co', ['is:conflicts']],
    ['is:draft', []],
    ['this', []],
    ['is', Object.keys(stateWords).map((word) => `is:${word}`)],
  ])('"%s" may become %j', (text, expected) => {
    expect(filterHints(text).map(({ word }) => word)).toEqual(expected)
  })

  it('are completed at the end', () => {
    expect(completeFilter('login is:dr', 'is:draft')).toBe('login is:draft ')
    expect(completeFilter('is', 'is:open')).toBe('is:open ')
  })
})
