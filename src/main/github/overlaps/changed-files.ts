import { z } from 'zod'
import { toErrorValue, type ErrorValue } from '@shared/errors'
import type { OrganizationId, RepositoryId } from '@shared/ids'
import type { Database } from '../../database'
import type { GitHubClient } from '../types'

/** So many pull requests of a repository are looked at, those changed last; so many at once. */
const MOST = 100
const AT_ONCE = 50
/** GitHub gives so many files of each with one request. */
const FILES = 100
/** Repositories whose answers are remembered. */
const REMEMBERED = 50
/** Without a known commit, an answer is good for so long. */
const FRESH_MS = 600_000

const QUERY = `query PullRequestFiles($ids: [ID!]!) {
  nodes(ids: $ids) { ... on PullRequest { id headRefOid files(first: ${FILES}) { totalCount nodes { path } } } }
  rateLimit { cost remaining limit resetAt }
}`

const answerSchema = z.object({
  nodes: z.array(
    z
      .object({
        id: z.string().optional(),
        headRefOid: z.string().optional(),
        files: z
          .object({
            totalCount: z.number(),
            nodes: z.array(z.object({ path: z.string() }).nullable()).nullish(),
          })
          .nullish(),
      })
      .nullable(),
  ),
})

export interface OpenPullRequest {
  number: number
  nodeId: string
  headCommit: string | null
  title: string
  url: string
  author: string | null
  isDraft: boolean
  /** Null where they are not known yet. */
  files: { paths: ReadonlySet<string>; total: number } | null
}

export interface ChangedFiles {
  pulls: readonly OpenPullRequest[]
  /** How many are open. */
  open: number
  readAt: number | null
  error: ErrorValue | null
}

/** Which files the open pull requests of a repository change: asked for when somebody looks, and kept in memory by commit. */
export interface PullRequestFiles {
  /** Asks GitHub for what is not known yet. Two who ask for the same wait for the same answer. */
  read(repositoryId: RepositoryId): Promise<ChangedFiles>
  close(): void
}

export interface PullRequestFilesOptions {
  database: Database
  /** @throws FoundryError for what is no repository of GitHub */
  subject(repositoryId: RepositoryId): { organizationId: OrganizationId }
  /** @throws FoundryError where nobody is signed in who could read it */
  client(organizationId: OrganizationId): GitHubClient
  now(): number
}

interface Known {
  head: string
  at: number
  paths: ReadonlySet<string>
  total: number
}

export function createPullRequestFiles(options: PullRequestFilesOptions): PullRequestFiles {
  const { database, now } = options
  const stopped = new AbortController()
  const known = new Map<RepositoryId, { readAt: number | null; byNode: Map<string, Known> }>()
  const reading = new Map<RepositoryId, Promise<ErrorValue | null>>()
  const { $client } = database.commands
  const newest = $client.prepare<
    [string, number],
    Omit<OpenPullRequest, 'isDraft' | 'files'> & { isDraft: number }
  >(
    `SELECT number, node_id AS nodeId, head_commit AS headCommit, title, url, author, is_draft AS isDraft
     FROM pull_requests WHERE repository_id = ? AND state = 'open' ORDER BY updated_at DESC, number DESC LIMIT ?`,
  )
  const count = $client
    .prepare<[string], number>(
      "SELECT count(*) FROM pull_requests WHERE repository_id = ? AND state = 'open'",
    )
    .pluck()

  function memoryOf(repositoryId: RepositoryId) {
    const memory = known.get(repositoryId) ?? { readAt: null, byNode: new Map<string, Known>() }
    // The least recently asked for is forgotten.
    known.delete(repositoryId)
    known.set(repositoryId, memory)
    const [oldest] = known.keys()
    if (known.size > REMEMBERED && oldest !== undefined) known.delete(oldest)
    return memory
  }

  async function ask(repositoryId: RepositoryId): Promise<void> {
    const memory = memoryOf(repositoryId)
    const rows = newest.all(repositoryId, MOST)
    const missing = rows.filter(({ nodeId, headCommit }) => {
      const one = memory.byNode.get(nodeId)
      if (one === undefined) return true
      return headCommit === null ? now() - one.at > FRESH_MS : one.head !== headCommit
    })
    const open = new Set(rows.map(({ nodeId }) => nodeId))
    for (const nodeId of memory.byNode.keys()) if (!open.has(nodeId)) memory.byNode.delete(nodeId)
    if (missing.length > 0) await askFor(repositoryId, missing, memory.byNode)
    memory.readAt = now()
  }

  async function askFor(
    repositoryId: RepositoryId,
    missing: readonly { nodeId: string }[],
    byNode: Map<string, Known>,
  ): Promise<void> {
    const client = options.client(options.subject(repositoryId).organizationId)
    for (let start = 0; start < missing.length; start += AT_ONCE) {
      const ids = missing.slice(start, start + AT_ONCE).map(({ nodeId }) => nodeId)
      const { value } = await client.graphql(
        QUERY,
        { ids },
        { purpose: 'interactive', signal: stopped.signal, read: (data) => answerSchema.parse(data) },
      )
      for (const node of value.nodes) {
        if (node?.id === undefined || node.headRefOid === undefined || node.files == null) continue
        const paths = new Set((node.files.nodes ?? []).flatMap((file) => (file === null ? [] : [file.path])))
        byNode.set(node.id, { head: node.headRefOid, at: now(), paths, total: node.files.totalCount })
      }
    }
  }

  return {
    async read(repositoryId) {
      let asking = reading.get(repositoryId)
      if (asking === undefined) {
        asking = ask(repositoryId)
          .then(() => null, toErrorValue)
          .finally(() => reading.delete(repositoryId))
        reading.set(repositoryId, asking)
      }
      const error = await asking
      const memory = memoryOf(repositoryId)
      return {
        pulls: newest.all(repositoryId, MOST).map((row) => {
          const one = memory.byNode.get(row.nodeId)
          return {
            ...row,
            isDraft: row.isDraft === 1,
            files: one === undefined ? null : { paths: one.paths, total: one.total },
          }
        }),
        open: count.get(repositoryId) ?? 0,
        readAt: memory.readAt,
        error,
      }
    },
    close: () => stopped.abort(),
  }
}
