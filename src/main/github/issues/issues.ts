import { FoundryError } from '@shared/errors'
import type { Issue, IssuePage, IssueSummary } from '@shared/github'
import type { OrganizationId, RepositoryId } from '@shared/ids'
import { GitHubError } from '../client/errors'
import type { GitHubClient } from '../types'
import { readFoundIssues, readIssue, readIssues } from './answers'

const PAGE = 50
/** Who goes back and forth in a list is not made to wait each time. */
const FRESH_MS = 30_000
const REMEMBERED = 200

/** Issues of repositories, asked for when somebody looks: they are not synced. */
export interface Issues {
  /** Open ones, newest first; one whose number is searched for stands first. */
  page(repositoryId: RepositoryId, search: string, cursor: string | null): Promise<IssuePage>
  /**
   * As GitHub has it now, or as it was last read in this run when GitHub cannot be asked.
   *
   * @throws FoundryError `not_found`, and why it could not be asked
   */
  get(repositoryId: RepositoryId, number: number): Promise<Issue>
  close(): void
}

export interface IssuesOptions {
  /** @throws FoundryError for what is no repository of GitHub */
  subject(repositoryId: RepositoryId): { organizationId: OrganizationId; fullName: string }
  /** @throws FoundryError where nobody is signed in who could read it */
  client(organizationId: OrganizationId): GitHubClient
  now(): number
}

export function createIssues(options: IssuesOptions): Issues {
  const { now } = options
  const stopped = new AbortController()
  const asked = { purpose: 'interactive', signal: stopped.signal } as const
  const pages = createMemory<Promise<IssuePage>>()
  const issues = createMemory<{ issue: Issue; at: number }>()

  async function read(repositoryId: RepositoryId, search: string, cursor: string | null): Promise<IssuePage> {
    const { organizationId, fullName } = options.subject(repositoryId)
    const client = options.client(organizationId)
    const page = cursor === null ? 1 : pageNumber(cursor)
    const words = wordsOf(search)
    const query = { per_page: PAGE, page, sort: 'created' }
    const listed =
      words === ''
        ? await client.get(`/repos/${fullName}/issues`, {
            ...asked,
            query: { ...query, state: 'open', direction: 'desc' },
            read: readIssues,
          })
        : await client.get('/search/issues', {
            ...asked,
            query: { ...query, order: 'desc', q: `repo:${fullName} is:issue is:open ${words}` },
            read: readFoundIssues,
          })
    const first = page === 1 ? await byNumber(repositoryId, search) : null
    const others = listed.value.filter(({ number }) => number !== first?.number)
    return {
      issues: first === null ? others : [first, ...others],
      cursor: listed.next === null ? null : String(page + 1),
      fetchedAt: now(),
    }
  }

  async function byNumber(repositoryId: RepositoryId, search: string): Promise<IssueSummary | null> {
    const number = /^#?(\d{1,9})$/.exec(search.trim())?.[1]
    if (number === undefined || Number(number) === 0) return null
    try {
      const { body: _body, ...summary } = await ask(repositoryId, Number(number))
      return summary
    } catch (error) {
      if (error instanceof FoundryError && error.kind === 'not_found') return null
      throw error
    }
  }

  async function ask(repositoryId: RepositoryId, number: number): Promise<Issue> {
    const { organizationId, fullName } = options.subject(repositoryId)
    const { value } = await options.client(organizationId).get(`/repos/${fullName}/issues/${number}`, {
      ...asked,
      read: readIssue,
    })
    if (value === null)
      throw new FoundryError('not_found', `#${number} of ${fullName} is a pull request, not an issue.`, {
        next: 'Choose it as a pull request.',
      })
    issues.set(`${repositoryId}#${number}`, { issue: value, at: now() })
    return value
  }

  return {
    async page(repositoryId, search, cursor) {
      const key = JSON.stringify([repositoryId, search.trim().toLowerCase(), cursor])
      const known = pages.get(key)
      if (known !== undefined) {
        const page = await known.catch(() => null)
        if (page !== null && now() - page.fetchedAt < FRESH_MS) return page
      }
      const reading = read(repositoryId, search, cursor)
      pages.set(key, reading)
      // A failure is told to who asks, and the next one asks again.
      reading.catch(() => pages.delete(key))
      return reading
    },
    async get(repositoryId, number) {
      const known = issues.get(`${repositoryId}#${number}`)
      if (known !== undefined && now() - known.at < FRESH_MS) return known.issue
      try {
        return await ask(repositoryId, number)
      } catch (error) {
        if (known === undefined || !isUnreached(error)) throw error
        return known.issue
      }
    },
    close: () => stopped.abort(),
  }
}

function isUnreached(error: unknown): boolean {
  return error instanceof GitHubError && error.reason !== 'not_found' && error.reason !== 'aborted'
}

/** Words alone: what a person types is never taken for GitHub's search language. */
function wordsOf(search: string): string {
  const words = search.match(/[\p{L}\p{N}_]+/gu) ?? []
  return words.slice(0, 12).join(' ')
}

function pageNumber(cursor: string): number {
  if (!/^[1-9]\d{0,3}$/.test(cursor))
    throw new FoundryError('invalid_input', 'The list of issues has no such page.')
  return Number(cursor)
}

/** Forgets what was put in first. */
function createMemory<Value>() {
  const values = new Map<string, Value>()
  return {
    get: (key: string) => values.get(key),
    set(key: string, value: Value) {
      values.delete(key)
      values.set(key, value)
      const [oldest] = values.keys()
      if (values.size > REMEMBERED && oldest !== undefined) values.delete(oldest)
    },
    delete: (key: string) => void values.delete(key),
  }
}
