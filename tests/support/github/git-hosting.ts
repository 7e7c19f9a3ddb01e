import { execFile, spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { promisify } from 'node:util'
import { canSee, hasScope, isMember } from './access'
import { fullName, type GitHubModel } from './model'
import type { PullRequest, Repository, Token } from './types'

const run = promisify(execFile)

/** Of the settings of whoever runs the tests, git sees none. */
const environment = {
  ...process.env,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
}

/** Files of a repository nobody said anything about. */
const usualFiles = (repository: Repository): Record<string, string> => ({
  'README.md': `# ${repository.name}\n\n${repository.description ?? 'A small project.'}\n`,
  'src/greeting.ts': "export function greeting(): string {\n  return 'Hello'\n}\n",
  'src/index.ts': "import { greeting } from './greeting'\n\nconsole.log(greeting())\n",
})

/** `/owner/name.git/...`, which is git's and not the API's. */
const gitPath = /^\/([^/]+)\/([^/]+?)\.git(\/(?:info\/refs|git-upload-pack|git-receive-pack))$/

/** The repositories as git sees them: made when somebody first asks, with a branch for each open pull request. */
export class GitHosting {
  readonly #made = new Map<number, Promise<string>>()
  readonly #files = new Map<number, Record<string, string>>()
  #folder: Promise<string> | undefined

  constructor(readonly model: GitHubModel) {}

  /** What a repository begins with, instead of the usual few files. Before it is first asked for. */
  seed(repository: Repository, files: Record<string, string>): void {
    this.#files.set(repository.id, files)
  }

  /** The bare repository on disk, with what became of it at GitHub since: to look into or to commit to with git. */
  folder(repository: Repository): Promise<string> {
    // One after the other: two requests must not make the same commits.
    const before = this.#made.get(repository.id) ?? this.#make(repository)
    const made = before.then(async (folder) => {
      await this.#follow(repository, folder)
      return folder
    })
    this.#made.set(repository.id, made)
    return made
  }

  async remove(): Promise<void> {
    if (this.#folder !== undefined) await rm(await this.#folder, { recursive: true, force: true })
  }

  static is(path: string): boolean {
    return gitPath.test(path)
  }

  /** Answers one request of git's smart HTTP protocol; its status. */
  async answer(incoming: IncomingMessage, response: ServerResponse, url: URL, web: string): Promise<number> {
    const [, owner = '', name = '', rest = ''] = gitPath.exec(url.pathname) ?? []
    const refuse = (status: number, text: string, headers: Record<string, string> = {}): number => {
      incoming.resume()
      response.writeHead(status, { 'Content-Type': 'text/plain', ...headers }).end(text)
      return status
    }
    const token = this.#tokenOf(incoming)
    const challenge = { 'WWW-Authenticate': 'Basic realm="GitHub"' }
    if (token === 'refused') return refuse(401, 'Invalid username or token.', challenge)
    const found = this.model.repository(`${decodeURIComponent(owner)}/${decodeURIComponent(name)}`)
    const repository = found?.repository
    if (repository === undefined || (repository.private && (token === null || !canSee(token, repository))))
      return token === null
        ? refuse(401, 'No anonymous access.', challenge)
        : refuse(404, 'Repository not found.')
    if (found?.redirected === true)
      return refuse(301, '', { Location: `${web}/${fullName(repository)}.git${rest}${url.search}` })
    const writes = rest === '/git-receive-pack' || url.searchParams.get('service') === 'git-receive-pack'
    if (writes && token === null) return refuse(401, 'No anonymous write access.', challenge)
    if (writes && token !== null && !mayPush(token, repository))
      return refuse(403, `Permission to ${fullName(repository)}.git denied to ${token.user.login}.`)

    const folder = await this.folder(repository)
    const before = writes ? await branches(folder) : null
    const status = await this.#backend(incoming, response, { folder, rest, url, token })
    if (before !== null && incoming.method === 'POST')
      this.#pushed(repository, before, await branches(folder))
    return status
  }

  #tokenOf(incoming: IncomingMessage): Token | null | 'refused' {
    const basic = /^basic (.+)$/i.exec(incoming.headers.authorization ?? '')?.[1]
    if (basic === undefined) return null
    const password = Buffer.from(basic, 'base64').toString().split(':').slice(1).join(':')
    const token = this.model.tokens.get(password)
    if (token === undefined || token.revoked) return 'refused'
    return token.expiresAt !== null && token.expiresAt <= this.model.now() ? 'refused' : token
  }

  async #backend(
    incoming: IncomingMessage,
    response: ServerResponse,
    { folder, rest, url, token }: { folder: string; rest: string; url: URL; token: Token | null },
  ): Promise<number> {
    const { headers } = incoming
    const child = spawn('git', ['http-backend'], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: {
        ...environment,
        GIT_PROJECT_ROOT: folder,
        GIT_HTTP_EXPORT_ALL: '1',
        PATH_INFO: rest,
        QUERY_STRING: url.search.slice(1),
        REQUEST_METHOD: incoming.method ?? 'GET',
        CONTENT_TYPE: headers['content-type'] ?? '',
        HTTP_CONTENT_ENCODING: headers['content-encoding'] ?? '',
        ...(headers['git-protocol'] === undefined ? {} : { GIT_PROTOCOL: String(headers['git-protocol']) }),
        ...(token === null ? {} : { REMOTE_USER: token.user.login }),
      },
    })
    // A client that goes away takes its process with it.
    response.on('close', () => child.kill())
    child.stdin.on('error', () => incoming.resume())
    incoming.pipe(child.stdin)

    let head = Buffer.alloc(0)
    let status: number | null = null
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
      if (status !== null) {
        response.write(chunk)
        continue
      }
      head = Buffer.concat([head, chunk])
      const end = head.indexOf('\r\n\r\n')
      if (end < 0) continue
      const fields = readHead(head.subarray(0, end).toString())
      status = fields.status
      response.writeHead(status, fields.headers)
      response.write(head.subarray(end + 4))
    }
    if (status === null) response.writeHead(500)
    response.end()
    await finished(response).catch(() => child.kill())
    return status ?? 500
  }

  #pushed(repository: Repository, before: Map<string, string>, after: Map<string, string>): void {
    const moved = [...after].filter(([branch, commit]) => before.get(branch) !== commit)
    const removed = [...before.keys()].filter((branch) => !after.has(branch))
    if (moved.length + removed.length === 0) return
    this.model.pushTo(repository)
    for (const [branch, commit] of moved)
      for (const target of this.model.repositories.values())
        for (const pull of target.pulls.values())
          if (pull.state === 'OPEN' && pull.headRepository === repository && pull.headRef === branch)
            this.model.push(pull, commit)
  }

  async #make(repository: Repository): Promise<string> {
    this.#folder ??= mkdtemp(join(tmpdir(), 'foundry-github-'))
    const folder = join(await this.#folder, `${repository.id}.git`)
    await mkdir(folder)
    const branch = repository.defaultBranch ?? 'main'
    await run('git', ['init', '--quiet', '--bare', `--initial-branch=${branch}`, folder], {
      env: environment,
    })
    // What GitHub allows: partial clones, and commits asked for by name.
    for (const key of ['http.receivepack', 'uploadpack.allowFilter', 'uploadpack.allowAnySHA1InWant'])
      await run('git', ['config', key, 'true'], { cwd: folder, env: environment })
    if (repository.defaultBranch === null) return folder
    const files = Object.entries(this.#files.get(repository.id) ?? usualFiles(repository))
    const stream = `commit refs/heads/${branch}\n${committer(repository)}\n${data('First commit')}`
    await fastImport(folder, stream + files.map(([path, content]) => file(path, content)).join(''))
    return folder
  }

  /** A commit for each pull request that was opened or pushed to in the model only; the model learns its name. */
  async #follow(repository: Repository, folder: string): Promise<void> {
    if (repository.defaultBranch === null) return
    const commits = await branches(folder)
    const known = (pull: PullRequest): boolean =>
      commits.get(pull.headRef) === pull.headCommit || pull.headRef === repository.defaultBranch
    const behind = [...openPulls(this.model, repository)].filter((pull) => !known(pull))
    if (behind.length === 0) return
    let stream = ''
    for (const pull of behind) {
      const head = `refs/heads/${pull.headRef}`
      const from = commits.has(pull.headRef) ? head : `refs/heads/${repository.defaultBranch}`
      stream += `commit ${head}\n${committer(repository)}\n${data(pull.title)}from ${from}^0\n`
      stream += file(`changes/${pull.number}-${pull.commits}.md`, `# ${pull.title}\n\n${pull.body}\n`)
      if (pull.repository === repository) stream += `reset refs/pull/${pull.number}/head\nfrom ${head}\n`
    }
    await fastImport(folder, stream)
    const after = await branches(folder)
    for (const pull of behind) pull.headCommit = after.get(pull.headRef) ?? pull.headCommit
  }
}

const data = (content: string): string => `data ${Buffer.byteLength(content)}\n${content}\n`
const file = (path: string, content: string): string => `M 100644 inline ${path}\n${data(content)}`
const committer = ({ createdAt }: Repository): string =>
  `committer Ada Person <ada@example.com> ${Math.floor(createdAt / 1000)} +0000`

async function fastImport(folder: string, stream: string): Promise<void> {
  const child = spawn('git', ['fast-import', '--quiet'], {
    cwd: folder,
    stdio: ['pipe', 'ignore', 'inherit'],
    env: environment,
  })
  const ended = new Promise<void>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`git fast-import ended with ${code}`)),
    )
  })
  child.stdin.end(stream)
  await ended
}

function mayPush(token: Token, repository: Repository): boolean {
  if (repository.archived || !hasScope(token, 'repo', ...(repository.private ? [] : ['public_repo'])))
    return false
  const { owner } = repository
  if (owner === token.user || repository.collaborators.has(token.user)) return true
  return owner.kind === 'organization' && isMember(token, owner)
}

function* openPulls(model: GitHubModel, repository: Repository): Generator<PullRequest> {
  for (const target of model.repositories.values()) {
    if (target !== repository && !repository.fork) continue
    for (const pull of target.pulls.values())
      if (pull.state === 'OPEN' && pull.headRepository === repository) yield pull
  }
}

async function branches(folder: string): Promise<Map<string, string>> {
  const { stdout } = await run(
    'git',
    ['for-each-ref', '--format=%(refname:lstrip=2) %(objectname)', 'refs/heads'],
    { cwd: folder, env: environment, maxBuffer: 16 * 1024 * 1024 },
  )
  return new Map(
    stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const at = line.lastIndexOf(' ')
        return [line.slice(0, at), line.slice(at + 1)]
      }),
  )
}

/** The head of a CGI answer, whose status is a header too. */
function readHead(text: string): { status: number; headers: Record<string, string> } {
  const headers: Record<string, string> = {}
  let status = 200
  for (const line of text.split('\r\n')) {
    const [name = '', ...value] = line.split(': ')
    if (name.toLowerCase() === 'status') status = Number.parseInt(value.join(': '), 10)
    else headers[name] = value.join(': ')
  }
  return { status, headers }
}
