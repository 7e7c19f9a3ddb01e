import { spawn } from 'node:child_process'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { barrier, canSee } from './access'
import { environment } from './git-operations'
import { judge, pushBarrier, readPush, refusePush, type RefUpdate } from './git-push'
import type { GitStore } from './git-store'
import { fullName, type GitHubModel } from './model'
import type { Repository, Token } from './types'

/** `/owner/name.git/...`, which is git's and not the API's. */
const gitPath = /^\/([^/]+)\/([^/]+?)\.git(\/(?:info\/refs|git-upload-pack|git-receive-pack))$/

/** What became of a request; the refs it wanted to move, where it did. */
export interface GitAnswer {
  status: number
  updates?: RefUpdate[]
}

/** Git's smart HTTP protocol over the repositories of the store. */
export class GitHosting {
  constructor(
    readonly model: GitHubModel,
    readonly store: GitStore,
  ) {}

  /** What a repository begins with, instead of the usual few files. Before it is first asked for. */
  seed(repository: Repository, files: Record<string, string>): void {
    this.store.seed(repository, files)
  }

  /** The bare repository on disk, with what became of it at GitHub since: to look into or to commit to with git. */
  folder(repository: Repository): Promise<string> {
    return this.store.folder(repository)
  }

  static is(path: string): boolean {
    return gitPath.test(path)
  }

  /** Answers one request. A push is answered when the model knows of it. */
  async answer(
    incoming: IncomingMessage,
    response: ServerResponse,
    url: URL,
    web: string,
  ): Promise<GitAnswer> {
    const [, owner = '', name = '', rest = ''] = gitPath.exec(url.pathname) ?? []
    const refuse = (status: number, text: string, headers: Record<string, string> = {}): GitAnswer => {
      incoming.resume()
      response.writeHead(status, { 'Content-Type': 'text/plain', ...headers }).end(text)
      return { status }
    }
    const token = this.#tokenOf(incoming)
    const challenge = { 'WWW-Authenticate': 'Basic realm="GitHub"' }
    if (token === 'refused')
      return refuse(
        401,
        'Invalid username or token. Password authentication is not supported for Git operations.',
        challenge,
      )
    const found = this.model.repository(`${decodeURIComponent(owner)}/${decodeURIComponent(name)}`)
    const repository = found?.repository
    if (repository === undefined || (repository.private && (token === null || !canSee(token, repository))))
      return token === null
        ? refuse(401, 'No anonymous access.', challenge)
        : refuse(404, 'Repository not found.')
    if (found?.redirected === true)
      return refuse(301, '', { Location: `${web}/${fullName(repository)}.git${rest}${url.search}` })
    const barred = token === null ? null : barrier(token, repository.owner)
    if (barred !== null)
      return refuse(
        403,
        barred === 'suspended'
          ? 'Your account is suspended. Please visit https://support.github.com for more information.'
          : `The '${repository.owner.login}' organization has enabled or enforced SAML SSO.\nTo access this repository, visit ${web}/orgs/${repository.owner.login}/sso and try your request again.`,
      )
    const pushes = rest === '/git-receive-pack'
    if (pushes || url.searchParams.get('service') === 'git-receive-pack') {
      if (token === null) return refuse(401, 'No anonymous write access.', challenge)
      const closed = pushBarrier(this.model, token, repository, fullName(repository))
      if (closed !== null) return refuse(403, closed)
      if (pushes) return this.#receive(incoming, response, { repository, token, rest, url })
    }
    const folder = await this.store.folder(repository)
    return this.#pass(incoming, response, { folder, rest, url, token })
  }

  async #receive(
    incoming: IncomingMessage,
    response: ServerResponse,
    { repository, token, rest, url }: { repository: Repository; token: Token; rest: string; url: URL },
  ): Promise<GitAnswer> {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    const push = readPush(body)
    const { status, headers, parts } = await this.store.change(repository, token.user, async (folder) => {
      const verdict = await judge(this.model, { repository, token, folder }, push)
      if (verdict.refused.size > 0)
        return {
          status: 200,
          headers: { 'Content-Type': 'application/x-git-receive-pack-result' },
          parts: [await refusePush(folder, push, verdict)],
        }
      const parts: Buffer[] = []
      const input = Readable.from([body])
      const head = await runBackend(incoming, input, { folder, rest, url, token }, undefined, (part) =>
        parts.push(part),
      )
      return { ...head, parts }
    })
    response.writeHead(status, headers).end(Buffer.concat(parts))
    return { status, updates: push.updates }
  }

  #tokenOf(incoming: IncomingMessage): Token | null | 'refused' {
    const basic = /^basic (.+)$/i.exec(incoming.headers.authorization ?? '')?.[1]
    if (basic === undefined) return null
    const password = Buffer.from(basic, 'base64').toString().split(':').slice(1).join(':')
    const token = this.model.tokens.get(password)
    if (token === undefined || token.revoked) return 'refused'
    return token.expiresAt !== null && token.expiresAt <= this.model.now() ? 'refused' : token
  }

  /** Passes git's answer on as it comes. */
  async #pass(incoming: IncomingMessage, response: ServerResponse, place: Place): Promise<GitAnswer> {
    const away = new AbortController()
    // A client that goes away takes its process with it.
    response.on('close', () => away.abort())
    const { status } = await runBackend(incoming, incoming, place, away.signal, (part, head) => {
      if (!response.headersSent) response.writeHead(head.status, head.headers)
      response.write(part)
    })
    if (!response.headersSent) response.writeHead(500)
    response.end()
    return { status }
  }
}

interface Place {
  folder: string
  rest: string
  url: URL
  token: Token | null
}

interface Head {
  status: number
  headers: Record<string, string>
}

/** Runs git's own CGI program; `say` gets the body in parts, with the head before it. */
async function runBackend(
  { method, headers }: IncomingMessage,
  input: Readable,
  { folder, rest, url, token }: Place,
  signal: AbortSignal | undefined,
  say: (part: Buffer, head: Head) => void,
): Promise<Head> {
  const child = spawn('git', ['http-backend'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      ...environment,
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: rest,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: method ?? 'GET',
      CONTENT_TYPE: headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: headers['content-encoding'] ?? '',
      ...(headers['git-protocol'] === undefined ? {} : { GIT_PROTOCOL: String(headers['git-protocol']) }),
      ...(token === null ? {} : { REMOTE_USER: token.user.login }),
    },
  })
  signal?.addEventListener('abort', () => child.kill())
  child.stdin.on('error', () => input.resume())
  input.pipe(child.stdin)
  let before = Buffer.alloc(0)
  let head: Head | null = null
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    if (head !== null) {
      say(chunk, head)
      continue
    }
    before = Buffer.concat([before, chunk])
    const end = before.indexOf('\r\n\r\n')
    if (end < 0) continue
    head = readHead(before.subarray(0, end).toString())
    say(before.subarray(end + 4), head)
  }
  return head ?? { status: 500, headers: {} }
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
