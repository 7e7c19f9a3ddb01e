import { describe, expect, test } from 'vitest'
import { GitHubError, type GitHubReason } from '../../../../src/main/github/client/errors'
import { outcomeOf, waitOf } from '../../../../src/main/github/sync/outcome'
import { dueAt, isFullDue, nudgedAt, type Occasion } from '../../../../src/main/github/sync/schedule'
import { FoundryError } from '../../../../src/shared/errors'

const NOW = 1_000_000_000
const synced: Occasion = {
  state: 'synced',
  shown: false,
  waitingUntil: null,
  startedAt: NOW - 1000,
  syncedAt: NOW - 500,
  pollMs: 0,
}

describe('by the clock', () => {
  test.each<[string, Partial<Occasion>, number | null]>([
    ['one on screen every minute', { shown: true }, NOW - 1000 + 60_000],
    ['another every quarter of an hour', {}, NOW - 1000 + 900_000],
    ['not more often than GitHub wants', { shown: true, pollMs: 300_000 }, NOW - 1000 + 300_000],
    ['one that waits when that is over', { state: 'waiting', waitingUntil: NOW + 7 }, NOW + 7],
    ['one that was never synced at once', { state: 'never', startedAt: null, syncedAt: null }, NOW],
    ['one that was cut short at once', { state: 'running' }, NOW],
    ['one that failed as any other', { state: 'failed' }, NOW - 1000 + 900_000],
    ['one of the last run by its age', { startedAt: null, syncedAt: NOW - 60_000 }, NOW + 840_000],
    ['one a person stopped never', { state: 'cancelled' }, null],
  ])('%s', (_name, some, at) => {
    expect(dueAt({ ...synced, ...some }, NOW)).toBe(at)
  })

  test('every list once a day', () => {
    expect(isFullDue({ changesSince: null, fullAt: NOW }, NOW)).toBe(true)
    expect(isFullDue({ changesSince: 1, fullAt: NOW - 23 * 3_600_000 }, NOW)).toBe(false)
    expect(isFullDue({ changesSince: 1, fullAt: NOW - 24 * 3_600_000 }, NOW)).toBe(true)
  })
})

describe('on an occasion', () => {
  test.each<[string, Partial<Occasion>, boolean, number | null]>([
    ['ten seconds after the last at the earliest', {}, false, NOW + 9000],
    ['at once after that', { startedAt: NOW - 20_000 }, false, NOW],
    [
      'a limit is not over because somebody looks',
      { state: 'waiting', waitingUntil: NOW + 5000 },
      false,
      NOW + 5000,
    ],
    [
      'the network is back',
      { state: 'waiting', waitingUntil: NOW + 90_000, startedAt: NOW - 20_000 },
      true,
      NOW,
    ],
    ['one a person stopped stays so', { state: 'cancelled' }, false, null],
  ])('%s', (_name, some, network, at) => {
    expect(nudgedAt({ ...synced, ...some }, network, NOW)).toBe(at)
  })
})

describe('what becomes of a failure', () => {
  const outcome = (reason: GitHubReason, until: number | null = null) =>
    outcomeOf(new GitHubError(reason, 'It failed.', { until }), 'syncing_pull_requests', 2, NOW)

  test.each<GitHubReason>(['server', 'malformed', 'offline', 'dns', 'timeout'])(
    '%s is waited out',
    (reason) => {
      expect(outcome(reason)).toMatchObject({
        state: 'waiting',
        until: NOW + waitOf(2),
        from: 'syncing_pull_requests',
      })
    },
  )
  test.each<GitHubReason>(['rate', 'secondary'])('%s ends when GitHub says', (reason) => {
    expect(outcome(reason, NOW + 60_000)).toMatchObject({ state: 'waiting', until: NOW + 60_000 })
  })
  test.each<[GitHubReason, string | null]>([
    ['unauthorized', null],
    ['scope', null],
    ['forbidden', null],
    ['tls', null],
    ['saml', 'saml'],
    ['suspended', 'suspended'],
    ['legal', 'suspended'],
  ])('%s needs a person; the organization is %s', (reason, organization) => {
    expect(outcome(reason)).toMatchObject({ state: 'failed', organization, unexpected: false })
  })
  test('an organization that is not found is gone; anything else not found is looked for anew', () => {
    const error = new GitHubError('not_found', 'It is not there.')
    expect(outcomeOf(error, 'discovering_repositories', 1, NOW)).toMatchObject({ organization: 'gone' })
    expect(outcomeOf(error, 'syncing_repositories', 1, NOW)).toMatchObject({
      state: 'waiting',
      from: 'discovering_repositories',
    })
  })
  test('waits grow to five minutes', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 8, 20].map(waitOf)).toEqual([
      5000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000, 300_000,
    ])
  })
  test('a full disk fails with its own words, a defect is reported', () => {
    const full = new FoundryError('disk_full', 'The disk is full.')
    expect(outcomeOf(full, 'syncing_members', 1, NOW)).toMatchObject({ state: 'failed', unexpected: false })
    expect(outcomeOf(new TypeError('x'), 'syncing_members', 1, NOW)).toMatchObject({ unexpected: true })
  })
})
