import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startGitHub, type GitHubServer } from '../../support/github/server'
import type { Organization, Token, User } from '../../support/github/types'

const run = promisify(execFile)

let github: GitHubServer
let now: number
let viewer: User
let acme: Organization
let token: Token
let folder: string

beforeEach(async () => {
  now = Date.parse('2026-03-01T12:00:00Z')
  folder = await mkdtemp(join(tmpdir(), 'foundry-test-'))
  github = await startGitHub({ now: () => now })
  viewer = github.model.addUser('octavia')
  acme = github.model.addOrganization('acme')
  github.model.addMember(acme, viewer)
  token = github.model.addToken(viewer)
})
afterEach(async () => {
  await github.close()
  await rm(folder, { recursive: true, force: true })
})

const git = async (...args: string[]): Promise<string> => {
  const { stdout } = await run('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', ...args], {
    cwd: folder,
    env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_TERMINAL_PROMPT: '0' },
  })
  return stdout.trim()
}
const basic = (): string => `Authorization: Basic ${btoa(`x-access-token:${token.value}`)}`

describe('git', () => {
  it('clones a private repository with a token, and no other way', async () => {
    const repository = github.model.addRepository(acme, 'engine', { private: true })
    github.model.openPullRequest(repository, { headRef: 'faster' })
    const url = `${github.url}/acme/engine.git`
    await expect(git('clone', '--quiet', url, 'denied')).rejects.toThrow('could not read Username')
    await git('-c', `http.extraHeader=${basic()}`, 'clone', '--quiet', url, 'engine')
    expect(await git('-C', 'engine', 'branch', '--all')).toContain('remotes/origin/faster')
  })

  it('moves the pull request of a branch that was pushed to', async () => {
    const repository = github.model.addRepository(acme, 'engine')
    const pull = github.model.openPullRequest(repository, { headRef: 'faster', checks: 'SUCCESS' })
    await git('clone', '--quiet', '--branch', 'faster', `${github.url}/acme/engine.git`, 'engine')
    const first = await git('-C', 'engine', 'rev-parse', 'HEAD')
    expect(pull.headCommit).toBe(first)
    await writeFile(join(folder, 'engine', 'new.txt'), 'new')
    await git('-C', 'engine', 'add', '--all')
    await git('-C', 'engine', 'commit', '--quiet', '--message', 'More')
    now += 5000
    await git('-C', 'engine', '-c', `http.extraHeader=${basic()}`, 'push', '--quiet')
    await github.answered('POST /acme/engine.git/git-receive-pack')
    expect(pull).toMatchObject({
      headCommit: await git('-C', 'engine', 'rev-parse', 'HEAD'),
      checks: null,
      updatedAt: now,
    })
    expect(repository.pushedAt).toBe(now)
  })

  it('has the commits of pull requests that were opened and pushed to in the model', async () => {
    const repository = github.model.addRepository(acme, 'engine')
    await git('clone', '--quiet', `${github.url}/acme/engine.git`, 'engine')
    const pull = github.model.openPullRequest(repository, { headRef: 'faster' })
    await git('-C', 'engine', 'fetch', '--quiet', 'origin')
    const first = await git('-C', 'engine', 'rev-parse', 'origin/faster')
    expect(pull.headCommit).toBe(first)
    github.model.push(pull)
    await git('-C', 'engine', 'fetch', '--quiet', 'origin')
    expect(await git('-C', 'engine', 'rev-parse', 'origin/faster^')).toBe(first)
    expect(pull.headCommit).toBe(await git('-C', 'engine', 'rev-parse', 'origin/faster'))
  })

  it('follows a repository to its new name', async () => {
    const repository = github.model.addRepository(acme, 'engine')
    github.model.renameRepository(repository, 'motor')
    await git('clone', '--quiet', `${github.url}/acme/engine.git`, 'engine')
    expect(await git('-C', 'engine', 'log', '--format=%s')).toBe('First commit')
  })
})

describe('the device flow', () => {
  const post = async (path: string, body: object): Promise<Record<string, unknown>> => {
    const answer = await fetch(github.url + path, { method: 'POST', body: JSON.stringify(body) })
    return (await answer.json()) as Record<string, unknown>
  }
  const begin = () => post('/login/device/code', { client_id: 'app', scope: 'repo read:org' })
  const ask = (code: unknown) =>
    post('/login/oauth/access_token', {
      client_id: 'app',
      device_code: code,
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
    })

  it('waits for the person, and gives a token that works', async () => {
    const { device_code: code, user_code: userCode } = await begin()
    expect(github.devices.waiting).toEqual([userCode])
    expect(await ask(code)).toMatchObject({ error: 'authorization_pending' })
    expect(await ask(code)).toMatchObject({ error: 'slow_down', interval: 10 })
    github.devices.approve(String(userCode), viewer)
    now += 10_000
    const granted = await ask(code)
    expect(granted).toMatchObject({ token_type: 'bearer', scope: 'repo,read:org' })
    const answer = await fetch(`${github.apiUrl}/user`, {
      headers: { authorization: `token ${String(granted['access_token'])}` },
    })
    expect(answer.headers.get('x-oauth-scopes')).toBe('repo, read:org')
  })

  it('ends when the person says no, or does not say anything in time', async () => {
    const denied = await begin()
    github.devices.deny(String(denied['user_code']))
    expect(await ask(denied['device_code'])).toMatchObject({ error: 'access_denied' })
    const late = await begin()
    now += 900_000
    expect(await ask(late['device_code'])).toMatchObject({ error: 'expired_token' })
  })
})

describe('connections', () => {
  it('can use a certificate nobody vouches for', async () => {
    const secure = await startGitHub({ tls: true })
    const refused: unknown = await fetch(`${secure.apiUrl}/user`).catch((error: unknown) => error)
    expect(refused).toMatchObject({ cause: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' } })
    await secure.close()
  })

  it('can stop in the middle of an answer', async () => {
    github.faults.add('GET /user', { kind: 'stalled' })
    const giveUp = new AbortController()
    const answer = await fetch(`${github.apiUrl}/user`, {
      signal: giveUp.signal,
      headers: { authorization: `token ${token.value}` },
    })
    expect(answer.status).toBe(200)
    giveUp.abort()
    await expect(answer.text()).rejects.toThrow('aborted')
  })

  it('show where a token was left', async () => {
    await fetch(`${github.apiUrl}/user`, { headers: { authorization: `token ${token.value}` } })
    expect(github.leaks()).toEqual([])
    await fetch(`${github.apiUrl}/user?access_token=${token.value}`)
    expect(github.leaks()).toHaveLength(1)
  })

  it('can stay unanswered until the client gives up', async () => {
    github.faults.add('GET /user', { kind: 'silent' })
    const giveUp = new AbortController()
    const asked = fetch(`${github.apiUrl}/user`, { signal: giveUp.signal })
    await github.arrived('GET /user')
    giveUp.abort()
    await expect(asked).rejects.toThrow('aborted')
    expect(github.requests[0]?.status).toBeNull()
  })
})
