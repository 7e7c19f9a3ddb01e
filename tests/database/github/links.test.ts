import { describe, expect, it, onTestFinished } from 'vitest'
import type { Organization } from '../../../src/shared/domain'
import type { Account, AvailableOrganization, Sync } from '../../../src/shared/github'
import { startGitHub } from '../../support/github/server'
import { startApp } from './app-world'

/** Ada belongs to Acme and to Umbrella; nothing is signed in yet. */
async function open() {
  const github = await startGitHub()
  onTestFinished(() => github.close())
  const { model } = github
  const ada = model.addUser('ada')
  const acme = model.addOrganization('acme')
  const umbrella = model.addOrganization('umbrella')
  model.addMember(acme, ada, 'admin')
  model.addMember(umbrella, ada, 'admin')
  const engine = model.addRepository(acme, 'Engine')
  const secret = model.addRepository(umbrella, 'secret')
  const token = model.addToken(ada)
  const world = Object.assign(await startApp(), { github, model, ada, acme, engine, secret })
  const { host } = github
  const signIn = () => world.app.call<Account>('account.addToken', { host, token: token.value })

  async function add(account: Account, login: string): Promise<Organization> {
    const available = await world.app.call<AvailableOrganization[]>('organization.available', {
      accountId: account.id,
    })
    const { githubId } = available.find((one) => one.login === login) ?? {}
    const organization = await world.app.call<Organization>('organization.add', {
      accountId: account.id,
      githubId,
    })
    await synced(organization)
    return organization
  }

  const synced = (organization: Organization): Promise<Sync> =>
    world.app.until<Sync>(`organization:${organization.id}`, 'sync', ({ state }) => state === 'synced')
  const find = (owner: string, repository: string, number: number): Promise<unknown> =>
    world.app.call('organization.findPullRequest', { host, owner, repository, number })
  const findRepository = (owner: string, name: string): Promise<unknown> =>
    world.app.call('organization.findRepository', { host, owner, name })
  return Object.assign(world, { host, signIn, add, synced, find, findRepository })
}

describe('what a link leads to', () => {
  it('says what is missing, step by step, until the pull request and its task are here', async () => {
    const world = await open()
    world.model.openPullRequest(world.engine, { title: 'Start faster', author: world.ada })
    expect(await world.find('acme', 'engine', 1)).toEqual({ state: 'no_account' })

    const account = await world.signIn()
    expect(await world.find('acme', 'engine', 1)).toEqual({
      state: 'no_organization',
      accountIds: [account.id],
    })

    const acme = await world.add(account, 'acme')
    const known = await world.find('ACME', 'engine', 1)
    expect(known).toMatchObject({
      state: 'known',
      organizationId: acme.id,
      pullRequest: { number: 1, title: 'Start faster' },
    })
    const { taskId } = known as { taskId: string }
    expect(await world.app.call('task.find', { taskId })).toEqual({
      organizationId: acme.id,
      hasSession: false,
    })
    expect(await world.findRepository('acme', 'ENGINE')).toMatchObject({
      state: 'known',
      organizationId: acme.id,
    })
    expect(await world.find('acme', 'engine', 2)).toMatchObject({
      state: 'not_read',
      organizationId: acme.id,
    })
    expect(await world.find('acme', 'parser', 1)).toEqual({
      state: 'no_repository',
      organizationId: acme.id,
    })
    expect(await world.find('umbrella', 'secret', 1)).toMatchObject({ state: 'no_organization' })
    const elsewhere = { host: 'github.com', owner: 'acme', repository: 'engine', number: 1 }
    expect(await world.app.call('organization.findPullRequest', elsewhere)).toEqual({ state: 'no_account' })
  })

  it('keeps to what was read of an organization that was left, and offers to bring the rest again', async () => {
    const world = await open()
    world.model.openPullRequest(world.engine, { title: 'Start faster', author: world.ada })
    const account = await world.signIn()
    const acme = await world.add(account, 'acme')
    await world.app.call('organization.leave', { organizationId: acme.id, data: 'keep' })
    expect(await world.find('acme', 'engine', 1)).toMatchObject({ state: 'known', organizationId: acme.id })
    for (const [repository, number] of [
      ['engine', 2],
      ['parser', 1],
    ] as const)
      expect(await world.find('acme', repository, number)).toEqual({
        state: 'no_organization',
        accountIds: [account.id],
      })
    await world.app.call('account.signOut', { accountId: account.id, data: 'keep' })
    expect(await world.find('acme', 'engine', 2)).toEqual({ state: 'no_account' })
  })

  it('knows no task that is not here', async () => {
    const world = await open()
    const taskId = 'task_00000000-0000-0000-0000-000000000000'
    expect(await world.app.call('task.find', { taskId })).toBeNull()
    expect(await world.app.call('task.find', { taskId, sessionId: 'session_00000000' })).toBeNull()
  })
})
