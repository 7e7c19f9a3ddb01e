import type { TaskSummary } from '@shared/domain'
import { expect, it } from 'vitest'
import { markedRange, noMarks, toggleMark } from '../../../src/renderer/features/sidebar/marks'
import type { SidebarRow } from '../../../src/renderer/features/sidebar/task-groups'

const rows = ['a', 'heading', 'b', 'c'].map((key): SidebarRow =>
  key === 'heading'
    ? { type: 'heading', key, label: 'Needs you', count: 1 }
    : ({
        type: 'task',
        key,
        task: { id: key } as unknown as TaskSummary,
        repositoryName: null,
      } as SidebarRow),
)

it('marks the tasks between two rows, whichever stands first', () => {
  expect([...markedRange(rows, 0, 2)]).toEqual(['a', 'b'])
  expect([...markedRange(rows, 3, 1)]).toEqual(['b', 'c'])
  expect([...markedRange(rows, 1, 1)]).toEqual([])
})

it('takes the open task along with the first mark, and lets go of a mark again', () => {
  const first = toggleMark(noMarks, rows[2], 'a')
  expect([...first]).toEqual(['a', 'b'])
  expect([...toggleMark(first, rows[2], 'a')]).toEqual(['a'])
  expect(toggleMark(first, rows[1], 'a')).toBe(first)
  expect([...toggleMark(noMarks, rows[3], null)]).toEqual(['c'])
})
