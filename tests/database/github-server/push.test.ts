import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createWorld, type Clone, type World } from './world'

let world: World
let clone: Clone

beforeEach(async () => {
  world = await createWorld()
  clone = await world.clone(world.engine)
})
afterEach(() => world.close())

/** Commits and says how git was refused. */
async function refusedPush(branch: string, files: Record<string, string>): Promise<string> {
  const said = await clone.push(branch, files).then(
    () => Promise.reject(new Error('The push was not refused.')),
    (error: { stderr: string }) => error.stderr,
  )
  return said.replaceAll(/ +$/gm, '')
}
const tip = (branch: string) => clone.git('ls-remote', 'origin', `refs/heads/${branch}`)

describe('a push', () => {
  it('makes branches, moves them with their pull requests, and removes them', async () => {
    const first = await clone.push('faster', { 'new.txt': 'new' })
    expect(world.engine.branches.get('faster')).toMatchObject({
      commit: first,
      headline: 'Change new.txt',
      author: world.octavia,
    })
    const pull = world.github.model.openPullRequest(world.engine, { headRef: 'faster', checks: 'SUCCESS' })
    expect(pull.headCommit).toBe(first)
    world.wait(5000)
    const second = await clone.push('faster', { 'more.txt': 'one\ntwo\nthree\n' })
    expect(pull).toMatchObject({
      headCommit: second,
      checks: null,
      updatedAt: world.now(),
      commits: 2,
      additions: 4,
      changedFiles: 2,
    })
    await clone.git('push', '--quiet', 'origin', ':faster')
    expect(pull.state).toBe('CLOSED')
    expect(world.engine.branches.has('faster')).toBe(false)
  })

  it('of everything a pull request has to its base merges it', async () => {
    await clone.push('faster', { 'new.txt': 'new' })
    const pull = world.github.model.openPullRequest(world.engine, { headRef: 'faster', body: 'Closes #2' })
    const issue = world.github.model.addIssue(world.engine)
    await clone.git('push', '--quiet', 'origin', 'HEAD:main')
    expect(pull).toMatchObject({ state: 'MERGED', mergedBy: world.octavia })
    expect(issue.state).toBe('CLOSED')
  })

  it('makes the first branch of an empty repository the default one', async () => {
    const empty = world.github.model.addRepository(world.acme, 'empty', { defaultBranch: null })
    const other = await world.clone(empty)
    await other.push('trunk', { 'new.txt': 'new' })
    expect(empty.defaultBranch).toBe('trunk')
    expect(await other.git('ls-remote', '--symref', 'origin', 'HEAD')).toContain('refs/heads/trunk')
  })

  it('is not fast-forward where somebody was first', async () => {
    const other = await world.clone(world.engine)
    await other.push('faster', { 'other.txt': 'other' })
    expect(await refusedPush('faster', { 'new.txt': 'new' })).toContain('! [rejected]')
    await clone.git('push', '--quiet', '--force', 'origin', 'HEAD:faster')
    expect(await tip('faster')).toContain(await clone.git('rev-parse', 'HEAD'))
  })
})

describe('what is merged in the model', () => {
  it('is in git', async () => {
    const { model } = world.github
    await clone.push('faster', { 'new.txt': 'new' })
    const pull = model.openPullRequest(world.engine, { headRef: 'faster' })
    await clone.git('fetch', '--quiet', 'origin')
    model.merge(pull)
    await clone.git('fetch', '--quiet', 'origin')
    expect(await clone.git('log', '-1', '--format=%s', 'origin/main')).toBe(
      'Merge pull request #1 from acme/faster',
    )
    expect(pull.mergeCommit).toBe(await clone.git('rev-parse', 'origin/main'))
  })
})

describe('a push is refused', () => {
  it('to a protected branch', async () => {
    world.github.model.protect(world.engine, 'main')
    const before = await tip('main')
    const said = await refusedPush('main', { 'new.txt': 'new' })
    expect(said).toContain('remote: error: GH006: Protected branch update failed for refs/heads/main.')
    expect(said).toContain('remote: error: Changes must be made through a pull request.')
    expect(said).toMatch(/! \[remote rejected\] HEAD -> main \(protected branch hook declined\)/)
    expect(await tip('main')).toBe(before)
    expect(await clone.refused('push', 'origin', ':main')).toContain('Cannot delete this protected branch')
  })

  it('while what goes to another branch goes through', async () => {
    world.github.model.protect(world.engine, 'main')
    await clone.git('commit', '--quiet', '--allow-empty', '--message', 'Nothing')
    const said = await clone.refused('push', 'origin', 'HEAD:main', 'HEAD:faster')
    expect(said).toContain('[new branch]      HEAD -> faster')
    expect(await tip('faster')).not.toBe('')
    expect(world.engine.branches.has('faster')).toBe(true)
  })

  it('by force, where that is not allowed', async () => {
    world.github.model.protect(world.engine, 'release', { requiresPullRequest: false })
    await clone.push('release', { 'new.txt': 'new' })
    await clone.git('commit', '--quiet', '--amend', '--message', 'Another')
    const said = await clone.refused('push', '--force', 'origin', 'HEAD:release')
    expect(said).toContain('Cannot force-push to this branch')
  })

  it('with a file that is too large, however small it is packed', async () => {
    world.engine.pushRules.maxFileBytes = 1024 * 1024
    const said = await refusedPush('faster', { 'big.bin': '0'.repeat(1_500_000), 'small.txt': 'small' })
    expect(said).toContain(
      "remote: error: File big.bin is 1.43 MB; this exceeds GitHub's file size limit of 1.00 MB",
    )
    expect(said).toContain('remote: error: GH001: Large files detected.')
    expect(said).toContain('(pre-receive hook declined)')
    expect(await tip('faster')).toBe('')
  })

  it('with a secret in it', async () => {
    world.engine.pushRules.secretScanning = true
    const secret = `ghp_${randomBytes(18).toString('hex')}`
    const said = await refusedPush('faster', { '.env': `A=1\nTOKEN=${secret}\n` })
    expect(said).toContain('remote: error: GH013: Repository rule violations found for refs/heads/faster.')
    expect(said).toContain('remote:     - Push cannot contain secrets')
    expect(said).toContain('path: .env:2')
    expect(said).toContain('(push declined due to repository rule violations)')
    expect(said).not.toContain(secret)
  })

  it('by a hook of the server', async () => {
    world.engine.pushRules.preReceive = 'Say the number of a ticket.'
    const said = await refusedPush('faster', { 'new.txt': 'new' })
    expect(said).toContain('remote: Say the number of a ticket.')
    expect(said).toContain('! [remote rejected] HEAD -> faster (pre-receive hook declined)')
  })

  it('with a workflow, by a token that is not for those', async () => {
    const { model } = world.github
    const refused = async (kind: 'classic' | 'oauth') => {
      clone = await world.clone(world.engine, model.addToken(world.octavia, { kind, scopes: ['repo'] }))
      return refusedPush('faster', { '.github/workflows/ci.yml': 'on: push\n' })
    }
    expect(await refused('oauth')).toContain(
      '(refusing to allow an OAuth App to create or update workflow `.github/workflows/ci.yml` without `workflow` scope)',
    )
    expect(await refused('classic')).toContain('(refusing to allow a Personal Access Token to create')
    clone = await world.clone(world.engine)
    await clone.push('faster', { '.github/workflows/ci.yml': 'on: push\n' })
  })

  it('to those who may not, with a bad token, and to what is archived', async () => {
    const { model } = world.github
    const push = async () => refusedPush('faster', { 'new.txt': 'new' })
    clone = await world.clone(world.engine, model.addToken(world.ben))
    expect(await push()).toContain('remote: Permission to acme/engine.git denied to ben.')
    clone = await world.clone(
      world.engine,
      model.addToken(world.octavia, { kind: 'fine-grained', readOnly: true }),
    )
    const said = await push()
    expect(said).toContain('remote: Write access to repository not granted.')
    expect(said).toContain('The requested URL returned error: 403')
    const revoked = model.addToken(world.octavia)
    clone = await world.clone(world.engine, revoked)
    model.revoke(revoked)
    expect(await push()).toMatch(/Authentication failed|could not read Username/)
    clone = await world.clone(world.engine)
    model.archive(world.engine)
    expect(await push()).toContain('remote: This repository was archived so it is read-only.')
  })
})

describe('forks', () => {
  const openFromFork = async (fields: object = {}) => {
    const { model } = world.github
    const fork = model.fork(world.engine, world.ben)
    const token = model.addToken(world.ben)
    const bens = await world.clone(fork, token)
    const commit = await bens.push('faster', { 'new.txt': 'new' })
    const answer = await world.rest(
      'POST',
      '/repos/acme/engine/pulls',
      { title: 'Faster', head: 'ben:faster', base: 'main', ...fields },
      token,
    )
    const pull = world.engine.pulls.get(1)
    if (pull === undefined) throw new Error(`Nothing was opened: ${JSON.stringify(answer.body)}`)
    return { fork, bens, commit, answer, pull }
  }

  it('begin with the default branch, and pull requests come from them', async () => {
    const { commit, answer, bens, pull } = await openFromFork()
    expect(answer).toMatchObject({
      status: 201,
      body: {
        head: { label: 'ben:faster', sha: commit, repo: { full_name: 'ben/engine' } },
        maintainer_can_modify: true,
        additions: 1,
      },
    })
    expect(await bens.git('rev-parse', 'origin/main')).toBe(await clone.git('rev-parse', 'origin/main'))
    expect(await clone.git('ls-remote', 'origin', 'refs/pull/1/head')).toContain(commit)
    expect(await tip('faster')).toBe('')
    const second = await bens.push('faster', { 'more.txt': 'more' })
    expect(pull).toMatchObject({ headCommit: second, commits: 2 })
    await clone.git('fetch', '--quiet', 'origin', 'refs/pull/1/head')
    expect(await clone.git('rev-parse', 'FETCH_HEAD')).toBe(second)
    expect(
      (await world.rest('PUT', '/repos/acme/engine/pulls/1/merge', { merge_method: 'squash' })).status,
    ).toBe(200)
    await clone.git('fetch', '--quiet', 'origin')
    expect(await clone.git('log', '-1', '--format=%s', 'origin/main')).toBe('Faster (#1)')
  })

  it('are open to those who maintain the base, where their owner lets them, for that branch', async () => {
    const { fork, pull } = await openFromFork()
    const maintainer = await world.clone(fork)
    await maintainer.git('checkout', '--quiet', 'faster')
    const commit = await maintainer.push('faster', { 'fix.txt': 'fix' })
    expect(pull.headCommit).toBe(commit)
    expect(await maintainer.refused('push', 'origin', 'HEAD:main')).toContain('(permission denied)')
    await world.rest('PATCH', '/repos/acme/engine/pulls/1', { maintainer_can_modify: false })
    expect(await maintainer.refused('push', 'origin', 'HEAD:faster')).toContain(
      'Permission to ben/engine.git denied to octavia.',
    )
  })

  it('are updated from the base', async () => {
    const { bens, commit } = await openFromFork()
    await clone.push('main', { 'meanwhile.txt': 'm' })
    expect((await world.rest('PUT', '/repos/acme/engine/pulls/1/update-branch')).status).toBe(202)
    await bens.git('fetch', '--quiet', 'origin')
    expect(await bens.git('rev-parse', 'origin/faster^1')).toBe(commit)
  })

  it('leave their pull requests behind, closed, when they are deleted', async () => {
    const { fork, commit } = await openFromFork()
    world.github.model.deleteRepository(fork)
    expect((await world.rest('GET', '/repos/acme/engine/pulls/1')).body).toMatchObject({
      state: 'closed',
      head: { repo: null, sha: commit },
    })
    expect(await world.rest('PATCH', '/repos/acme/engine/pulls/1', { state: 'open' })).toMatchObject({
      status: 422,
      body: {
        errors: [
          {
            message:
              'state cannot be changed. The repository that submitted this pull request has been deleted.',
          },
        ],
      },
    })
    expect(await clone.git('ls-remote', 'origin', 'refs/pull/1/head')).toContain(commit)
  })

  it('have a head for every pull request that was only ever seeded', async () => {
    const { model } = world.github
    const fork = model.fork(world.engine, world.ben)
    const open = model.openPullRequest(world.engine, { headRepository: fork, headRef: 'main' })
    const closed = model.openPullRequest(world.engine)
    model.close(closed)
    await clone.git('fetch', '--quiet', 'origin', '+refs/pull/*/head:refs/pulls/*')
    expect(await clone.git('rev-parse', 'refs/pulls/1', 'refs/pulls/2')).toBe(
      `${open.headCommit}\n${closed.headCommit}`,
    )
  })
})

describe('the log of calls', () => {
  it('has what was written, over REST, GraphQL and git', async () => {
    await clone.push('faster', { 'new.txt': 'new' })
    const fields = { title: 'Faster', head: 'faster', base: 'main', draft: true }
    await world.rest('POST', '/repos/acme/engine/pulls', fields)
    await world.rest('GET', '/repos/acme/engine/pulls/1')
    const id = world.engine.pulls.get(1)?.nodeId
    await world.graphql('{ viewer { login } }')
    await world.graphql(
      'mutation Ready($id: ID!) { markPullRequestReadyForReview(input: { pullRequestId: $id }) { pullRequest { id } } }',
      { id },
    )
    expect(world.github.calls()).toEqual([
      { method: 'POST', path: '/acme/engine.git/git-receive-pack', body: ['refs/heads/faster'] },
      { method: 'POST', path: '/repos/acme/engine/pulls', body: fields },
      {
        method: 'POST',
        path: '/graphql',
        body: { mutation: 'markPullRequestReadyForReview', variables: { id } },
      },
    ])
  })

  it('tells when something became so', async () => {
    const ready = world.github.until(() => world.engine.branches.has('faster'))
    await clone.push('faster', { 'new.txt': 'new' })
    await ready
    expect(world.engine.branches.has('faster')).toBe(true)
  })
})
