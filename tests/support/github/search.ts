import type { GitHubModel } from './model'
import type { Issue, PullRequest, Repository } from './types'

/** Pull requests are issues too, as GitHub sees it. */
type Found = PullRequest | Issue

/** What a search may be asked for beyond which nothing more is given. */
export const SEARCH_CAP = 1000

/** GitHub refuses to search what does not exist or may not be seen. */
export class SearchRefused extends Error {}

interface Search {
  repositories: Iterable<Repository>
  fits: ((one: Found) => boolean)[]
  order: (a: Found, b: Found) => number
}

const sortKeys = {
  updated: (pull: Found) => pull.updatedAt,
  created: (pull: Found) => pull.createdAt,
  comments: (pull: Found) => pull.comments,
} as const

/**
 * Issues and pull requests that fit GitHub's search language, as far as it is spoken here: `org:`, `user:`, `repo:`, `is:`,
 * `state:`, `author:`, `label:`, `draft:`, `updated:`, `created:`, `head:`, `base:`, `sort:` and words of the title.
 */
export function searchIssues(
  model: GitHubModel,
  query: string,
  visible: (repository: Repository) => boolean,
): Found[] {
  const { repositories, fits, order } = parse(model, query, visible)
  const found: Found[] = []
  for (const repository of repositories) {
    if (!visible(repository)) continue
    for (const pull of repository.pulls.values()) if (fits.every((one) => one(pull))) found.push(pull)
    for (const issue of repository.issues.values()) if (fits.every((one) => one(issue))) found.push(issue)
  }
  return found.sort((a, b) => order(a, b) || a.id - b.id)
}

function parse(model: GitHubModel, query: string, visible: (repository: Repository) => boolean): Search {
  const scope = new Set<Repository>()
  let scoped = false
  const search: Search = {
    repositories: model.repositories.values(),
    fits: [],
    order: (a, b) => b.createdAt - a.createdAt,
  }
  for (const term of query.match(/-?[\w-]+:"[^"]*"|"[^"]*"|\S+/g) ?? []) {
    const [, minus, key, quoted] = /^(-?)([\w-]+):(.*)$/.exec(term) ?? []
    if (key === undefined || quoted === undefined) {
      const word = term.replaceAll('"', '').toLowerCase()
      search.fits.push((one) => `${one.title}\n${one.body}`.toLowerCase().includes(word))
      continue
    }
    const value = quoted.replaceAll('"', '')
    if (key === 'org' || key === 'user') {
      const owner = model.owner(value)
      if (owner === undefined || owner.suspended) throw refused()
      for (const one of owner.repositories) scope.add(one)
      scoped = true
    } else if (key === 'repo') {
      const found = model.repository(value)?.repository
      if (found === undefined || !visible(found)) throw refused()
      scope.add(found)
      scoped = true
    } else if (key === 'sort') {
      search.order = sorting(value)
    } else {
      const fits = qualifier(key, value)
      search.fits.push(minus === '-' ? (pull) => !fits(pull) : fits)
    }
  }
  if (scoped) search.repositories = scope
  return search
}

const refused = (): SearchRefused =>
  new SearchRefused(
    'The listed users and repositories cannot be searched either because the resources do not exist or you do not have permission to view them.',
  )

const isPull = (one: Found): one is PullRequest => one.kind === 'pullRequest'

function sorting(value: string): Search['order'] {
  const [key = '', direction = 'desc'] = value.split('-')
  const of = Object.hasOwn(sortKeys, key) ? sortKeys[key as keyof typeof sortKeys] : sortKeys.created
  return direction === 'asc' ? (a, b) => of(a) - of(b) : (a, b) => of(b) - of(a)
}

function qualifier(key: string, value: string): (pull: Found) => boolean {
  const wanted = value.toLowerCase()
  switch (key) {
    case 'is':
    case 'state':
    case 'type':
      return is(wanted)
    case 'author':
      return (pull) => pull.author?.login.toLowerCase() === wanted
    case 'label':
      return (pull) => [...pull.labels].some((label) => label.name.toLowerCase() === wanted)
    case 'draft':
      return (one) => isPull(one) && one.isDraft === (wanted === 'true')
    case 'head':
      return (one) => isPull(one) && one.headRef.startsWith(value)
    case 'base':
      return (one) => isPull(one) && one.baseRef.startsWith(value)
    case 'updated':
      return inRange(value, (pull) => pull.updatedAt)
    case 'created':
      return inRange(value, (pull) => pull.createdAt)
    case 'assignee':
      return (one) => !isPull(one) && [...one.assignees].some((user) => user.login.toLowerCase() === wanted)
    case 'no':
      return (one) => wanted === 'label' && one.labels.size === 0
    case 'in':
      return () => true
    case 'archived':
      return (pull) => pull.repository.archived === (wanted === 'true')
    default:
      throw new Error(`This server does not search by "${key}:" yet (tests/support/github/search.ts).`)
  }
}

function is(value: string): (pull: Found) => boolean {
  switch (value) {
    case 'pr':
      return isPull
    case 'issue':
      return (one) => !isPull(one)
    case 'open':
      return (pull) => pull.state === 'OPEN'
    case 'closed':
      return (pull) => pull.state !== 'OPEN'
    case 'merged':
      return (pull) => pull.state === 'MERGED'
    case 'unmerged':
      return (pull) => pull.state !== 'MERGED'
    case 'draft':
      return (one) => isPull(one) && one.isDraft
    case 'private':
      return (pull) => pull.repository.private
    case 'public':
      return (pull) => !pull.repository.private
    default:
      throw new Error(`This server does not search by "is:${value}" yet (tests/support/github/search.ts).`)
  }
}

/** `>=T`, `<T`, `A..B` or a day, compared as GitHub does: in whole seconds. */
function inRange(value: string, of: (pull: Found) => number): (pull: Found) => boolean {
  const seconds = (pull: Found): number => Math.floor(of(pull) / 1000)
  const at = (text: string): number => {
    const time = Date.parse(text)
    if (Number.isNaN(time)) throw new Error(`This server cannot read the time "${text}" of a search.`)
    return Math.floor(time / 1000)
  }
  const [from, to] = value.split('..')
  if (from !== undefined && to !== undefined) {
    const low = from === '*' ? -Infinity : at(from)
    const high = to === '*' ? Infinity : at(to)
    return (pull) => seconds(pull) >= low && seconds(pull) <= high
  }
  const [, operator = '', text = ''] = /^(>=|<=|>|<)?(.*)$/.exec(value) ?? []
  const bound = at(text)
  switch (operator) {
    case '>=':
      return (pull) => seconds(pull) >= bound
    case '<=':
      return (pull) => seconds(pull) <= bound
    case '>':
      return (pull) => seconds(pull) > bound
    case '<':
      return (pull) => seconds(pull) < bound
    default:
      return (pull) => seconds(pull) >= bound && seconds(pull) < bound + 86_400
  }
}
