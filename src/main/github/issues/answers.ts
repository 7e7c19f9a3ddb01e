import { z } from 'zod'
import type { Issue, IssueSummary } from '@shared/github'

/** An issue can be as long as a book; what an agent is told of it is cut again. */
const LONGEST_BODY = 65_536

const time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text))
const labelSchema = z.union([
  z.string().transform((name) => ({ name, color: '' })),
  z.object({ name: z.string().nullish(), color: z.string().nullish() }),
])
const issueSchema = z.object({
  number: z.number().int().positive(),
  title: z.string(),
  state: z.enum(['open', 'closed']),
  html_url: z.string(),
  user: z.object({ login: z.string() }).nullish(),
  labels: z.array(labelSchema),
  comments: z.number().int().nonnegative().catch(0),
  created_at: time,
  updated_at: time,
  body: z.string().nullish(),
  /** Set on a pull request, which is an issue too. */
  pull_request: z.unknown().optional(),
})
type RemoteIssue = z.infer<typeof issueSchema>

/** A page of a list or search; pull requests among it are left out. */
export function readIssues(body: unknown): IssueSummary[] {
  return z
    .array(issueSchema)
    .parse(body)
    .filter((issue) => issue.pull_request === undefined)
    .map(summaryOf)
}

export function readFoundIssues(body: unknown): IssueSummary[] {
  return readIssues(z.object({ items: z.unknown() }).parse(body).items)
}

/** Null for a pull request. */
export function readIssue(body: unknown): Issue | null {
  const issue = issueSchema.parse(body)
  if (issue.pull_request !== undefined) return null
  return { ...summaryOf(issue), body: (issue.body ?? '').slice(0, LONGEST_BODY) }
}

function summaryOf(issue: RemoteIssue): IssueSummary {
  return {
    number: issue.number,
    title: issue.title,
    state: issue.state,
    url: issue.html_url,
    author: issue.user?.login ?? null,
    labels: issue.labels.map(({ name, color }) => ({ name: name ?? '', color: color ?? '' })),
    comments: issue.comments,
    createdAt: issue.created_at,
    updatedAt: issue.updated_at,
  }
}
