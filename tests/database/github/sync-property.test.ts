import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { startGitHub } from '../../support/github/server'
import { openTestDatabase, type TestDatabase } from '../../support/database'
import type { Organization } from '../../support/github/types'
import type { Effect } from '../../support/github/faults'
import { effect, happen, happening, type Happening, type Place } from './sync-actions'
import { baselineOf, problemsOfFeed, type Baseline } from './sync-feed'
import {
  Clock,
  ORGANIZATION_ID,
  readFresh,
  rowsOf,
  seed,
  startEngine,
  type Local,
  type Remote,
} from './sync-world'

/** One sync, and what comes in its way. Requests are counted from its beginning. */
interface Round {
  before: Happening[]
  full: boolean
  /** What happens between two requests. */
  during: { request: number; happenings: Happening[] }[]
  faults: { request: number; effect: Effect }[]
  /** The process ends while this request is under way, and starts again. */
  kill: number | null
}

/** So that lists of a few pull requests have pages. */
const SMALL_ANSWERS = { largestAnswer: 10 }

const request = fc.nat({ max: 20 })
const round: fc.Arbitrary<Round> = fc.record({
  before: fc.array(happening, { maxLength: 8 }),
  full: fc.boolean(),
  during: fc.array(fc.record({ request, happenings: fc.array(happening, { minLength: 1, maxLength: 4 }) }), {
    maxLength: 3,
  }),
  faults: fc.array(fc.record({ request, effect }), { maxLength: 2 }),
  kill: fc.option(request, { freq: 2 }),
})

interface Story {
  start: Happening[]
  rounds: Round[]
}

const story: fc.Arbitrary<Story> = fc.record({
  start: fc.array(happening, { maxLength: 25 }),
  rounds: fc.array(round, { minLength: 1, maxLength: 4 }),
})

async function tell({ start, rounds }: Story): Promise<void> {
  const clock = new Clock()
  const server = await startGitHub({ now: clock.now })
  const opened = await openTestDatabase()
  const { model } = server
  const people = ['ada', 'grace', 'barbara', 'edsger'].map((login) => model.addUser(login))
  const [user] = people
  if (user === undefined) throw new Error('Nobody is there')
  const organization = model.addOrganization('acme')
  const elsewhere = model.addOrganization('elsewhere')
  model.addMember(organization, user, 'admin')
  const place: Place = { model, clock, organization, elsewhere, people }
  const remote: Remote = { server, organization, user, token: model.addToken(user) }
  const first = model.addRepository(organization, 'first')
  model.addRepository(organization, 'second', { private: true })
  model.fork(first, user)
  for (let n = 0; n < 27; n++) model.openPullRequest(first)
  for (const each of start) happen(place, each)
  seed(opened, remote)
  let local: Local = startEngine(opened, remote, clock, SMALL_ANSWERS)
  const dropped: Local[] = []
  let baseline: Baseline | null = null
  const check = (): void => {
    expect(baseline === null ? [] : problemsOfFeed(opened, baseline)).toEqual([])
    expect(problemsOfTasks(opened)).toEqual([])
    if (local.sync.read(ORGANIZATION_ID).state === 'synced') baseline ??= baselineOf(opened)
  }
  try {
    for (const { before, full, during, faults, kill } of rounds) {
      for (const each of before) happen(place, each)
      workOnSome(opened, before.length)
      const all = (): boolean => true
      for (const { request: nth, happenings } of during)
        server.faults.between(all, nth, () => {
          for (const each of happenings) happen(place, each)
        })
      for (const { request: nth, effect: what } of faults)
        server.faults.add(all, what.kind === 'rate' ? { ...what, resetAt: clock.time + 600_000 } : what, {
          after: nth,
        })
      if (kill !== null)
        server.faults.between(all, kill, () => {
          dropped.push(local)
          clock.clear()
          opened.reopen()
          local = startEngine(opened, remote, clock, SMALL_ANSWERS)
          local.sync.start(ORGANIZATION_ID)
        })
      local.sync.start(ORGANIZATION_ID, { full })
      for (let current: Local | null = null; current !== local;) {
        current = local
        await current.sync.finished(ORGANIZATION_ID)
      }
      server.faults.clear()
      check()
      expect(local.errors).toEqual([])
      // Waits of any kind are over, and what was waiting goes on.
      clock.advance(3_700_000)
      await local.sync.finished(ORGANIZATION_ID)
      check()
    }
    for (const one of model.repositories.values())
      for (const pull of one.pulls.values())
        if (pull.mergeable === 'UNKNOWN') model.setMergeable(pull, 'MERGEABLE')
    // What was updated needs no full reading.
    clock.time += 3_700_000
    local.sync.start(ORGANIZATION_ID)
    await local.sync.finished(ORGANIZATION_ID)
    expect(local.sync.read(ORGANIZATION_ID)).toMatchObject({ state: 'synced', problem: null })
    check()
    expect(problemsOfUpdates(opened, organization)).toEqual([])
    clock.time += 3_700_000
    local.sync.start(ORGANIZATION_ID, { full: true })
    await local.sync.finished(ORGANIZATION_ID)
    expect(local.sync.read(ORGANIZATION_ID)).toMatchObject({ state: 'synced', problem: null })
    check()
    const rows = rowsOf(opened)
    const fresh = await readFresh(remote, clock)
    expect(rows.repositories).toEqual(fresh.repositories)
    expect(rows.members).toEqual(fresh.members)
    expect(rows.open).toEqual(fresh.open)
    for (const [key, state] of Object.entries(rows.states)) {
      const [name = '', number] = key.split('#')
      const pull = model.repository(name)?.repository.pulls.get(Number(number))
      expect(`${key} ${state}`).toBe(`${key} ${(pull?.state ?? 'CLOSED').toLowerCase()}`)
    }
    // Nothing is told again.
    const told = baselineOf(opened).after
    local.sync.start(ORGANIZATION_ID)
    await local.sync.finished(ORGANIZATION_ID)
    expect(baselineOf(opened).after).toBe(told)
    expect(local.errors).toEqual([])
  } finally {
    server.disconnect()
    await local.sync.shutdown()
    for (const each of dropped) await each.sync.shutdown()
    await server.close()
    await opened.close()
  }
}

/** A person starts to work on some tasks. */
function workOnSome(opened: TestDatabase, which: number): void {
  opened.database.commands.$client
    .prepare('UPDATE tasks SET materialized_at = 1 WHERE materialized_at IS NULL AND (rowid + ?) % 5 = 0')
    .run(which)
}

/** Each open pull request has a task where its branch is, whatever was killed when; those that ended have none that is open. */
function problemsOfTasks(opened: TestDatabase): string[] {
  const { $client } = opened.database.commands
  return [
    [
      'is open and has no task',
      `SELECT p.repository_id, p.number FROM pull_requests p
      JOIN repositories r ON r.id = p.repository_id
      WHERE p.state = 'open' AND NOT EXISTS (
        SELECT 1 FROM tasks t WHERE t.repository_id = p.repository_id AND (t.pull_request_number = p.number OR (
          t.branch = p.head_ref AND t.head_repository =
            CASE WHEN p.head_repository_id = r.github_id THEN r.id ELSE 'github:' || p.head_repository_id END)))`,
    ],
    [
      'is not open and its task is',
      `SELECT p.repository_id, p.number FROM pull_requests p
      JOIN tasks t ON t.repository_id = p.repository_id AND t.pull_request_number = p.number
      WHERE p.state <> 'open' AND t.archived_at IS NULL`,
    ],
    [
      'is open and its task is archived',
      `SELECT p.repository_id, p.number FROM pull_requests p
      JOIN tasks t ON t.repository_id = p.repository_id AND t.pull_request_number = p.number
      WHERE p.state = 'open' AND t.archived_at IS NOT NULL`,
    ],
    [
      'has a title that its task does not have',
      `SELECT p.repository_id, p.number FROM pull_requests p
      JOIN tasks t ON t.repository_id = p.repository_id AND t.pull_request_number = p.number
      WHERE t.materialized_at IS NULL AND t.title <> p.title`,
    ],
    [
      'is a task without a pull request that nobody works on',
      `SELECT t.repository_id, t.branch FROM tasks t
      WHERE t.materialized_at IS NULL AND NOT EXISTS (SELECT 1 FROM pull_requests p
        WHERE p.repository_id = t.repository_id AND p.number = t.pull_request_number)`,
    ],
  ].flatMap(([problem = '', text = '']) =>
    $client
      .prepare<[], unknown[]>(text)
      .raw()
      .all()
      .map(([repository, which]) => `${String(repository)}#${String(which)} ${problem}`),
  )
}

/** What GitHub tells as updated has to be known by now: all but checks, and what was deleted. */
function problemsOfUpdates(opened: TestDatabase, organization: Organization): string[] {
  const { open, states } = rowsOf(opened)
  const stored = new Map(open.map((row) => [`${String(row['repository'])}#${String(row['number'])}`, row]))
  const problems: string[] = []
  for (const repository of organization.repositories) {
    for (const pull of repository.pulls.values()) {
      const key = `${organization.login}/${repository.name}#${pull.number}`
      const row = stored.get(key)
      if (pull.state !== 'OPEN') {
        if (states[key] !== undefined && states[key] !== pull.state.toLowerCase())
          problems.push(`${key} is ${pull.state}, stored as ${states[key]}`)
      } else if (row === undefined) problems.push(`${key} is open and not stored so`)
      else if (row['title'] !== pull.title || row['base_ref'] !== pull.baseRef || row['body'] !== pull.body)
        problems.push(`${key} is stored as it was`)
    }
  }
  return problems
}

test(
  'whatever happens on the way, the rows are in the end what a fresh sync reads',
  { timeout: 120_000 },
  async () => {
    await fc.assert(fc.asyncProperty(story, tell), { numRuns: Number(process.env['SYNC_STORIES'] ?? 60) })
  },
)
