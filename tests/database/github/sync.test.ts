import { onTestFinished, expect, test } from 'vitest'
import { startGitHub } from '../../support/github/server'
import { openTestDatabase } from '../../support/database'
import { Clock, ORGANIZATION_ID, readFresh, rowsOf, seed, startEngine, type Remote } from './sync-world'

async function start(more: Parameters<typeof startEngine>[3] = {}) {
  const clock = new Clock()
  const server = await startGitHub({ now: clock.now })
  onTestFinished(() => server.close())
  const { model } = server
  const user = model.addUser('ada')
  const organization = model.addOrganization('acme')
  model.addMember(organization, user, 'admin')
  const token = model.addToken(user)
  const remote: Remote = { server, organization, user, token }
  const opened = await openTestDatabase()
  onTestFinished(() => opened.close())
  seed(opened, remote)
  const local = startEngine(opened, remote, clock, more)
  onTestFinished(() => local.sync.shutdown())
  const run = async (options: { full?: boolean } = {}) => {
    local.sync.start(ORGANIZATION_ID, options)
    await local.sync.finished(ORGANIZATION_ID)
    return local.sync.read(ORGANIZATION_ID)
  }
  return { clock, server, model, user, organization, remote, opened, local, run }
}

const ALL = {
  organizationId: ORGANIZATION_ID,
  repositoryId: null,
  state: 'open',
  search: '',
  cursor: null,
} as const

const changesOf = ({ local }: Awaited<ReturnType<typeof start>>) =>
  local.pullRequests.changes.after(ORGANIZATION_ID, 0, 1000).map(({ number, kind }) => `${number} ${kind}`)

test('a first sync reads everything and tells nothing', async () => {
  const world = await start()
  const { model, organization, run } = world
  for (let k = 0; k < 5; k++) {
    const repository = model.addRepository(organization, `project-${k}`)
    for (let n = 0; n < k * 3; n++) model.openPullRequest(repository, { labels: ['bug'], comments: n })
  }
  const sync = await run()
  expect(sync).toMatchObject({ state: 'synced', problem: null, phase: null })
  expect(sync.counts).toEqual({ repositories: 5, members: 1, openPullRequests: 30 })
  expect(changesOf(world)).toEqual([])
  expect(world.local.errors).toEqual([])
  const { pullRequests } = await world.local.pullRequests.page({ ...ALL })
  expect(pullRequests).toHaveLength(30)
})

test('what happened since is told once, whichever way it is read', async () => {
  const world = await start()
  const { model, organization, run, clock } = world
  const repository = model.addRepository(organization, 'project')
  const pulls = Array.from({ length: 8 }, () => model.openPullRequest(repository))
  await run()
  clock.advance(600_000)
  const [merged, closed, edited, drafted] = pulls
  if (!merged || !closed || !edited || !drafted) throw new Error('unreachable')
  model.merge(merged)
  model.close(closed)
  model.edit(edited, { title: 'Another title' })
  model.setDraft(drafted, true)
  model.openPullRequest(repository)
  const late = model.addRepository(organization, 'late')
  model.openPullRequest(late)
  expect((await run()).state).toBe('synced')
  const first = changesOf(world)
  expect(first.toSorted()).toEqual(
    ['1 merged', '2 closed', '3 title_changed', '4 drafted', '9 opened', '1 opened'].toSorted(),
  )
  clock.advance(600_000)
  await run()
  await run({ full: true })
  expect(changesOf(world)).toEqual(first)
  expect(rowsOf(world.opened).open).toEqual((await readFresh(world.remote, clock)).open)
})

test('a list that moves while its pages are read is read again, and nothing slips past', async () => {
  const { model, organization, run, server, opened, remote, clock } = await start({ largestAnswer: 10 })
  const repository = model.addRepository(organization, 'project')
  const pulls = Array.from({ length: 40 }, () => {
    clock.time += 1000
    return model.openPullRequest(repository)
  })
  // Too long ago for a search to bring what slipped past.
  clock.time += 3_600_000
  const lists = (request: { body: string }): boolean => request.body.includes('query OpenPullRequests(')
  server.faults.between(lists, 2, () => {
    clock.time += 1000
    for (const pull of pulls.slice(-3)) model.close(pull)
  })
  expect(await run()).toMatchObject({ state: 'synced' })
  expect(rowsOf(opened).open.map(({ number }) => number)).toEqual(Array.from({ length: 37 }, (_, k) => k + 1))
  expect(rowsOf(opened)).toEqual({ ...(await readFresh(remote, clock)), states: rowsOf(opened).states })
})

test('what happened while a repository was elsewhere is there when it is back', async () => {
  const { model, organization, run, opened, clock } = await start()
  const elsewhere = model.addOrganization('elsewhere')
  const repository = model.addRepository(organization, 'project')
  const pull = model.openPullRequest(repository)
  await run()
  model.transfer(repository, elsewhere)
  clock.advance(1000)
  await run()
  expect(rowsOf(opened).repositories).toEqual([])
  clock.advance(1000)
  model.merge(pull)
  model.openPullRequest(repository)
  clock.advance(3_600_000)
  await run()
  model.transfer(repository, organization)
  clock.advance(1000)
  await run()
  expect(rowsOf(opened).states).toEqual({ 'acme/project#1': 'merged', 'acme/project#2': 'open' })
})

test('an organization that is renamed while it is searched is searched again by its new name', async () => {
  const world = await start()
  const { model, organization, run, server, clock } = world
  const pull = model.openPullRequest(model.addRepository(organization, 'project'))
  await run()
  clock.advance(3_600_000)
  model.merge(pull)
  server.faults.between(
    (request) => request.body.includes('query UpdatedPullRequests'),
    0,
    () => model.renameOwner(organization, 'acme-two'),
  )
  await run()
  expect(changesOf(world)).toEqual(['1 merged'])
})

test('a failure of GitHub is waited out, and the sync goes on where it was', async () => {
  const { model, organization, run, server, clock, local } = await start()
  for (let k = 0; k < 3; k++) model.openPullRequest(model.addRepository(organization, `project-${k}`))
  server.faults.add((request) => request.body.includes('UpdatedPullRequests'), { kind: 'server' })
  const waiting = await run()
  expect(waiting).toMatchObject({
    state: 'waiting',
    phase: 'syncing_pull_requests',
    problem: { kind: 'github' },
  })
  expect(waiting.waitingUntil).toBe(clock.time + 5000)
  expect(waiting.counts.openPullRequests).toBe(3)
  const before = server.requests.length
  clock.advance(5000)
  await local.sync.finished(ORGANIZATION_ID)
  expect(local.sync.read(ORGANIZATION_ID)).toMatchObject({
    state: 'synced',
    problem: null,
    waitingUntil: null,
  })
  const asked = server.requests.slice(before)
  expect(asked.filter(({ body }) => body.includes('OpenPullRequest'))).toEqual([])
  expect(asked.filter(({ path }) => path.endsWith('/repos'))).toEqual([])
})

test('a sync stops at once, and goes on later with what it has', async () => {
  const { model, organization, server, local } = await start()
  model.openPullRequest(model.addRepository(organization, 'project'))
  let release = (): void => undefined
  const until = new Promise<void>((resolve) => (release = resolve))
  server.faults.add('POST /graphql', { kind: 'hold', until })
  local.sync.start(ORGANIZATION_ID)
  await server.answered('GET /organizations/*/members', 2)
  local.sync.cancel(ORGANIZATION_ID)
  expect(local.sync.read(ORGANIZATION_ID).state).toBe('cancelled')
  await local.sync.finished(ORGANIZATION_ID)
  expect(local.sync.read(ORGANIZATION_ID)).toMatchObject({ state: 'cancelled', counts: { repositories: 1 } })
  release()
  local.sync.start(ORGANIZATION_ID)
  await local.sync.finished(ORGANIZATION_ID)
  expect(local.sync.read(ORGANIZATION_ID)).toMatchObject({ state: 'synced', counts: { openPullRequests: 1 } })
})

test('single sign-on stops it until the person has authorized the token', async () => {
  const { model, organization, run, remote, opened } = await start()
  model.addRepository(organization, 'project')
  organization.saml = true
  expect(await run()).toMatchObject({ state: 'failed', problem: { kind: 'forbidden' } })
  const state = opened.database.commands.$client
    .prepare('SELECT state FROM organizations WHERE id = ?')
    .pluck()
  expect(state.get(ORGANIZATION_ID)).toBe('saml')
  model.authorize(remote.token, organization)
  expect(await run()).toMatchObject({ state: 'synced' })
  expect(state.get(ORGANIZATION_ID)).toBe('ok')
})

test('where GraphQL is refused, REST tells what it can, and what it could not tell is no news later', async () => {
  const world = await start()
  const { model, organization, run, server, opened, clock } = world
  const repository = model.addRepository(organization, 'project')
  const gone = model.openPullRequest(repository)
  model.openPullRequest(repository, { comments: 4, checks: 'SUCCESS' })
  const allow = server.faults.add('POST /graphql', { kind: 'forbidden' }, { times: Infinity })
  expect(await run()).toMatchObject({ state: 'synced', counts: { openPullRequests: 2 } })
  clock.advance(600_000)
  model.merge(gone)
  expect(await run()).toMatchObject({ state: 'synced' })
  expect(changesOf(world)).toEqual(['1 merged'])
  allow()
  clock.advance(600_000)
  await run({ full: true })
  expect(rowsOf(opened).open).toMatchObject([{ number: 2, comments: 4, checks: 'success' }])
  expect(changesOf(world)).toEqual(['1 merged'])
})

test('the organization on screen is read every minute, with little asked', async () => {
  const { model, organization, run, server, clock, local } = await start()
  for (let k = 0; k < 4; k++) model.openPullRequest(model.addRepository(organization, `project-${k}`))
  await run()
  local.sync.shown(ORGANIZATION_ID)
  expect(clock.next).toBe(clock.time + 60_000)
  const before = server.requests.length
  clock.advance(60_000)
  await local.sync.finished(ORGANIZATION_ID)
  expect(server.requests.length - before).toBeLessThan(8)
  // What a person does starts it at once, but not again and again.
  clock.time += 20_000
  local.sync.focused()
  expect(clock.next).toBe(clock.time)
  clock.advance(0)
  await local.sync.finished(ORGANIZATION_ID)
  local.sync.pushed(ORGANIZATION_ID)
  expect(clock.next).toBe(clock.time + 10_000)
})

test('killed at any request, it ends with everything', async () => {
  for (let nth = 0; nth < 14; nth++) {
    const { model, organization, server, remote, opened, clock, local } = await start({ largestAnswer: 10 })
    for (let k = 0; k < 3; k++) {
      const repository = model.addRepository(organization, `project-${k}`)
      for (let n = 0; n < 14; n++) model.openPullRequest(repository)
    }
    const killed = new Promise<void>((resolve) => {
      server.faults.between(
        () => true,
        nth,
        () => {
          clock.clear()
          opened.reopen()
          resolve()
        },
      )
    })
    local.sync.start(ORGANIZATION_ID)
    await Promise.race([killed, local.sync.finished(ORGANIZATION_ID)])
    await local.sync.finished(ORGANIZATION_ID)
    const next = startEngine(opened, remote, clock)
    next.sync.recover()
    clock.advance(0)
    await next.sync.finished(ORGANIZATION_ID)
    expect(next.sync.read(ORGANIZATION_ID)).toMatchObject({
      state: 'synced',
      counts: { repositories: 3, members: 1, openPullRequests: 42 },
    })
    expect(next.errors).toEqual([])
    expect(next.pullRequests.changes.last(ORGANIZATION_ID)).toBe(0)
    await next.sync.shutdown()
  }
})

test('pages hold every pull request once, newest first, and a search goes through all of them', async () => {
  const { model, organization, run, clock, local } = await start()
  const titles = ['100% sure', 'under_score', 'Nothing special']
  for (let k = 0; k < 3; k++) {
    const repository = model.addRepository(organization, `project-${k}`)
    for (let n = 0; n < 90; n++) {
      // Many at the same second.
      if (n % 10 === 0) clock.time += 1000
      model.openPullRequest(repository, { title: titles[n % 3] ?? '' })
    }
  }
  await run()
  const read = async (search: string) => {
    const all: { id: string; updatedAt: number }[] = []
    let cursor: string | null = null
    do {
      const page = await local.pullRequests.page({ ...ALL, search, cursor })
      expect(page.pullRequests.length).toBeLessThanOrEqual(100)
      all.push(...page.pullRequests)
      cursor = page.cursor
    } while (cursor !== null)
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length)
    expect(all.map(({ updatedAt }) => updatedAt)).toEqual(
      all.map(({ updatedAt }) => updatedAt).toSorted((a, b) => b - a),
    )
    return all.length
  }
  expect(await read('')).toBe(270)
  expect(await read('0%')).toBe(90)
  expect(await read('r_s')).toBe(90)
  expect(await read('#12')).toBe(3)
  expect(await read('nothing of the kind')).toBe(0)
  await expect(local.pullRequests.page({ ...ALL, cursor: 'x' })).rejects.toThrow('no such page')
})

test('updates that move to the end of the search while it is read let nothing slip past', async () => {
  const { model, organization, run, server, opened, clock } = await start()
  const repository = model.addRepository(organization, 'project')
  const pulls = Array.from({ length: 130 }, () => model.openPullRequest(repository))
  await run()
  clock.advance(3_600_000)
  for (const pull of pulls) {
    clock.time += 1000
    model.comment(pull)
  }
  server.faults.between(
    (request) => request.body.includes('query UpdatedPullRequests'),
    1,
    () => {
      clock.time += 1000
      for (const pull of pulls.slice(0, 20)) model.comment(pull)
    },
  )
  clock.time += 3_600_000
  await run()
  expect(rowsOf(opened).open.map(({ comments }) => comments)).toEqual(pulls.map(({ comments }) => comments))
})

test('organizations of one account are synced at the same time, each by itself', async () => {
  const { model, organization, remote, opened, local } = await start()
  const other: typeof ORGANIZATION_ID = 'org_00000000-0000-4000-8000-000000000002'
  const personal = remote.user
  opened.database.commands.$client
    .prepare(
      `INSERT INTO organizations (id, kind, name, created_at, host, github_id, login, account_id)
       SELECT ?, 'personal', ?, 0, host, ?, ?, account_id FROM organizations WHERE id = ?`,
    )
    .run(other, personal.login, String(personal.id), personal.login, ORGANIZATION_ID)
  model.openPullRequest(model.addRepository(organization, 'project'))
  model.openPullRequest(model.addRepository(personal, 'own'))
  local.sync.start(ORGANIZATION_ID)
  local.sync.start(other)
  // Joins the one that runs.
  local.sync.start(other)
  await Promise.all([local.sync.finished(ORGANIZATION_ID), local.sync.finished(other)])
  for (const id of [ORGANIZATION_ID, other])
    expect(local.sync.read(id)).toMatchObject({
      state: 'synced',
      counts: { repositories: 1, members: 1, openPullRequests: 1 },
    })
  expect(remote.server.requested('GET /user/repos')).toHaveLength(2)
})
