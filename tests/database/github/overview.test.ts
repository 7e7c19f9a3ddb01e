import { expect, it, onTestFinished } from 'vitest'
import type { Organization, Repository } from '../../../src/shared/domain'
import type { ErrorValue } from '../../../src/shared/errors'
import type { Account, AvailableOrganization, RepositoryOverview, Sync } from '../../../src/shared/github'
import { newId } from '../../../src/main/database'
import { startGitHub } from '../../support/github/server'
import { startApp } from './app-world'

interface Answer {
  overview: RepositoryOverview | null
  error: ErrorValue | null
}

const HOUR = 3_600_000
const isOverview = ({ body }: { body: string }): boolean => body.includes('query RepositoryBranches(')

async function open() {
  const github = await startGitHub()
  onTestFinished(() => github.close())
  const { model } = github
  const ada = model.addUser('ada', { name: 'Ada' })
  const acme = model.addOrganization('acme', { name: 'Acme' })
  model.addMember(acme, ada, 'admin')
  const engine = model.addRepository(acme, 'engine', { private: true })
  const fork = model.fork(engine, ada)
  const pull = model.openPullRequest(engine, { title: 'Start faster', headRef: 'faster', checks: 'SUCCESS' })
  model.openPullRequest(engine, { title: 'From a fork', headRef: 'spike', headRepository: fork })
  model.setBranch(engine, 'spike', {
    aheadBy: 2,
    behindBy: 5,
    checks: 'FAILURE',
    committedAt: Date.now() - HOUR,
  })
  const world = await startApp()
  const account = await world.app.call<Account>('account.addToken', {
    host: github.host,
    token: model.addToken(ada).value,
  })
  const available = await world.app.call<AvailableOrganization[]>('organization.available', {
    accountId: account.id,
  })
  const githubId = available.find(({ login }) => login === 'acme')?.githubId
  const organization = await world.app.call<Organization>('organization.add', {
    accountId: account.id,
    githubId,
  })
  const topic = `organization:${organization.id}`
  await world.app.until<Sync>(topic, 'sync', ({ state }) => state === 'synced')
  const repository = await world.app.until<Repository>(topic, 'repository', ({ name }) => name === 'engine')
  const read = (refresh: boolean): Promise<Answer> =>
    world.app.call<Answer>('organization.overview', { repositoryId: repository.id, refresh })
  return Object.assign(world, { github, model, engine, pull, organization, repository, read })
}

it('asks GitHub for branches, keeps them over a restart, and tells of a failure beside them', async () => {
  const world = await open()
  expect(await world.read(false)).toEqual({ overview: null, error: null })
  const before = Date.now()
  const { overview, error } = await world.read(true)
  expect(error).toBeNull()
  expect(overview).toMatchObject({ defaultBranch: 'main', total: 3 })
  expect(overview?.fetchedAt).toBeGreaterThanOrEqual(before)
  const [main, ...others] = overview?.branches ?? []
  expect(main).toMatchObject({ name: 'main', aheadBy: 0, behindBy: 0, pullRequest: null, task: null })
  expect(others).toMatchObject([
    {
      name: 'faster',
      commit: world.pull.headCommit,
      checks: 'success',
      aheadBy: 1,
      behindBy: 0,
      author: 'ada',
      pullRequest: { number: world.pull.number, title: 'Start faster' },
    },
    // A branch of a fork with the same name is another branch.
    { name: 'spike', checks: 'failure', aheadBy: 2, behindBy: 5, pullRequest: null },
  ])

  world.setOnline(false)
  await world.restart()
  expect(await world.read(false)).toEqual({ overview, error: null })
  expect(await world.read(true)).toMatchObject({ overview, error: { kind: 'offline' } })
})

it('asks once for all who ask at the same time, and compares with the branch that is the default one now', async () => {
  const world = await open()
  const held = Promise.withResolvers<void>()
  world.github.faults.add(isOverview, { kind: 'hold', until: held.promise })
  world.model.setBranch(world.engine, 'trunk')
  world.engine.defaultBranch = 'trunk'
  const both = [world.read(true), world.read(true)]
  held.resolve()
  const [first, second] = await Promise.all(both)
  expect(second).toEqual(first)
  expect(first?.overview?.branches[0]).toMatchObject({ name: 'trunk' })
  // Once with the branch that was the default one, once with the one that is.
  expect(world.github.requested(isOverview)).toHaveLength(2)
})

it('names the task on a branch, and goes with its organization', async () => {
  const world = await open()
  await world.read(true)
  const id = newId('task')
  const { $client } = world.opened.database.commands
  $client
    .prepare(
      `INSERT INTO tasks (id, organization_id, repository_id, head_repository, branch, title, prompt, created_at, updated_at)
       VALUES (@id, @organization, @repository, @repository, 'spike', 'Try it', '', 1, 1)`,
    )
    .run({ id, organization: world.organization.id, repository: world.repository.id })
  const { overview } = await world.read(false)
  expect(overview?.branches.find(({ name }) => name === 'spike')?.task).toEqual({
    id,
    title: 'Try it',
  })
  await world.app.call('organization.leave', { organizationId: world.organization.id, data: 'delete' })
  expect($client.prepare('SELECT count(*) FROM repository_overviews').pluck().get()).toBe(0)
})
