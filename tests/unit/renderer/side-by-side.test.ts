import { expect, test } from 'vitest'
import {
  changeText,
  columnsFor,
  comparedFiles,
  lineSums,
  type Member,
  memberNames,
  othersOf,
  recipients,
  recipientsText,
  refusal,
} from '../../../src/renderer/features/side-by-side/members'
import type { FileChange, SessionSummary, TaskDetail } from '../../../src/shared/domain'
import type { TaskId } from '../../../src/shared/ids'

const change = (path: string, fields: Partial<FileChange> = {}): FileChange => ({
  path,
  oldPath: null,
  kind: 'modified',
  added: 1,
  removed: 0,
  untracked: false,
  staged: 'none',
  ...fields,
})

/** As far as the logic looks at it. */
function member(
  name: string,
  task: Partial<TaskDetail> = {},
  session: Partial<SessionSummary> | null = {},
): Member {
  return {
    name,
    place: '',
    task: { id: `task_${name}`, status: 'idle', sandbox: null, ...task } as TaskDetail,
    session: session === null ? undefined : ({ status: 'idle', ...session } as SessionSummary),
  }
}

const nobody: ReadonlySet<TaskId> = new Set()

test('members are named by who does the work, and by more only where that is not enough', () => {
  const one = (title: string, repository = 'app') => ({ title, repository })
  const names = (...tasks: { title: string; repository: string }[]) =>
    memberNames(tasks).map(({ name }) => name)
  expect(names(one('Fix it (One)'), one('Fix it (Two)'))).toEqual(['One', 'Two'])
  expect(names(one('Fix (it) (One)'), one('Fix (it) (Two)'))).toEqual(['One', 'Two'])
  expect(names(one('Fix it', 'app'), one('Fix it', 'site'))).toEqual(['Fix it in app', 'Fix it in site'])
  expect(memberNames([one('Fix it (One)'), one('Fix it (One)'), one('Fix it (Two)')])).toEqual([
    { name: '1. One', place: '1. ' },
    { name: '2. One', place: '2. ' },
    { name: 'Two', place: '' },
  ])
  expect(names(one('Fix (One)'), one('Fix (One)'), one('Fix (One)', 'site'))).toEqual([
    '1. One in app',
    '2. One in app',
    'One in site',
  ])
})

test('a prompt goes to whoever can have one, and it is said who cannot', () => {
  const busy = member('Busy', { status: 'running' }, { status: 'running' })
  const preparing = member('New', { status: 'provisioning' }, { status: 'starting' })
  expect(refusal(busy)).toBeNull()
  expect(refusal(preparing)).toBeNull()
  expect(refusal(member('A', { status: 'archived' }))).toBe('archived')
  expect(refusal(member('A', { status: 'virtual' }, null))).toBe('not started')
  expect(refusal(member('A', {}, null))).toBe('no open session')
  expect(refusal(member('A', {}, { status: 'closed' }))).toBe('its session is closed')
  expect(refusal(member('A', {}, { status: 'error' }))).toBe('its agent is not running')
  expect(refusal(member('A', { status: 'error' }, { status: 'starting' }))).toBe('it could not be prepared')

  const gone = member('Gone', { status: 'archived' })
  const all = [busy, gone, preparing]
  expect(recipients(all, nobody)).toEqual([busy, preparing])
  expect(recipientsText([busy, preparing], nobody)).toBe('Goes to 2 of 2.')
  expect(recipientsText(all, nobody)).toBe('Goes to 2 of 3. Not to Gone (archived).')
  const left = new Set([busy.task.id])
  expect(recipients(all, left)).toEqual([preparing])
  expect(recipientsText(all, left)).toBe('Goes to 1 of 3. Not to Busy, Gone (archived).')
})

test('when one is kept, all others that are not archived go', () => {
  const [one, two, three] = [member('One'), member('Two', { status: 'archived' }), member('Three')]
  expect(othersOf([one, two, three], one.task.id)).toEqual([three])
  expect(othersOf([one, two, three], two.task.id)).toEqual([one, three])
})

test('lists of changed files are one list, with what each member did', () => {
  const own = change('b.ts', { added: 3 })
  const same = change('b.ts', { added: 5 })
  const more = change('a.ts', { kind: 'added' })
  expect(comparedFiles([{ files: [own] }, null, { files: [same, more] }])).toEqual([
    { path: 'a.ts', changes: [null, null, more] },
    { path: 'b.ts', changes: [own, null, same] },
  ])
  expect(comparedFiles([null, { files: [] }])).toEqual([])
})

test('changes are counted, with words where there are no lines', () => {
  expect(changeText(change('a', { added: 3, removed: 1 }))).toBe('+3 −1')
  expect(changeText(change('a', { added: null, removed: null }))).toBe('binary')
  expect(changeText(change('a', { added: 0, removed: 0, kind: 'renamed' }))).toBe('renamed')
  expect(changeText(change('a', { added: 0, removed: 0 }))).toBe('no lines')
  expect(lineSums([change('a', { removed: 2 }), change('b', { added: null, removed: null })])).toEqual({
    added: 1,
    removed: 2,
  })
})

test('columns are as many as can be read, four at most', () => {
  expect(columnsFor(0, 3)).toBe(1)
  expect(columnsFor(600, 3)).toBe(1)
  expect(columnsFor(700, 3)).toBe(2)
  expect(columnsFor(1140, 8)).toBe(3)
  expect(columnsFor(2260, 8)).toBe(4)
  expect(columnsFor(2260, 2)).toBe(2)
})
