import { describe, expect, it, onTestFinished } from 'vitest'
import { createAccounts } from '../../../src/main/github/accounts/accounts'
import { createMembership } from '../../../src/main/organization/membership'
import type { Organization } from '../../../src/shared/domain'
import type { AccountId, OrganizationId } from '../../../src/shared/ids'
import { startGitHub } from '../../support/github/server'
import { createWorld } from '../git/world'
import { createKeychain, NO_GH } from '../github/accounts-world'
import { openWorld, remote } from './world'

async function open() {
  const github = await startGitHub()
  onTestFinished(() => github.close())
  const { model, host } = github
  const ada = model.addUser('ada', { name: 'Ada' })
  const acme = model.addOrganization('acme', { name: 'Acme Inc.' })
  model.addMember(acme, ada)
  const disk = await createWorld()
  const signedOut = new Set<AccountId>()
  const world = await openWorld(disk.git, (id) => !signedOut.has(id))
  const syncs: string[] = []
  const running = new Map<OrganizationId, string[]>()
  const accounts = await createAccounts({
    database: world.database,
    version: '0.0.1',
    secrets: createKeychain().secrets,
    gh: NO_GH,
    clientIds: new Map(),
    fetch: (url, init) => fetch(url, init),
    audit: world.audit,
    actor: 'user_local',
    now: world.now,
    changed: (id) => (accounts.isSignedIn(id) ? signedOut.delete(id) : signedOut.add(id)),
    deviceSignInChanged: () => undefined,
    connected: () => undefined,
  })
  const membership = createMembership({
    database: world.database,
    accounts,
    organizations: world.organizations,
    repositories: world.repositories,
    data: world.data,
    audit: world.audit,
    actor: 'user_local',
    now: world.now,
    running: (id) => running.get(id) ?? [],
    startSync: (id) => syncs.push(`start ${id}`),
    stopSync(id) {
      syncs.push(`stop ${id}`)
      return Promise.resolve()
    },
    changed: (id) => world.told.push(`organization ${id}`),
  })
  const token = model.addToken(ada)
  const account = await accounts.addToken(host, token.value)
  return {
    ...world,
    disk,
    github,
    model,
    ada,
    acme,
    token,
    accounts,
    account,
    membership,
    running,
    syncs,
    add: (login: string): Promise<Organization> => {
      const id = model.owner(login)?.id
      return membership.add(account.id, String(id))
    },
    rows: (table: string) =>
      world.database.commands.$client.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number,
  }
}

describe('what an account can bring local', () => {
  it('is the account itself and its organizations, with their names', async () => {
    const world = await open()
    world.model.addOrganization('strangers')
    expect(await world.membership.available(world.account.id)).toMatchObject([
      { login: 'ada', name: 'Ada', kind: 'personal', state: 'ok', organizationId: null },
      { login: 'acme', name: 'Acme Inc.', kind: 'organization', state: 'ok', organizationId: null },
    ])
  })

  it('shows those that are out of reach as such, with the next step', async () => {
    const world = await open()
    const locked = world.model.addOrganization('locked', { saml: true })
    const banned = world.model.addOrganization('banned')
    for (const organization of [locked, banned]) world.model.addMember(organization, world.ada)
    world.model.suspend(banned)
    const available = await world.membership.available(world.account.id)
    expect(available.map(({ login, state }) => [login, state])).toEqual([
      ['ada', 'ok'],
      ['acme', 'ok'],
      ['locked', 'saml'],
      ['banned', 'suspended'],
    ])
    expect(available[2]?.problem).toMatchObject({
      kind: 'forbidden',
      next: expect.stringContaining('/orgs/locked/sso') as string,
    })
    await expect(world.add('locked')).rejects.toMatchObject({ kind: 'forbidden' })
    world.model.authorize(world.token, locked)
    expect(await world.add('locked')).toMatchObject({ kind: 'organization', github: { state: 'ok' } })
  })

  it('names an organization that a list leaves out by its id', async () => {
    const world = await open()
    world.github.faults.add('GET /user/orgs', {
      kind: 'answer',
      status: 200,
      body: [],
      headers: { 'X-GitHub-SSO': 'partial-results; organizations=4711' },
    })
    expect(await world.membership.available(world.account.id)).toMatchObject([
      { login: 'ada' },
      { githubId: '4711', state: expect.stringMatching(/saml|gone/) as string },
    ])
  })
})

describe('an organization', () => {
  it('is brought local once, synced, and keeps its id through a rename', async () => {
    const world = await open()
    const added = await world.add('acme')
    expect(added).toMatchObject({
      kind: 'organization',
      name: 'Acme Inc.',
      github: { accountId: world.account.id, login: 'acme', state: 'ok', leftAt: null },
    })
    expect(world.syncs).toEqual([`start ${added.id}`])
    world.model.renameOwner(world.acme, 'zenith')
    expect(await world.add('zenith')).toMatchObject({ id: added.id, github: { login: 'zenith' } })
    expect(world.organizations.list()).toHaveLength(2)
    expect(await world.membership.available(world.account.id)).toMatchObject([
      { organizationId: null },
      { login: 'zenith', organizationId: added.id },
    ])
  })

  it('of somebody else is not added', async () => {
    const world = await open()
    world.model.addOrganization('strangers')
    await expect(world.add('strangers')).rejects.toMatchObject({ kind: 'not_found' })
    await expect(world.membership.add(world.account.id, 'undefined')).rejects.toMatchObject({
      kind: 'not_found',
    })
  })

  it('that is left keeps what was read, marked, and is the same when it is added again', async () => {
    const world = await open()
    const { id } = await world.add('acme')
    world.organizations.activate(id)
    world.repositories.syncOwner.upsert(id, 1, [remote('acme/parser')])
    await world.membership.leave(id, 'keep')
    expect(world.syncs).toEqual([`start ${id}`, `stop ${id}`])
    expect(world.organizations.active()).toBe(world.organizations.local())
    expect(world.organizations.get(id).github?.leftAt).toEqual(expect.any(Number))
    expect(world.organizations.synced()).toEqual([])
    expect(world.organizations.syncOwner.get(id)).toBeNull()
    expect(world.repositories.page(id, null).entities).toHaveLength(1)
    expect(await world.add('acme')).toMatchObject({ id, github: { leftAt: null } })
  })

  it('is not left while its tasks run, and not deleted while agents worked in it', async () => {
    const world = await open()
    const { id } = await world.add('acme')
    world.repositories.syncOwner.upsert(id, 1, [remote('acme/parser')])
    const repository = world.idOf(id, 'id-acme/parser')
    world.addTask(repository, 'virtual', null)
    world.running.set(id, ['Fix it'])
    await expect(world.membership.leave(id, 'keep')).rejects.toMatchObject({
      kind: 'conflict',
      message: expect.stringContaining('Fix it') as string,
    })
    world.running.clear()
    world.addTask(repository, 'worked')
    await expect(world.membership.leave(id, 'delete')).rejects.toMatchObject({ kind: 'conflict' })
    await expect(world.membership.signOut(world.account.id, 'delete')).rejects.toMatchObject({
      kind: 'conflict',
    })
    expect(world.accounts.get(world.account.id).state).toBe('connected')
    await expect(world.membership.leave(world.organizations.local(), 'keep')).rejects.toMatchObject({
      kind: 'invalid_input',
    })
  })

  it('that is deleted leaves nothing but the folders a person opened', async () => {
    const world = await open()
    const { id } = await world.add('acme')
    const remotes = Array.from({ length: 450 }, (_, n) => remote(`acme/r${n}`))
    world.repositories.syncOwner.upsert(id, 1, remotes)
    world.organizations.syncOwner.upsertMembers(
      id,
      1,
      Array.from({ length: 450 }, (_, n) => ({
        githubId: String(n),
        login: `member-${n}`,
        name: null,
        avatarUrl: null,
        role: 'member' as const,
      })),
    )
    world.database.transaction(() => {
      const first = world.idOf(id, 'id-acme/r0')
      for (let number = 1; number <= 450; number++) world.addPullRequest(id, first, number)
      world.addTask(first, 'virtual', null)
    })
    const path = `${world.disk.root}/clone`
    await world.disk.run(world.disk.root, 'init', '--quiet', path)
    await world.disk.run(path, 'remote', 'add', 'origin', 'https://127.0.0.1/acme/r7')
    await world.disk.run(path, 'remote', 'set-url', 'origin', `http://${world.github.host}/acme/r7`)
    const folder = await world.repositories.openLocal(path)
    expect(folder.organizationId).toBe(id)

    await world.membership.leave(id, 'delete')

    expect(world.organizations.find(id)).toBeNull()
    expect(['members', 'pull_requests', 'tasks', 'github_sync'].map(world.rows)).toEqual([0, 0, 0, 0])
    expect(world.rows('repositories')).toBe(1)
    expect(world.repositories.get(folder.id)).toMatchObject({
      organizationId: world.organizations.local(),
      localPath: path,
      github: null,
    })
    expect(world.kinds()).toContain('organization.deleted')
    // Cut short by an end of the app, it goes on at the next start.
    const again = await world.add('acme')
    world.database.commands.$client
      .prepare('UPDATE organizations SET left_at = 1, delete_requested_at = 1 WHERE id = ?')
      .run(again.id)
    await expect(world.add('acme')).rejects.toMatchObject({ kind: 'conflict' })
    await world.membership.finishDeleting()
    expect(world.organizations.find(again.id)).toBeNull()
  })
})

describe('a sign-out', () => {
  it('keeps what was read, as nobody’s, until the same person is back', async () => {
    const world = await open()
    const { id } = await world.add('acme')
    await world.membership.signOut(world.account.id, 'keep')
    expect(world.organizations.get(id).github).toMatchObject({ accountId: null, leftAt: null })
    expect(world.syncs.at(-1)).toBe(`stop ${id}`)
    await world.accounts.addToken(world.github.host, world.model.addToken(world.ada).value)
    expect(world.organizations.get(id).github?.accountId).toBe(world.account.id)
  })

  it('deletes what nobody else here can read, and hands the rest over', async () => {
    const world = await open()
    const { id } = await world.add('acme')
    const { id: own } = await world.add('ada')
    const grace = world.model.addUser('grace')
    world.model.addMember(world.acme, grace)
    const other = await world.accounts.addToken(world.github.host, world.model.addToken(grace).value)
    world.organizations.syncOwner.upsertMembers(id, 1, [
      { githubId: String(grace.id), login: 'grace', name: null, avatarUrl: null, role: 'member' },
    ])
    await world.membership.signOut(world.account.id, 'delete')
    expect(world.organizations.find(own)).toBeNull()
    expect(world.organizations.get(id).github?.accountId).toBe(other.id)
    expect(world.syncs.at(-1)).toBe(`stop ${own}`)
    expect(world.syncs).toContain(`start ${id}`)
  })
})

describe('members', () => {
  it('come in pages by login, are found by part of a name, and go when a sync no longer sees them', async () => {
    const world = await open()
    const { id } = await world.add('acme')
    const { syncOwner } = world.organizations
    const member = (n: number) => ({
      githubId: String(n),
      login: n % 2 === 0 ? `User-${n}` : `user-${n}`,
      name: n === 7 ? '100% Ada_Lovelace' : null,
      avatarUrl: null,
      role: 'member' as const,
    })
    const all = Array.from({ length: 250 }, (_, n) => member(n))
    syncOwner.upsertMembers(id, 1, all)
    const logins: string[] = []
    let cursor: string | null = null
    do {
      const page: { members: { login: string }[]; cursor: string | null } = world.organizations.members(
        id,
        '',
        cursor,
      )
      logins.push(...page.members.map(({ login }) => login.toLowerCase()))
      cursor = page.cursor
    } while (cursor !== null)
    expect(logins).toEqual(all.map(({ login }) => login.toLowerCase()).sort())
    const found = (search: string) =>
      world.organizations.members(id, search, null).members.map((one) => one.id)
    expect(found('100% ada_')).toEqual(['7'])
    expect(found('%')).toEqual(['7'])
    expect(found('_')).toEqual(['7'])
    expect(found('USER-24')).toHaveLength(11)
    expect(() => world.organizations.members(id, '', 'x')).toThrow(
      expect.objectContaining({ kind: 'invalid_input' }),
    )
    syncOwner.upsertMembers(id, 2, all.slice(0, 10))
    syncOwner.sweepMembers(id, 2)
    expect(syncOwner.countMembers(id)).toBe(10)
    // A name that a list did not have is not forgotten.
    syncOwner.upsertMembers(id, 3, [{ ...member(7), name: null }])
    expect(found('lovelace')).toEqual(['7'])
  })
})
