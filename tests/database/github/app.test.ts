import { describe, expect, it, onTestFinished } from 'vitest'
import type { AppState } from '../../../src/shared/app-state'
import type { Organization, Repository } from '../../../src/shared/domain'
import type { Account, AvailableOrganization, PullRequestSummary, Sync } from '../../../src/shared/github'
import { startGitHub } from '../../support/github/server'
import { startApp } from './app-world'

async function open() {
  const github = await startGitHub()
  onTestFinished(() => github.close())
  const { model } = github
  const ada = model.addUser('ada', { name: 'Ada' })
  const acme = model.addOrganization('acme', { name: 'Acme Inc.' })
  model.addMember(acme, ada, 'admin')
  const engine = model.addRepository(acme, 'engine', { private: true })
  const token = model.addToken(ada)
  return Object.assign(await startApp(), { github, model, ada, acme, engine, token })
}

type World = Awaited<ReturnType<typeof open>>

async function addAcme(world: World): Promise<Organization> {
  const account = await world.app.call<Account>('account.addToken', {
    host: world.github.host,
    token: world.token.value,
  })
  const available = await world.app.call<AvailableOrganization[]>('organization.available', {
    accountId: account.id,
  })
  const githubId = available.find(({ login }) => login === 'acme')?.githubId
  return world.app.call<Organization>('organization.add', { accountId: account.id, githubId })
}

describe('the app', () => {
  it('brings an organization local and keeps it readable after a restart without network', async () => {
    const world = await open()
    world.model.openPullRequest(world.engine, { title: 'Start faster', author: world.ada })
    const organization = await addAcme(world)
    await world.app.call('organization.activate', { organizationId: organization.id })
    const topic = `organization:${organization.id}`
    const sync = await world.app.until<Sync>(topic, 'sync', ({ state }) => state === 'synced')
    expect(sync.counts).toEqual({ repositories: 1, members: 1, openPullRequests: 1 })

    world.setOnline(false)
    await world.restart()

    const state = await world.app.until<AppState>('app', 'state', () => true)
    expect(state.organizationId).toBe(organization.id)
    const repository = await world.app.until<Repository>(topic, 'repository', () => true)
    expect(repository).toMatchObject({
      name: 'engine',
      localPath: null,
      github: { fullName: 'acme/engine', openPullRequests: 1 },
    })
    const { pullRequests } = await world.app.call<{ pullRequests: PullRequestSummary[] }>(
      'organization.pullRequests',
      { organizationId: organization.id, repositoryId: null, state: 'open', search: 'faster', cursor: null },
    )
    expect(pullRequests).toMatchObject([{ title: 'Start faster', author: 'ada', state: 'open' }])
    const members = await world.app.call('organization.members', {
      organizationId: organization.id,
      search: '',
      cursor: null,
    })
    expect(members).toMatchObject({ members: [{ login: 'ada', role: 'admin' }], cursor: null })
    expect(await world.app.until<Sync>(topic, 'sync', ({ syncedAt }) => syncedAt !== null)).toMatchObject({
      counts: { openPullRequests: 1 },
    })
  })

  it('asks for the account again when its token is refused in a sync, and goes on with a new one', async () => {
    const world = await open()
    const organization = await addAcme(world)
    const topic = `organization:${organization.id}`
    await world.app.until<Sync>(topic, 'sync', ({ state }) => state === 'synced')
    world.model.revoke(world.token)
    await world.app.call('organization.sync', { organizationId: organization.id })
    const account = await world.app.until<Account>('app', 'account', ({ state }) => state === 'reconnect')
    expect(account.problem).toMatchObject({ kind: 'credentials' })
    world.model.addRepository(world.acme, 'parser')
    await world.app.call('account.addToken', {
      host: world.github.host,
      token: world.model.addToken(world.ada).value,
    })
    await world.app.until<Repository>(topic, 'repository', ({ name }) => name === 'parser')
  })

  it('leaves an organization while it is synced', async () => {
    const world = await open()
    for (let n = 0; n < 300; n++) world.model.addRepository(world.acme, `r${n}`)
    const organization = await addAcme(world)
    await world.app.call('organization.activate', { organizationId: organization.id })
    await world.app.call('organization.leave', { organizationId: organization.id, data: 'delete' })
    const { $client } = world.opened.database.commands
    const left = ['repositories', 'members', 'pull_requests', 'github_sync'].map((table) =>
      $client.prepare(`SELECT count(*) FROM ${table}`).pluck().get(),
    )
    expect(left).toEqual([0, 0, 0, 0])
    const state = await world.app.until<AppState>('app', 'state', () => true)
    expect(state.organizationId).not.toBe(organization.id)
    await expect(
      world.app.call('organization.sync', { organizationId: organization.id }),
    ).rejects.toMatchObject({
      kind: 'not_found',
    })
  })

  it('has no token in its log, its database, its topics or its answers', async () => {
    const world = await open()
    const organization = await addAcme(world)
    const topic = `organization:${organization.id}`
    await world.app.until<Sync>(topic, 'sync', ({ state }) => state === 'synced')
    const seen: unknown[] = [world.lines]
    for (const name of ['app', topic]) {
      const subscriber = { deliver: (updates: unknown) => void seen.push(updates) }
      seen.push(world.app.hub.subscribe(name, subscriber))
    }
    world.model.revoke(world.token)
    seen.push(await world.app.dispatch('organization.sync', { organizationId: organization.id }))
    await world.app.until<Account>('app', 'account', ({ state }) => state === 'reconnect')
    seen.push(
      await world.app.dispatch('account.addToken', { host: world.github.host, token: world.token.value }),
    )
    const { $client } = world.opened.database.commands
    const tables = $client
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
      .pluck()
      .all() as string[]
    for (const table of tables) seen.push($client.prepare(`SELECT * FROM "${table}"`).all())
    expect(JSON.stringify(seen)).not.toContain(world.token.value.slice(4))
    expect(world.keychain.values()).toEqual([world.token.value])
  })
})
