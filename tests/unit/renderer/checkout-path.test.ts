import { expect, it } from 'vitest'
import { relativeTo } from '../../../src/renderer/features/transcript/checkout-path'

it.each([
  ['/data/task_1', '/data/task_1/src/a.ts', 'src/a.ts'],
  ['C:\\data\\task_1', 'C:\\data\\task_1\\src\\a.ts', 'src\\a.ts'],
  ['/data/task_1', '/data/task_10/a.ts', '/data/task_10/a.ts'],
  ['/data/task_1', '/data/task_1', '/data/task_1'],
  ['/data/task_1', '/etc/hosts', '/etc/hosts'],
  ['/data/task_1', 'src/a.ts', 'src/a.ts'],
  ['', '/data/a.ts', '/data/a.ts'],
])('in %s, %s is shown as %s', (directory, path, shown) => {
  expect(relativeTo(directory, path)).toBe(shown)
})
