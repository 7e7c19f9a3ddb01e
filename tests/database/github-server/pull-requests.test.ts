import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createWorld, type Clone, type World } from './world'

let world: World
let clone: Clone

const PULLS = '/repos/acme/engine/pulls'

beforeEach(async () => {
  world = await createWorld()
  clone = await world.clone(world.engine)
})
afterEach(() => world.close())

const open = (fields: object = {}) =>
  world.rest('POST', PULLS, { title: 'Faster', head: 'faster', base: 'main', ...fields })
const error = (rest: object) => ({
  status: 422,
  body: { message: 'Validation Failed', errors: [{ resource: 'PullRequest', ...rest }] },
})

describe('opening', () => {
  it('answers with what git has', async () => {
    const commit = await clone.push('faster', { 'README.md': '# engine\n', 'new.txt': 'one\ntwo\n' })
    const answer = await open({ body: 'Closes #7', draft: true })
    expect(answer).toMatchObject({
      status: 201,
      body: {
        number: 1,
        state: 'open',
        draft: true,
        body: 'Closes #7',
        user: { login: 'octavia' },
        head: { label: 'acme:faster', ref: 'faster', sha: commit },
        base: { ref: 'main', sha: await clone.git('rev-parse', 'origin/main') },
        commits: 1,
        additions: 2,
        deletions: 2,
        changed_files: 2,
        mergeable: true,
        mergeable_state: 'draft',
        maintainer_can_modify: false,
      },
    })
    expect(await clone.git('ls-remote', 'origin', 'refs/pull/1/head')).toContain(commit)
    const files = await world.rest('GET', `${PULLS}/1/files?per_page=1`)
    expect(files.body).toMatchObject([
      { filename: 'README.md', status: 'modified', additions: 0, deletions: 2 },
    ])
    expect(files.headers.get('link')).toContain('page=2>; rel="next"')
    expect((await world.rest('GET', `${PULLS}/1/files?page=2&per_page=1`)).body).toMatchObject([
      { filename: 'new.txt', status: 'added', additions: 2, patch: '@@ -0,0 +1,2 @@\n+one\n+two' },
    ])
    expect((await world.rest('GET', `${PULLS}/1/commits`)).body).toMatchObject([
      { sha: commit, commit: { message: 'Change README.md, new.txt', author: { name: 'Ada' } } },
    ])
  })

  it('is refused in the words of GitHub', async () => {
    expect(await open()).toMatchObject(error({ field: 'head', code: 'invalid' }))
    await clone.push('faster', { 'new.txt': 'new' })
    expect(await open({ base: 'nowhere' })).toMatchObject(error({ field: 'base', code: 'invalid' }))
    expect(await open({ title: ' ' })).toMatchObject(error({ field: 'title', code: 'missing_field' }))
    expect(await world.rest('POST', PULLS, { title: 'No more' })).toMatchObject({
      status: 422,
      body: { message: 'Invalid request.\n\n"base", "head" weren\'t supplied.' },
    })
    await clone.git('push', '--quiet', 'origin', 'origin/main:refs/heads/same')
    expect(await open({ head: 'same' })).toMatchObject(
      error({ code: 'custom', message: 'No commits between main and same' }),
    )
    world.engine.settings.allowDrafts = false
    expect(await open({ draft: true })).toMatchObject(
      error({ code: 'custom', message: 'Draft pull requests are not supported in this repository.' }),
    )
    expect((await open()).status).toBe(201)
    expect(await open()).toMatchObject(
      error({ code: 'custom', message: 'A pull request already exists for acme:faster.' }),
    )
    // Another base is another pull request.
    expect((await open({ base: 'same' })).status).toBe(201)
  })

  it('needs a token that may, a person who may, and a repository that is not archived', async () => {
    await clone.push('faster', { 'new.txt': 'new' })
    const { model } = world.github
    const ask = (token = world.token) =>
      world.rest('POST', PULLS, { title: 'Faster', head: 'faster', base: 'main' }, token)
    const unscoped = await ask(model.addToken(world.octavia, { scopes: ['read:org'] }))
    expect(unscoped.status).toBe(404)
    expect(unscoped.headers.get('x-accepted-oauth-scopes')).toBe('public_repo, repo')
    expect((await ask(model.addToken(world.octavia, { kind: 'fine-grained', readOnly: true }))).status).toBe(
      403,
    )
    expect((await ask(model.addToken(world.ben))).status).toBe(403)
    model.archive(world.engine)
    expect(await ask()).toMatchObject({
      status: 403,
      body: { message: 'Repository was archived so is read-only.' },
    })
    model.setPrivate(world.engine, true)
    expect((await ask(model.addToken(world.ben))).status).toBe(404)
  })

  it('goes on under the new name of a repository', async () => {
    await clone.push('faster', { 'new.txt': 'new' })
    world.github.model.renameRepository(world.engine, 'motor')
    const moved = await open()
    expect(moved.status).toBe(307)
    const location = moved.headers.get('location') ?? ''
    const answer = await world.rest('POST', location, { title: 'Faster', head: 'faster', base: 'main' })
    expect(answer.status).toBe(201)
  })
})

describe('changing', () => {
  beforeEach(async () => {
    await clone.push('faster', { 'new.txt': 'new' })
    await open()
  })
  const change = (fields: object) => world.rest('PATCH', `${PULLS}/1`, fields)

  it('edits, closes and opens again', async () => {
    world.wait(5000)
    expect(await change({ title: 'Fastest', body: null })).toMatchObject({
      status: 200,
      body: { title: 'Fastest', body: '', updated_at: '2026-03-01T12:00:05Z' },
    })
    expect(await change({ state: 'closed' })).toMatchObject({ body: { state: 'closed', merged: false } })
    expect(await change({ state: 'open' })).toMatchObject({ body: { state: 'open', closed_at: null } })
  })

  it('does not open one again whose branch is gone, was replaced, or has another one', async () => {
    await change({ state: 'closed' })
    await open({ title: 'Another' })
    const reason = (why: string) =>
      error({ code: 'custom', field: 'state', message: `state cannot be changed. ${why}` })
    expect(await change({ state: 'open' })).toMatchObject(
      reason('There is already an open pull request from faster to main.'),
    )
    await clone.git('push', '--quiet', 'origin', ':faster')
    expect(await change({ state: 'open' })).toMatchObject(reason('The faster branch has been deleted.'))
    await clone.git('checkout', '--quiet', '--detach', 'origin/main')
    await clone.push('faster', { 'other.txt': 'other' })
    expect(await change({ state: 'open' })).toMatchObject(
      reason('The faster branch was force-pushed or recreated.'),
    )
  })

  it('retargets to a branch that exists', async () => {
    await clone.git('push', '--quiet', 'origin', 'origin/main:refs/heads/release')
    expect(await change({ base: 'nowhere' })).toMatchObject(error({ field: 'base', code: 'invalid' }))
    expect(await change({ base: 'release' })).toMatchObject({
      status: 200,
      body: { base: { ref: 'release' } },
    })
  })

  it('asks collaborators for a review, and nobody else', async () => {
    const { model } = world.github
    const ask = (...reviewers: string[]) =>
      world.rest('POST', `${PULLS}/1/requested_reviewers`, { reviewers })
    expect(await ask('octavia')).toMatchObject({
      status: 422,
      body: { message: 'Review cannot be requested from pull request author.' },
    })
    expect(await ask('ben')).toMatchObject({
      status: 422,
      body: {
        message: expect.stringContaining('is not a collaborator of the acme/engine repository.') as string,
      },
    })
    world.engine.collaborators.set(world.ben, 'READ')
    const team = model.addTeam(world.acme, 'Core')
    expect(
      await world.rest('POST', `${PULLS}/1/requested_reviewers`, {
        reviewers: ['ben'],
        team_reviewers: [team.slug],
      }),
    ).toMatchObject({
      status: 201,
      body: { requested_reviewers: [{ login: 'ben' }], requested_teams: [{ slug: 'core' }] },
    })
    expect(
      await world.rest('DELETE', `${PULLS}/1/requested_reviewers`, { reviewers: ['ben'] }),
    ).toMatchObject({ status: 200, body: { requested_reviewers: [], requested_teams: [{ slug: 'core' }] } })
  })

  it('puts labels on it, takes them off, and lists those there are', async () => {
    const path = '/repos/acme/engine/issues/1/labels'
    world.github.model.label(world.engine, 'bug')
    const named = (...names: string[]) => names.map((name) => expect.objectContaining({ name }) as object)
    expect((await world.rest('POST', path, { labels: ['bug', 'new'] })).body).toEqual(named('bug', 'new'))
    expect((await world.rest('PUT', path, { labels: ['other'] })).body).toEqual(named('other'))
    expect((await world.rest('DELETE', `${path}/bug`)).status).toBe(404)
    expect((await world.rest('DELETE', `${path}/other`)).body).toEqual([])
    expect((await world.rest('DELETE', path)).status).toBe(204)
    expect((await world.rest('GET', '/repos/acme/engine/labels')).body).toEqual(named('bug', 'new', 'other'))
  })
})

describe('merging', () => {
  let head: string
  beforeEach(async () => {
    await clone.push('faster', { 'one.txt': '1' })
    head = await clone.push('faster', { 'two.txt': '2' })
    await open()
  })
  const merge = (fields: object = {}) => world.rest('PUT', `${PULLS}/1/merge`, fields)
  const log = async (): Promise<string[]> => {
    await clone.git('fetch', '--quiet', 'origin')
    return (await clone.git('log', '--first-parent', '--format=%s', 'origin/main')).split('\n')
  }

  it('makes a merge commit', async () => {
    const answer = await merge({ sha: head })
    expect(answer).toMatchObject({ status: 200, body: { merged: true } })
    expect(await log()).toEqual(['Merge pull request #1 from acme/faster', 'First commit'])
    expect(await clone.git('log', '-1', '--format=%an <%ae>, %cn', 'origin/main')).toBe(
      'Octavia <octavia@example.com>, GitHub',
    )
    expect(await clone.git('rev-parse', 'origin/main^2')).toBe(head)
    expect((await world.rest('GET', `${PULLS}/1`)).body).toMatchObject({
      state: 'closed',
      merged: true,
      merged_by: { login: 'octavia' },
      merge_commit_sha: await clone.git('rev-parse', 'origin/main'),
    })
    expect((await world.rest('GET', `${PULLS}/1/files`)).body).toHaveLength(2)
    expect((await world.rest('GET', `${PULLS}/1/merge`)).status).toBe(204)
    expect((await merge()).status).toBe(405)
  })

  it('squashes', async () => {
    await merge({ merge_method: 'squash', commit_message: 'Both at once' })
    expect(await log()).toEqual(['Faster (#1)', 'First commit'])
    expect(await clone.git('log', '-1', '--format=%b', 'origin/main')).toBe('Both at once')
  })

  it('rebases', async () => {
    await clone.git('checkout', '--quiet', '-B', 'main', 'origin/main')
    await clone.push('main', { 'meanwhile.txt': 'm' })
    await merge({ merge_method: 'rebase' })
    expect(await log()).toEqual(['Change two.txt', 'Change one.txt', 'Change meanwhile.txt', 'First commit'])
    expect(await clone.git('ls-tree', '--name-only', 'origin/main')).toContain('meanwhile.txt\none.txt')
  })

  it('is refused where something is missing', async () => {
    const { model } = world.github
    const pull = world.engine.pulls.get(1)
    if (pull === undefined) throw new Error('There is no pull request.')
    const refused = async (fields: object = {}) => {
      const { status, body } = await merge(fields)
      return [status, (body as { message: string }).message]
    }
    expect(await refused({ sha: '0'.repeat(40) })).toEqual([
      409,
      'Head branch was modified. Review and try the merge again.',
    ])
    world.engine.settings.allowRebase = false
    expect(await refused({ merge_method: 'rebase' })).toEqual([
      405,
      'Rebase merges are not allowed on this repository.',
    ])
    model.setDraft(pull, true)
    expect(await refused()).toEqual([405, 'Pull Request is still a draft'])
    model.setDraft(pull, false)
    model.protect(world.engine, 'main', { requiredApprovals: 1, requiredChecks: ['build'] })
    model.setChecks(pull, 'PENDING')
    expect(await refused()).toEqual([
      405,
      'At least 1 approving review is required by reviewers with write access. Required status check "build" is in progress.',
    ])
    model.setChecks(pull, 'SUCCESS')
    model.approve(pull, world.ben)
    expect((await world.rest('GET', `${PULLS}/1`)).body).toMatchObject({ mergeable_state: 'clean' })
    expect((await merge()).status).toBe(200)
  })

  it('is refused for a conflict, which git knows of', async () => {
    await clone.git('checkout', '--quiet', '-B', 'main', 'origin/main')
    await clone.push('main', { 'one.txt': 'something else' })
    expect((await world.rest('GET', `${PULLS}/1`)).body).toMatchObject({
      mergeable: false,
      mergeable_state: 'dirty',
    })
    expect((await merge()).status).toBe(405)
    expect(await world.rest('PUT', `${PULLS}/1/update-branch`)).toMatchObject({
      status: 422,
      body: { message: 'merge conflict between base and head' },
    })
  })

  it('brings what is new in the base to the branch', async () => {
    const update = (fields: object = {}) => world.rest('PUT', `${PULLS}/1/update-branch`, fields)
    expect(await update()).toMatchObject({ status: 422 })
    await clone.git('checkout', '--quiet', '-B', 'main', 'origin/main')
    await clone.push('main', { 'meanwhile.txt': 'm' })
    world.github.model.protect(world.engine, 'main', { strict: true })
    expect((await world.rest('GET', `${PULLS}/1`)).body).toMatchObject({ mergeable_state: 'behind' })
    expect(await update({ expected_head_sha: '0'.repeat(40) })).toMatchObject({ status: 422 })
    expect(await update({ expected_head_sha: head })).toMatchObject({
      status: 202,
      body: { message: 'Updating pull request branch.' },
    })
    await clone.git('fetch', '--quiet', 'origin')
    expect(await clone.git('rev-parse', 'origin/faster^1')).toBe(head)
    expect((await world.rest('GET', `${PULLS}/1`)).body).toMatchObject({
      mergeable_state: 'clean',
      head: { sha: await clone.git('rev-parse', 'origin/faster') },
    })
  })

  it('deletes the branch where that is said, and pull requests into it follow', async () => {
    await clone.push('faster-still', { 'three.txt': '3' })
    await open({ head: 'faster-still', base: 'faster' })
    world.engine.settings.deleteBranchOnMerge = true
    await merge()
    expect(await clone.git('ls-remote', 'origin', 'refs/heads/faster')).toBe('')
    expect((await world.rest('GET', `${PULLS}/2`)).body).toMatchObject({
      state: 'open',
      base: { ref: 'main' },
      commits: 1,
    })
  })

  it('closes the issues it says it closes, in the default branch only', async () => {
    const { model } = world.github
    const issue = model.addIssue(world.engine, { title: 'It is slow' })
    await world.rest('PATCH', `${PULLS}/1`, { body: `Fixes #${issue.number}.` })
    await merge()
    expect(issue.state).toBe('CLOSED')
    expect((await world.rest('GET', `/repos/acme/engine/issues/${issue.number}`)).body).toMatchObject({
      state: 'closed',
      state_reason: 'completed',
    })
  })
})
