import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createWorld, type World } from './world'

let world: World

beforeEach(async () => {
  world = await createWorld()
})
afterEach(() => world.close())

const ENGINE = '/repos/acme/engine'

describe('a repository', () => {
  it('says what the token may do there, and how to merge to those who may', async () => {
    const { model } = world.github
    world.engine.settings.allowRebase = false
    expect((await world.rest('GET', ENGINE)).body).toMatchObject({
      permissions: { admin: true, push: true, pull: true },
      allow_merge_commit: true,
      allow_rebase_merge: false,
      delete_branch_on_merge: false,
    })
    const stranger = await world.rest('GET', ENGINE, undefined, model.addToken(world.ben))
    expect(stranger.body).toMatchObject({ permissions: { admin: false, push: false, pull: true } })
    expect(stranger.body).not.toHaveProperty('allow_merge_commit')
    world.acme.basePermission = 'READ'
    model.addMember(world.acme, world.ben)
    world.engine.collaborators.set(world.ben, 'TRIAGE')
    expect((await world.rest('GET', ENGINE, undefined, model.addToken(world.ben))).body).toMatchObject({
      permissions: { push: false, triage: true },
    })
  })

  it('lists who can be asked, and what is in its folders', async () => {
    world.engine.collaborators.set(world.ben, 'READ')
    expect((await world.rest('GET', `${ENGINE}/assignees`)).body).toMatchObject([
      { login: 'octavia' },
      { login: 'ben' },
    ])
    expect((await world.rest('GET', `${ENGINE}/collaborators`)).status).toBe(200)
    const stranger = world.github.model.addToken(world.ben)
    expect((await world.rest('GET', `${ENGINE}/collaborators`, undefined, stranger)).status).toBe(403)
    world.github.git.seed(world.engine, { '.github/pull_request_template.md': '## What\n' })
    const file = await world.rest('GET', `${ENGINE}/contents/.github/pull_request_template.md`)
    expect(file.body).toMatchObject({ type: 'file', encoding: 'base64', size: 8 })
    expect(atob((file.body as { content: string }).content)).toBe('## What\n')
    expect((await world.rest('GET', `${ENGINE}/contents/.github`)).body).toMatchObject([
      { type: 'file', path: '.github/pull_request_template.md' },
    ])
    expect((await world.rest('GET', `${ENGINE}/contents/docs`)).status).toBe(404)
    expect((await world.rest('GET', `${ENGINE}/contents/.github?ref=none`)).status).toBe(404)
  })

  it('tells administrators how a branch is protected', async () => {
    const { model } = world.github
    expect(await world.rest('GET', `${ENGINE}/branches/main/protection`)).toMatchObject({
      status: 404,
      body: { message: 'Branch not protected' },
    })
    model.protect(world.engine, 'main', { requiredApprovals: 1, requiredChecks: ['build'] })
    expect((await world.rest('GET', `${ENGINE}/branches/main/protection`)).body).toMatchObject({
      required_status_checks: { contexts: ['build'] },
      required_pull_request_reviews: { required_approving_review_count: 1 },
      allow_force_pushes: { enabled: false },
    })
    expect((await world.rest('GET', `${ENGINE}/branches/main`)).body).toMatchObject({
      name: 'main',
      protected: true,
      protection: { required_status_checks: { contexts: ['build'] } },
    })
    const pull = model.openPullRequest(world.engine, { checks: 'FAILURE' })
    expect((await world.rest('GET', `${ENGINE}/commits/${pull.headCommit}/check-runs`)).body).toMatchObject({
      total_count: 1,
      check_runs: [{ name: 'build', status: 'completed', conclusion: 'failure' }],
    })
  })

  it('gives e-mail addresses to a token for it only', async () => {
    const refused = await world.rest('GET', '/user/emails')
    expect(refused.status).toBe(404)
    expect(refused.headers.get('x-accepted-oauth-scopes')).toBe('user, user:email')
    const token = world.github.model.addToken(world.octavia, { scopes: ['user:email'] })
    expect((await world.rest('GET', '/user/emails', undefined, token)).body).toMatchObject([
      { email: 'octavia@example.com', primary: true },
      { email: `${world.octavia.id}+octavia@users.noreply.github.com`, primary: false },
    ])
  })
})

describe('branches', () => {
  it('are deleted over REST, which closes their pull requests', async () => {
    const clone = await world.clone(world.engine)
    await clone.push('faster', { 'new.txt': 'new' })
    await world.rest('POST', `${ENGINE}/pulls`, { title: 'Faster', head: 'faster', base: 'main' })
    const remove = (name: string) => world.rest('DELETE', `${ENGINE}/git/refs/heads/${name}`)
    expect((await world.rest('GET', `${ENGINE}/git/ref/heads/faster`)).body).toMatchObject({
      object: { sha: await clone.git('rev-parse', 'HEAD') },
    })
    expect((await remove('faster')).status).toBe(204)
    expect(await remove('faster')).toMatchObject({
      status: 422,
      body: { message: 'Reference does not exist' },
    })
    expect((await remove('main')).status).toBe(422)
    expect(await clone.git('ls-remote', '--heads', 'origin', 'faster')).toBe('')
    expect(world.engine.pulls.get(1)?.state).toBe('CLOSED')
  })

  it('take open pull requests with them to a new name, in git as well', async () => {
    const { model } = world.github
    const clone = await world.clone(world.engine)
    const commit = await clone.push('faster', { 'new.txt': 'new' })
    await world.rest('POST', `${ENGINE}/pulls`, { title: 'Faster', head: 'faster', base: 'main' })
    world.wait(5000)
    model.renameBranch(world.engine, 'faster', 'fastest')
    model.renameBranch(world.engine, 'main', 'trunk')
    expect((await world.rest('GET', `${ENGINE}/pulls/1`)).body).toMatchObject({
      state: 'open',
      head: { ref: 'fastest', sha: commit },
      base: { ref: 'trunk' },
      updated_at: '2026-03-01T12:00:05Z',
    })
    expect(await clone.git('ls-remote', '--symref', 'origin', 'HEAD')).toContain('ref: refs/heads/trunk')
    const heads = await clone.git('ls-remote', '--heads', 'origin')
    expect(heads.split('\n').map((line) => line.split('refs/heads/')[1])).toEqual(['fastest', 'trunk'])
    const renamed = await world.rest('POST', `${ENGINE}/branches/fastest/rename`, { new_name: 'fast' })
    expect(renamed).toMatchObject({ status: 201, body: { name: 'fast', commit: { sha: commit } } })
  })

  it('can have pull requests into several bases, which move together', async () => {
    const clone = await world.clone(world.engine)
    await clone.git('push', '--quiet', 'origin', 'origin/main:refs/heads/release')
    await clone.push('faster', { 'new.txt': 'new' })
    for (const base of ['main', 'release'])
      await world.rest('POST', `${ENGINE}/pulls`, { title: base, head: 'faster', base })
    const commit = await clone.push('faster', { 'more.txt': 'more' })
    expect([...world.engine.pulls.values()].map((pull) => [pull.headCommit, pull.commits])).toEqual([
      [commit, 2],
      [commit, 2],
    ])
  })
})

describe('a repository that moves', () => {
  it('is led to over REST, GraphQL and git', async () => {
    const { model } = world.github
    const clone = await world.clone(world.engine)
    model.renameRepository(world.engine, 'motor')
    model.transfer(world.engine, world.octavia)
    expect((await world.rest('GET', `${ENGINE}/pulls?state=all`)).headers.get('location')).toBe(
      `${world.github.apiUrl}/repositories/${world.engine.id}/pulls?state=all`,
    )
    expect((await world.rest('GET', `/repositories/${world.engine.id}`)).body).toMatchObject({
      full_name: 'octavia/motor',
    })
    expect(await world.graphql('{ repository(owner: "acme", name: "engine") { nameWithOwner } }')).toEqual({
      data: { repository: { nameWithOwner: 'octavia/motor' } },
    })
    await clone.push('faster', { 'new.txt': 'new' })
    expect(world.engine.branches.has('faster')).toBe(true)
  })

  it('is gone once it is deleted', async () => {
    const clone = await world.clone(world.engine)
    world.github.model.deleteRepository(world.engine)
    expect((await world.rest('GET', ENGINE)).status).toBe(404)
    expect(await clone.refused('fetch', 'origin')).toContain('Repository not found.')
    expect(await world.graphql('{ repository(owner: "acme", name: "engine") { id } }')).toMatchObject({
      errors: [{ type: 'NOT_FOUND' }],
    })
  })
})
