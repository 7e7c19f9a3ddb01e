import { validateBranchName } from './branch-name'
import type { SessionId, TaskId, TurnId } from './ids'

export const DEEP_LINK_SCHEME = 'foundry'

export interface RepositoryAddress {
  /** In lower case, with the port where it is not the one of https. */
  host: string
  owner: string
  name: string
}

export interface PullRequestAddress {
  host: string
  owner: string
  repository: string
  number: number
}

export type KnownLink =
  | { type: 'task'; taskId: TaskId; sessionId?: SessionId; turnId?: TurnId }
  /** A file of the task's checkout; `path` has slashes, never leads out of it, and may name nothing. */
  | { type: 'file'; taskId: TaskId; path: string; line?: number }
  | ({ type: 'pull_request' } & PullRequestAddress)
  /** What a new task could be: it is created by a person, never by the link. */
  | { type: 'new_task'; repository?: RepositoryAddress; prompt?: string; title?: string; branch?: string }

/** Everything a link can say. It only ever shows something. */
export type DeepLink = KnownLink | UnknownLink

export interface UnknownLink {
  type: 'unknown_link'
  /** The beginning of what it was, to be shown as text. */
  link: string
}

/** A prompt of full length, every character of it percent-encoded, fits. */
const LONGEST_LINK = 80_000
const LONGEST_PROMPT = 8_000
const LONGEST_TITLE = 200
const LONGEST_PATH = 1_000
const SHOWN_CHARACTERS = 200
const LARGEST_NUMBER = 2 ** 31 - 1
const LARGEST_LINE = 9_999_999

/** What cannot be seen, or changes the order of what is: nobody can read what they agree to with it inside. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u
/** The same without what emoji and some scripts are written with, and without the breaks of a text. */
const UNSEEN_IN_TEXT =
  /(?!\n|\t|\u200c|\u200d|\ufe0e|\ufe0f)[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu
const OWN_LINK = /^foundry:\/\/([a-z]+)(?:\/([^?#]*))?(?:\?([^#]*))?(?:#.*)?$/i
const HOST = String.raw`(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){0,20}[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?|\[::1\]`
const PULL_REQUEST = new RegExp(
  String.raw`^(https?):\/\/(${HOST})(?::(\d{1,5}))?\/([\w-]{1,100})\/([\w.-]{1,100})\/pull\/([1-9]\d{0,9})(?:[\/?#].*)?$`,
  'i',
)
const REPOSITORY = new RegExp(
  String.raw`^(?:(?:https:\/\/)?(${HOST})(?::(\d{1,5}))?\/)?([\w-]{1,100})\/([\w.-]{1,100})$`,
  'i',
)
const WRAPPINGS = [
  /^\[[^\]]{0,1000}\]\(\s*(?<link>\S+)(?:\s+"[^"]*")?\s*\)$/,
  /^<(?<link>[^<>]*)>$/,
  /^(["'`])(?<link>[^"'`]*)\1$/,
]
const ID = /^[0-9a-f-]{8,64}$/
const LOOPBACK = /^(?:localhost|\[::1\]|127(?:\.\d{1,3}){3})$/

/** Reads what a person clicked, pasted or dropped. Whatever the text is, this returns and never throws. */
export function parseDeepLink(text: string): DeepLink {
  if (text.length > LONGEST_LINK) return unknownLink(text)
  const link = unwrapped(text)
  if (link === '' || UNSEEN.test(link) || /\s/u.test(link)) return unknownLink(text)
  return readPullRequest(link) ?? readOwn(link) ?? unknownLink(text)
}

/** The one way to write a link: reading it again gives what was written. */
export function formatDeepLink(link: KnownLink): string {
  switch (link.type) {
    case 'task': {
      const { taskId, sessionId, turnId } = link
      const session = sessionId === undefined ? '' : `/session/${sessionId}`
      return `${DEEP_LINK_SCHEME}://task/${taskId}${session}${turnId === undefined ? '' : `/turn/${turnId}`}`
    }
    case 'file': {
      const query = formatQuery({ path: link.path, line: link.line?.toString() })
      return `${DEEP_LINK_SCHEME}://task/${link.taskId}/file${query}`
    }
    case 'pull_request':
      return `${DEEP_LINK_SCHEME}://pull${formatQuery({ url: pullRequestUrl(link) })}`
    case 'new_task': {
      const { repository, prompt, title, branch } = link
      const repo =
        repository === undefined ? undefined : `${repository.host}/${repository.owner}/${repository.name}`
      return `${DEEP_LINK_SCHEME}://new${formatQuery({ repo, prompt, title, branch })}`
    }
  }
}

export function pullRequestUrl({ host, owner, repository, number }: PullRequestAddress): string {
  return `https://${host}/${owner}/${repository}/pull/${number}`
}

/** A link as people copy it: between spaces, as Markdown, in angle brackets or in quotes. */
function unwrapped(text: string): string {
  let link = text.trim()
  for (const wrapping of WRAPPINGS) link = wrapping.exec(link)?.groups?.['link']?.trim() ?? link
  return link
}

function readPullRequest(link: string): KnownLink | null {
  const [, scheme, name, port, owner, repository, digits] = PULL_REQUEST.exec(link) ?? []
  if (scheme === undefined || name === undefined || owner === undefined || repository === undefined)
    return null
  const host = readHost(name, port)
  const number = Number(digits)
  if (host === null || isDots(repository) || number > LARGEST_NUMBER) return null
  // On this machine a server is reached without encryption; anywhere else that is somebody's mistake or trap.
  if (scheme.toLowerCase() === 'http' && !LOOPBACK.test(name.toLowerCase())) return null
  return { type: 'pull_request', host, owner, repository, number }
}

function readHost(name: string, port: string | undefined): string | null {
  const lower = name.toLowerCase()
  const host = lower === 'www.github.com' ? 'github.com' : lower
  if (host.length > 253) return null
  if (port === undefined || Number(port) === 443) return host
  const number = Number(port)
  return number > 0 && number < 65_536 ? `${host}:${number}` : null
}

function readOwn(link: string): KnownLink | null {
  const [, kind = '', rest = '', query = ''] = OWN_LINK.exec(link) ?? []
  const path = rest.replace(/\/$/, '')
  const hasFragment = link.includes('#')
  switch (kind.toLowerCase()) {
    case 'task':
      return hasFragment ? null : readTask(path, query)
    case 'pull':
    case 'open': {
      // Whatever else stands there belongs to the page that was linked.
      const url = path === '' ? (readQuery(query)?.get('url') ?? '') : ''
      return UNSEEN.test(url) || /\s/u.test(url) ? null : readPullRequest(url)
    }
    case 'new':
      return hasFragment || path !== '' ? null : readNewTask(query)
    default:
      return null
  }
}

function readTask(path: string, query: string): KnownLink | null {
  const [taskId, kind, sessionId, turnWord, turnId, ...rest] = path.split('/')
  if (!isId('task', taskId)) return null
  if (kind === 'file' && sessionId === undefined) return readFile(taskId, query)
  if (query !== '' || rest.length > 0) return null
  if (kind === undefined) return { type: 'task', taskId }
  if (kind !== 'session' || !isId('session', sessionId)) return null
  if (turnWord === undefined) return { type: 'task', taskId, sessionId }
  return turnWord === 'turn' && isId('turn', turnId) ? { type: 'task', taskId, sessionId, turnId } : null
}

/** As the schemas of `ids` have it. Without them: the window reads links too, and its bundle has no schemas. */
function isId<Prefix extends 'task' | 'session' | 'turn'>(
  prefix: Prefix,
  text: string | undefined,
): text is `${Prefix}_${string}` {
  return text !== undefined && text.startsWith(`${prefix}_`) && ID.test(text.slice(prefix.length + 1))
}

function readFile(taskId: TaskId, query: string): KnownLink | null {
  const values = readQuery(query, ['path', 'line'])
  const path = values?.get('path') ?? ''
  if (path.length > LONGEST_PATH || UNSEEN.test(path) || path.includes('\\') || /^[a-z]:/i.test(path))
    return null
  if (path.split('/').some((part) => part === '' || isDots(part))) return null
  const line = values?.get('line')
  if (line === undefined) return { type: 'file', taskId, path }
  const number = Number(line)
  if (!/^[1-9]\d{0,6}$/.test(line) || number > LARGEST_LINE) return null
  return { type: 'file', taskId, path, line: number }
}

function readNewTask(query: string): KnownLink | null {
  const values = readQuery(query, ['repo', 'prompt', 'title', 'branch'])
  if (values === null) return null
  const link: Extract<KnownLink, { type: 'new_task' }> = { type: 'new_task' }
  const repo = values.get('repo')
  if (repo !== undefined) {
    const repository = readRepository(repo)
    if (repository === null) return null
    link.repository = repository
  }
  const prompt = readableText(values.get('prompt') ?? '')
  const title = readableText(values.get('title') ?? '').replaceAll(/\s+/gu, ' ')
  const branch = values.get('branch') ?? ''
  if (prompt.length > LONGEST_PROMPT || title.length > LONGEST_TITLE) return null
  if (branch !== '' && (UNSEEN.test(branch) || validateBranchName(branch) !== null)) return null
  if (prompt !== '') link.prompt = prompt
  if (title !== '') link.title = title
  if (branch !== '') link.branch = branch
  return link
}

function readRepository(text: string): RepositoryAddress | null {
  const [, name = 'github.com', port, owner, repository] = REPOSITORY.exec(text) ?? []
  const host = readHost(name, port)
  const bare = repository?.replace(/(?:\.git)+$/i, '') ?? ''
  if (host === null || owner === undefined || bare === '' || isDots(bare)) return null
  return { host, owner, name: bare }
}

/** Null where something is not encoded as it should be, is there twice, or is none of what is `allowed`. */
function readQuery(query: string, allowed?: readonly string[]): Map<string, string> | null {
  const values = new Map<string, string>()
  for (const part of query === '' ? [] : query.split('&')) {
    const at = part.indexOf('=')
    const name = decoded(at === -1 ? part : part.slice(0, at))
    const value = decoded(at === -1 ? '' : part.slice(at + 1))
    if (name === null || value === null || values.has(name)) return null
    if (allowed !== undefined && !allowed.includes(name)) return null
    values.set(name, value)
  }
  return values
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch (error) {
    // The only reason to throw: a percent sign that encodes nothing.
    if (error instanceof URIError) return null
    throw error
  }
}

function formatQuery(values: Readonly<Record<string, string | undefined>>): string {
  const parts = Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  )
  return parts.length === 0 ? '' : `?${parts.join('&')}`
}

/** Text that a person can read before it goes anywhere: nothing hidden in it, nothing turned around. */
function readableText(text: string): string {
  return text.replaceAll(/\r\n?/g, '\n').replaceAll(UNSEEN_IN_TEXT, '').trim()
}

const isDots = (part: string): boolean => part === '.' || part === '..'

/** Shown to the person, who must see what it was: without what cannot be seen, and not without end. */
function unknownLink(link: string): UnknownLink {
  const start = link.slice(0, SHOWN_CHARACTERS * 4)
  const visible = start.replaceAll(new RegExp(UNSEEN, 'gu'), '')
  return { type: 'unknown_link', link: visible.slice(0, SHOWN_CHARACTERS).replace(/[\ud800-\udbff]$/, '') }
}
