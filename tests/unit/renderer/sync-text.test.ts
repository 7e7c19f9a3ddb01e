import type { Budget, Sync } from '@shared/github'
import { describe, expect, it } from 'vitest'
import {
  ageLine,
  budgetLeft,
  syncFraction,
  syncLine,
  tightestBudget,
} from '../../../src/renderer/features/sync/sync-text'
import { untilText } from '../../../src/renderer/ui/time'

const minute = 60_000
const now = Date.parse('2026-03-04T12:00:00Z')
const sync = (more: Partial<Sync>): Sync => ({
  id: 'sync',
  state: 'synced',
  phase: null,
  processed: 0,
  total: 0,
  label: '',
  startedAt: null,
  progressAt: null,
  syncedAt: now - 2 * minute,
  waitingUntil: null,
  problem: null,
  counts: { repositories: 1, members: 1, openPullRequests: 1 },
  ...more,
})

describe('a sync in words', () => {
  it('names the phase and its figures while it runs', () => {
    const running = sync({ state: 'running', phase: 'syncing_pull_requests', processed: 40, total: 1000 })
    expect(syncLine(running, now)).toEqual({
      text: `Reading pull requests 40 of ${(1000).toLocaleString()}`,
      tone: 'busy',
    })
    expect(syncFraction(running)).toBeCloseTo(0.04)
    expect(syncLine(sync({ state: 'running', phase: null }), now).text).toBe('Starting to sync')
    expect(
      syncLine(sync({ state: 'running', phase: 'discovering_repositories', processed: 7 }), now).text,
    ).toBe('Finding repositories 7')
  })

  it('never says more than there is', () => {
    const over = sync({ state: 'running', phase: 'syncing_members', processed: 12, total: 10 })
    expect(syncLine(over, now).text).toBe('Reading members 10 of 10')
    expect(syncFraction(over)).toBe(1)
  })

  it('says why it waits and until when', () => {
    const until = now + 5 * minute
    const problem = { kind: 'rate_limited', message: 'Enough' } as const
    expect(syncLine(sync({ state: 'waiting', waitingUntil: until, problem }), now).text).toBe(
      `Waiting until ${untilText(until, now)}: GitHub's limit`,
    )
    expect(
      syncLine(sync({ state: 'waiting', problem: { kind: 'offline', message: 'No network' } }), now),
    ).toEqual({ text: 'Offline, synced 2 min ago', tone: 'attention' })
  })

  it('tells the age, and that it is old', () => {
    expect(syncLine(sync({}), now)).toEqual({ text: 'Synced 2 min ago', tone: 'quiet' })
    expect(syncLine(sync({ syncedAt: now - 3 * 60 * minute }), now)).toEqual({
      text: 'Synced 3 h ago',
      tone: 'attention',
    })
    expect(syncLine(sync({ state: 'failed', syncedAt: null }), now)).toEqual({
      text: 'Sync failed',
      tone: 'failed',
    })
    expect(syncLine(sync({ state: 'never', syncedAt: null }), now).text).toBe('Not synced yet')
  })
})

describe('what a list says about its age', () => {
  it('says nothing while all is well', () => {
    expect(ageLine(sync({}), now)).toBeNull()
    expect(ageLine(sync({ state: 'running', phase: 'syncing_members' }), now)).toBeNull()
  })

  it('tells the first sync, an old state and a missing network apart', () => {
    expect(ageLine(sync({ state: 'running', syncedAt: null }), now)?.kind).toBe('arriving')
    expect(ageLine(sync({ syncedAt: now - 60 * minute }), now)?.kind).toBe('old')
    expect(ageLine(sync({ state: 'waiting', problem: { kind: 'offline', message: '' } }), now)).toMatchObject(
      { kind: 'offline', text: 'GitHub cannot be reached. This is how it was 2 min ago.' },
    )
    expect(ageLine(sync({ state: 'failed' }), now)?.text).toContain('The last sync failed')
  })
})

describe('a budget', () => {
  const budget = (more: Partial<Budget>): Budget => ({
    resource: 'core',
    limit: 5000,
    remaining: 5000,
    reserve: 1000,
    resetAt: now + minute,
    spent: [],
    observedAt: now,
    ...more,
  })

  it('is full again once its reset has passed', () => {
    expect(budgetLeft(budget({ remaining: 50 }), now)).toBe(0.01)
    expect(budgetLeft(budget({ remaining: 50, resetAt: now }), now)).toBe(1)
    expect(budgetLeft(budget({ limit: 0, remaining: 0 }), now)).toBe(0)
  })

  it('that runs out first stands for all', () => {
    const low = budget({ resource: 'graphql', remaining: 10 })
    expect(tightestBudget([budget({}), low], now)).toBe(low)
    expect(tightestBudget([], now)).toBeUndefined()
  })
})
