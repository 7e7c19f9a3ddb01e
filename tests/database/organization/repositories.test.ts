import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Repository } from '../../../src/shared/domain'
import type { OrganizationId, RepositoryId } from '../../../src/shared/ids'
import { createWorld } from '../git/world'
import { openWorld, remote } from './world'

async function open() {
  const disk = await createWorld()
  const world = await openWorld(disk.git)
  return {
    ...world,
    /** A folder with that origin, or with none. */
    async folder(name: string, origin: string | null): Promise<string> {
      const path = join(disk.root, name)
      await disk.run(disk.root, 'init', '--quiet', path)
      if (origin !== null) await disk.run(path, 'remote', 'add', 'origin', origin)
      return path
    },
    setOrigin: (path: string, origin: string) => disk.run(path, 'remote', 'add', 'origin', origin),
    changeOrigin: (path: string, origin: string) => disk.run(path, 'remote', 'set-url', 'origin', origin),
  }
}

function all(world: Awaited<ReturnType<typeof open>>, organizationId: OrganizationId): Repository[] {
  const found: Repository[] = []
  let cursor: string | null = null
  do {
    const page: { entities: Repository[]; cursor: string | null } = world.repositories.page(
      organizationId,
      cursor,
    )
    expect(page.entities.length).toBeLessThanOrEqual(100)
    found.push(...page.entities)
    cursor = page.cursor
  } while (cursor !== null)
  return found
}

describe('a folder', () => {
  it('is the repository of GitHub that its origin names, over SSH as over https', async () => {
    const world = await open()
    const acme = world.addOrganization('acme')
    world.repositories.syncOwner.upsert(acme, 1, [remote('Acme/Parser')])
    const path = await world.folder('clone', 'git@github.com:acme/parser.git')

    const opened = await world.repositories.openLocal(path)

    expect(opened).toMatchObject({
      id: world.idOf(acme, 'id-Acme/Parser'),
      organizationId: acme,
      name: 'Parser',
      localPath: path,
      originUrl: 'git@github.com:acme/parser.git',
      github: { fullName: 'Acme/Parser' },
    })
    expect(all(world, world.organizations.local())).toEqual([])
    // A sync leaves the folder and its own way to origin alone.
    world.repositories.syncOwner.upsert(acme, 2, [remote('Acme/Parser', { pushedAt: 99 })])
    expect(world.repositories.get(opened.id)).toMatchObject({
      localPath: path,
      originUrl: 'git@github.com:acme/parser.git',
      github: { pushedAt: 99 },
    })
    expect((await world.repositories.openLocal(path)).id).toBe(opened.id)
  })

  it('stays of this computer while no organization here has its origin', async () => {
    const world = await open()
    const acme = world.addOrganization('acme')
    world.addOrganization('elsewhere', 'ghe.example.com')
    world.repositories.syncOwner.upsert(acme, 1, [remote('acme/parser')])
    const path = await world.folder('clone', 'https://ghe.example.com/acme/parser')
    expect(await world.repositories.openLocal(path)).toMatchObject({
      organizationId: world.organizations.local(),
      github: null,
    })
  })

  it('moves into the organization with its tasks when a sync finds its repository', async () => {
    const world = await open()
    const path = await world.folder('clone', 'https://github.com/acme/parser')
    const before = await world.repositories.openLocal(path)
    const task = world.addTask(before.id, 'fix')
    const acme = world.addOrganization('acme')

    world.repositories.syncOwner.upsert(acme, 1, [remote('acme/parser'), remote('acme/other')])

    expect(world.repositories.get(before.id)).toMatchObject({
      id: before.id,
      organizationId: acme,
      localPath: path,
      github: { fullName: 'acme/parser' },
    })
    expect(world.projection.get(task)).toMatchObject({ organizationId: acme, repositoryId: before.id })
    expect(world.told).toContain(`${world.organizations.local()} -> ${acme}: ${task}`)
    expect(world.repositories.read(world.organizations.local(), [before.id])).toEqual([])
    expect(all(world, acme)).toHaveLength(2)
    expect(world.kinds()).toContain('repository.identified')
  })

  it('keeps its id and tasks when it gets an origin that is here already', async () => {
    const world = await open()
    const path = await world.folder('clone', null)
    const before = await world.repositories.openLocal(path)
    const task = world.addTask(before.id, 'fix')
    const acme = world.addOrganization('acme')
    world.repositories.syncOwner.upsert(acme, 1, [remote('acme/parser')])
    const synced = world.idOf(acme, 'id-acme/parser')
    world.addPullRequest(acme, synced, 7)
    await world.setOrigin(path, 'ssh://git@github.com/acme/parser')

    const opened = await world.repositories.openLocal(path)

    expect(opened).toMatchObject({ id: before.id, organizationId: acme, github: { openPullRequests: 1 } })
    expect(world.projection.get(task)).toMatchObject({ organizationId: acme, repositoryId: before.id })
    expect(all(world, acme).map(({ id }) => id)).toEqual([before.id])
    expect(world.repositories.syncOwner.known(acme).map(({ id }) => id)).toEqual([before.id])
  })

  it('gives way without tasks, and stays what it is where both have tasks', async () => {
    const world = await open()
    const acme = world.addOrganization('acme')
    world.repositories.syncOwner.upsert(acme, 1, [remote('acme/one'), remote('acme/two')])
    const [one, two] = ['id-acme/one', 'id-acme/two'].map((id) => world.idOf(acme, id)) as [
      RepositoryId,
      RepositoryId,
    ]
    const empty = await world.folder('empty', null)
    const busy = await world.folder('busy', null)
    await world.repositories.openLocal(empty)
    const local = await world.repositories.openLocal(busy)
    world.addTask(local.id, 'here')
    world.addTask(two, 'there')
    await world.setOrigin(empty, 'https://github.com/acme/one')
    await world.setOrigin(busy, 'https://github.com/acme/two')

    expect((await world.repositories.openLocal(empty)).id).toBe(one)
    expect(await world.repositories.openLocal(busy)).toMatchObject({ id: local.id, github: null })
    expect(all(world, world.organizations.local()).map(({ id }) => id)).toEqual([local.id])
  })

  it('is let go of by the repository it was before, and kept through a rename on GitHub', async () => {
    const world = await open()
    const acme = world.addOrganization('acme')
    world.repositories.syncOwner.upsert(acme, 1, [remote('acme/old'), remote('acme/other')])
    const path = await world.folder('clone', 'https://github.com/acme/old')
    const opened = await world.repositories.openLocal(path)
    world.repositories.syncOwner.upsert(acme, 2, [remote('acme/new', { githubId: 'id-acme/old' })])
    expect((await world.repositories.openLocal(path)).id).toBe(opened.id)

    await world.changeOrigin(path, 'https://github.com/acme/other')
    const other = await world.repositories.openLocal(path)
    expect(other).toMatchObject({ id: world.idOf(acme, 'id-acme/other'), localPath: path })
    expect(world.repositories.get(opened.id).localPath).toBeNull()
  })

  it('is taken off the list without taking the repository of GitHub along', async () => {
    const world = await open()
    const acme = world.addOrganization('acme')
    world.repositories.syncOwner.upsert(acme, 1, [remote('acme/parser')])
    const path = await world.folder('clone', 'https://github.com/acme/parser')
    const { id } = await world.repositories.openLocal(path)
    world.repositories.remove(id)
    expect(all(world, acme)).toMatchObject([{ id, localPath: null, github: { gone: false } }])
    expect((await world.repositories.openLocal(path)).localPath).toBe(path)
  })
})

describe('a sync of repositories', () => {
  it('tells of what changed, and only stamps the rest', async () => {
    const world = await open()
    const acme = world.addOrganization('acme')
    const { syncOwner } = world.repositories
    syncOwner.upsert(acme, 1, [remote('acme/one'), remote('acme/two')])
    const [one, two] = ['id-acme/one', 'id-acme/two'].map((id) => world.idOf(acme, id)) as [
      RepositoryId,
      RepositoryId,
    ]
    expect(world.told).toEqual([`${acme} ${one}`, `${acme} ${two}`])
    world.told.length = 0
    syncOwner.upsert(acme, 2, [remote('acme/one'), remote('acme/two', { isArchived: true })])
    expect(world.told).toEqual([`${acme} ${two}`])
    expect(syncOwner.unconfirmed(acme, 2)).toEqual([])
    expect(
      syncOwner
        .unconfirmed(acme, 3)
        .map(({ id }) => id)
        .sort(),
    ).toEqual([one, two].sort())
    syncOwner.confirm(acme, 3, ['id-acme/one'])
    expect(syncOwner.unconfirmed(acme, 3).map(({ id }) => id)).toEqual([two])
    syncOwner.markGone([two])
    expect(syncOwner.count(acme)).toBe(1)
    expect(world.repositories.get(two).github).toMatchObject({ gone: true, isArchived: true })
    // It comes back under another name.
    syncOwner.upsert(acme, 4, [remote('acme/three', { githubId: 'id-acme/two' })])
    expect(world.repositories.get(two)).toMatchObject({ name: 'three', github: { gone: false } })
    syncOwner.markGone([one])
    syncOwner.confirm(acme, 5, ['id-acme/one'])
    expect(world.repositories.get(one).github?.gone).toBe(false)
  })

  it('keeps no credentials of an address', async () => {
    const world = await open()
    const acme = world.addOrganization('acme')
    world.repositories.syncOwner.upsert(acme, 1, [
      remote('acme/parser', { cloneUrl: 'https://ada:secret@github.com/acme/parser.git' }),
    ])
    expect(all(world, acme)[0]?.originUrl).toBe('https://github.com/acme/parser.git')
  })

  it('counts open pull requests of the repositories that changed', async () => {
    const world = await open()
    const acme = world.addOrganization('acme')
    const { syncOwner } = world.repositories
    syncOwner.upsert(acme, 1, [remote('acme/one'), remote('acme/two')])
    const [one, two] = ['id-acme/one', 'id-acme/two'].map((id) => world.idOf(acme, id)) as [
      RepositoryId,
      RepositoryId,
    ]
    const count = (id: RepositoryId) => world.repositories.get(id).github?.openPullRequests
    world.addPullRequest(acme, one, 1)
    world.addPullRequest(acme, one, 2, 'merged')
    expect([count(one), count(two)]).toEqual([1, 0])
    world.addPullRequest(acme, two, 3)
    world.told.length = 0
    syncOwner.changed(acme, [two])
    expect([count(one), count(two)]).toEqual([1, 1])
    expect(world.told).toEqual([`${acme} ${two}`])
    const plan = world.database.commands.$client
      .prepare(
        `EXPLAIN QUERY PLAN SELECT repository_id, count(*) FROM pull_requests
         WHERE organization_id = ? AND state = 'open' GROUP BY repository_id`,
      )
      .all('') as { detail: string }[]
    expect(plan.map(({ detail }) => detail)).toEqual([
      'SEARCH pull_requests USING COVERING INDEX pull_requests_open_of (organization_id=?)',
    ])
  })
})

describe('a repository that was transferred between two organizations here', () => {
  it('is the same row, with its tasks, pull requests and folder', async () => {
    const world = await open()
    const acme = world.addOrganization('acme')
    const beta = world.addOrganization('beta')
    world.addOrganization('gamma', 'ghe.example.com')
    world.repositories.syncOwner.upsert(acme, 1, [remote('acme/parser'), remote('acme/other')])
    const path = await world.folder('clone', 'https://github.com/acme/parser')
    const { id } = await world.repositories.openLocal(path)
    const taskId = world.addTask(id, 'work')
    world.addPullRequest(acme, id, 1)
    world.repositories.syncOwner.changed(acme, [id])
    expect(world.repositories.get(id).github?.openPullRequests).toBe(1)

    world.repositories.syncOwner.upsert(beta, 1, [remote('beta/parser', { githubId: 'id-acme/parser' })])

    expect(world.repositories.get(id)).toMatchObject({
      organizationId: beta,
      localPath: path,
      github: { fullName: 'beta/parser', openPullRequests: 1, gone: false },
    })
    expect(world.projection.find(taskId)?.organizationId).toBe(beta)
    expect(all(world, acme).map(({ name }) => name)).toEqual(['other'])
    expect(all(world, beta).map((one) => one.id)).toEqual([id])
    // Ids are of a host: the same one elsewhere is another repository.
    const gamma = world.addOrganization('delta', 'ghe.example.com')
    world.repositories.syncOwner.upsert(gamma, 1, [remote('delta/x', { githubId: 'id-acme/other' })])
    expect(all(world, acme).map(({ name }) => name)).toEqual(['other'])
  })
})

describe('the list', () => {
  it('comes in pages: used last, then pushed to last, then the rest, each once', async () => {
    const world = await open()
    const acme = world.addOrganization('acme')
    const remotes = Array.from({ length: 450 }, (_, n) =>
      remote(`acme/r${n}`, { pushedAt: n % 9 === 0 ? null : Math.floor(n / 4) }),
    )
    world.repositories.syncOwner.upsert(acme, 1, remotes)
    const used = ['id-acme/r5', 'id-acme/r9', 'id-acme/r300'].map((id) => world.idOf(acme, id))
    for (const id of used) world.repositories.used(id)

    const listed = all(world, acme)

    expect(new Set(listed.map(({ id }) => id)).size).toBe(450)
    expect(listed.slice(0, 3).map(({ id }) => id)).toEqual(used.toReversed())
    const pushed = listed.slice(3).map(({ github }) => github?.pushedAt ?? -1)
    expect(pushed).toEqual([...pushed].sort((a, b) => b - a))
  })

  it.each(['nonsense', '1:2', '1:x:y', ''])('has no page %j', async (cursor) => {
    const world = await open()
    expect(() => world.repositories.page(world.organizations.local(), cursor)).toThrow(
      expect.objectContaining({ kind: 'invalid_input' }),
    )
  })

  it('keeps what a person hides, and says so', async () => {
    const world = await open()
    const acme = world.addOrganization('acme')
    world.repositories.syncOwner.upsert(acme, 1, [remote('acme/parser')])
    const id = world.idOf(acme, 'id-acme/parser')
    expect(world.repositories.setHidden(id, true).github?.hidden).toBe(true)
    world.repositories.syncOwner.upsert(acme, 2, [remote('acme/parser', { isFork: true })])
    expect(world.repositories.get(id).github).toMatchObject({ hidden: true, isFork: true })
    expect(world.repositories.setHidden(id, false).github?.hidden).toBe(false)
    const { id: local } = await world.repositories.openLocal(await world.folder('plain', null))
    expect(() => world.repositories.setHidden(local, true)).toThrow(
      expect.objectContaining({ kind: 'unsupported' }),
    )
  })
})
