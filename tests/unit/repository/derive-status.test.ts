import type { TaskStatus } from '@shared/domain'
import { describe, expect, it } from 'vitest'
import { deriveStatus, type LiveState } from '../../../src/main/repository/task-projection'

const ID = 'task_00000000'
const FACTS = ['archived', 'virtual', 'needsInput', 'provisioning', 'running', 'failed', 'unread'] as const
type Fact = (typeof FACTS)[number]
const STATUS: Partial<Record<Fact, TaskStatus>> = {
  archived: 'archived',
  virtual: 'virtual',
  needsInput: 'needs_input',
  provisioning: 'provisioning',
  running: 'running',
  failed: 'error',
}

const combinations = Array.from({ length: 2 ** FACTS.length }, (_, bits) =>
  FACTS.filter((_fact, position) => (bits & (1 << position)) !== 0),
)

describe('the status of a task', () => {
  it.each(combinations.map((facts) => [facts.join(' ') || 'nothing', facts] as const))(
    'with %s is that of the first that matters',
    (_name, facts) => {
      const set = (fact: Fact): Set<string> => new Set(facts.includes(fact) ? [ID] : ['task_11111111'])
      const live: LiveState = {
        provisioning: set('provisioning'),
        failed: set('failed'),
        running: set('running'),
        needsInput: set('needsInput'),
        unread: set('unread'),
      }
      const row = {
        id: ID,
        materializedAt: facts.includes('virtual') ? null : 1,
        archivedAt: facts.includes('archived') ? 1 : null,
      }
      const first = FACTS.find((fact) => facts.includes(fact))
      expect(deriveStatus(row, live)).toBe((first && STATUS[first]) ?? 'idle')
    },
  )
})
