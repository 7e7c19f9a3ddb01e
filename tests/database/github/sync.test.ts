import { onTestFinished, expect, test } from 'vitest'
import { startGitHub } from '../../support/github/server'
import { openTestDatabase } from '../../support/database'
import { Clock, ORGANIZATION_ID, readFresh, rowsOf, seed, startEngine, type Remote } from './sync-world'

async function start() {
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
  const local = startEngine(opened, remote, clock)
  onTestFinished(() => local.sync.shutdown())
  const run = async (options: { full?: boolean } = {}) => {
    local.sync.start(ORGANIZATION_ID, options)
    await local.sync.finished(ORGANIZATION_ID)
    return local.sync.read(ORGANIZATION_ID)
  }
  return { clock, server, model, user, organization, remote, opened, local, run }
}

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
  expect(
    world.local.pullRequests.page({
      organizationId: ORGANIZATION_ID,
      repositoryId: null,
      state: 'open',
      search: '',
      cursor: null,
    }).pullRequests,
  ).toHaveLength(30)
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
