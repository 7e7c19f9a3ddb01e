import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { fullName } from '../../support/github/model'
import { startGitHub, type GitHubServer } from '../../support/github/server'
import type { Organization, Repository, Token, User } from '../../support/github/types'

const run = promisify(execFile)

export interface Answered {
  status: number
  headers: Headers
  // What is in it is for the test to say.
  body: unknown
}

/** A server with an organization, a member with a token, and clones. */
export interface World {
  github: GitHubServer
  /** Moves with `wait`. */
  now: () => number
  wait(milliseconds: number): void
  octavia: User
  ben: User
  acme: Organization
  token: Token
  engine: Repository
  rest(method: string, path: string, body?: unknown, token?: Token): Promise<Answered>
  graphql(query: string, variables?: Record<string, unknown>, token?: Token): Promise<unknown>
  /** Clones it, or says where that is. */
  clone(repository: Repository, token?: Token): Promise<Clone>
  close(): Promise<void>
}

export interface Clone {
  folder: string
  git(...args: string[]): Promise<string>
  /** Commits one file on a branch made or moved to, and pushes it; the new commit. */
  push(branch: string, files: Record<string, string>, ...options: string[]): Promise<string>
  /** What git says when it is refused. */
  refused(...args: string[]): Promise<string>
}

export async function createWorld(): Promise<World> {
  let now = Date.parse('2026-03-01T12:00:00Z')
  const folder = await mkdtemp(join(tmpdir(), 'foundry-test-'))
  const github = await startGitHub({ now: () => now })
  const { model } = github
  const octavia = model.addUser('octavia', { name: 'Octavia', email: 'octavia@example.com' })
  const ben = model.addUser('ben')
  const acme = model.addOrganization('acme')
  model.addMember(acme, octavia, 'admin')
  const token = model.addToken(octavia)
  const engine = model.addRepository(acme, 'engine')
  let clones = 0

  const clone = async (repository: Repository, as = token): Promise<Clone> => {
    const place = join(folder, `clone-${++clones}`)
    const git = async (...args: string[]): Promise<string> => {
      const settings = {
        'user.name': 'Ada',
        'user.email': 'ada@example.com',
        'http.extraHeader': `Authorization: Basic ${btoa(`x-access-token:${as.value}`)}`,
      }
      const { stdout } = await run(
        'git',
        [...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]), ...args],
        {
          cwd: place,
          env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' },
        },
      )
      return stdout.trim()
    }
    await mkdir(place)
    await git('clone', '--quiet', `${github.url}/${fullName(repository)}.git`, '.')
    return {
      folder: place,
      git,
      async push(branch, files, ...options) {
        await git('checkout', '--quiet', '-B', branch)
        for (const [path, content] of Object.entries(files)) {
          await mkdir(dirname(join(place, path)), { recursive: true })
          await writeFile(join(place, path), content)
        }
        await git('add', '--all')
        await git('commit', '--quiet', '--message', `Change ${Object.keys(files).join(', ')}`)
        await git('push', '--quiet', ...options, 'origin', `HEAD:refs/heads/${branch}`)
        return git('rev-parse', 'HEAD')
      },
      refused: (...args) =>
        git(...args).then(
          () => Promise.reject(new Error('Git was not refused.')),
          (error: { stderr: string }) => error.stderr,
        ),
    }
  }

  return {
    github,
    octavia,
    ben,
    acme,
    token,
    engine,
    clone,
    now: () => now,
    wait: (milliseconds) => void (now += milliseconds),
    async rest(method, path, body, as = token) {
      const answer = await fetch(path.startsWith('http') ? path : github.apiUrl + path, {
        method,
        redirect: 'manual',
        headers: { authorization: `token ${as.value}` },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await answer.text()
      return {
        status: answer.status,
        headers: answer.headers,
        body: text === '' ? null : (JSON.parse(text) as unknown),
      }
    },
    async graphql(query, variables = {}, as = token) {
      const answer = await fetch(`${github.url}/api/graphql`, {
        method: 'POST',
        headers: { authorization: `bearer ${as.value}` },
        body: JSON.stringify({ query, variables }),
      })
      return answer.json()
    },
    async close() {
      await github.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
