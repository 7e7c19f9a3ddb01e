import type { components } from '@octokit/openapi-types'
import { notFound, type Answer, type Call } from './answer'
import { fullName } from './derived'
import { isoTime, simpleUser, type Addresses } from './rest-values'
import { addThread, patchesOf, patchLines } from './reviews'
import {
  assertWrites,
  fieldsOf,
  ok,
  page,
  Refusal,
  textOf,
  type GitHub,
  type RepositoryRoute,
} from './routes'
import type { CheckRunInfo, PullRequest, Repository, Review, ReviewComment, ReviewState } from './types'

type Schemas = components['schemas']

const EVENTS: Record<string, ReviewState> = {
  APPROVE: 'APPROVED',
  REQUEST_CHANGES: 'CHANGES_REQUESTED',
  COMMENT: 'COMMENTED',
}

/** GitHub names the errors of a review as plain sentences. */
const unprocessable = (...errors: string[]): Refusal =>
  new Refusal({
    status: 422,
    body: {
      message: 'Unprocessable Entity',
      errors,
      documentation_url: 'https://docs.github.com/rest/pulls/reviews#create-a-review-for-a-pull-request',
      status: '422',
    },
  })

interface GivenComment {
  path?: unknown
  body?: unknown
  line?: unknown
  side?: unknown
  start_line?: unknown
  start_side?: unknown
}

/** Reviews of pull requests, and what checks say about themselves. */
export function reviewRoutes({ model, store }: GitHub): RepositoryRoute[] {
  const pullAt = (repository: Repository, number = ''): PullRequest => {
    const pull = repository.pulls.get(Number(number))
    if (pull === undefined) throw new Refusal(notFound())
    return pull
  }

  const visible = (call: Call, pull: PullRequest): Review[] =>
    pull.reviews.filter(({ state, author }) => state !== 'PENDING' || author === call.token.user)

  function list(call: Call, repository: Repository, number?: string): Answer {
    const pull = pullAt(repository, number)
    return page(call, visible(call, pull), (one) => reviewValue(call.addresses, pull, one))
  }

  function comments(call: Call, repository: Repository, number?: string, id?: string): Answer {
    const pull = pullAt(repository, number)
    const review = visible(call, pull).find((one) => one.id === Number(id))
    if (review === undefined) return notFound()
    return page(call, review.comments, (one) => commentValue(call.addresses, one))
  }

  async function create(call: Call, repository: Repository, number?: string): Promise<Answer> {
    const pull = pullAt(repository, number)
    assertWrites(call, repository)
    const { user } = call.token
    const fields = fieldsOf(call)
    const event = textOf(fields['event'])
    const state = event === undefined ? 'PENDING' : EVENTS[event]
    const body = textOf(fields['body']) ?? ''
    const given = (Array.isArray(fields['comments']) ? fields['comments'] : []) as GivenComment[]
    if (state === undefined) throw unprocessable('Variable $event of type PullRequestReviewEvent is invalid')
    if (pull.author === user && state === 'APPROVED')
      throw unprocessable('Can not approve your own pull request')
    if (pull.author === user && state === 'CHANGES_REQUESTED')
      throw unprocessable('Can not request changes on your own pull request')
    if (pull.reviews.some((one) => one.state === 'PENDING' && one.author === user))
      throw unprocessable('User can only have one pending review per pull request')
    if (body.trim() === '' && given.length === 0 && (state === 'COMMENTED' || state === 'CHANGES_REQUESTED'))
      throw unprocessable('Body can’t be blank')
    const patches = await patchesOf(store, pull)
    const commit = textOf(fields['commit_id']) ?? pull.headCommit
    const placed = given.map((one) => placeOf(patches, one))
    const review = model.review(pull, user, state, { body, commit })
    for (const { path, body: text, ...place } of placed)
      addThread(model, pull, { author: user, path, body: text, review, ...place })
    return ok(reviewValue(call.addresses, pull, review))
  }

  /** @throws Refusal for lines that are not in the diff */
  function placeOf(patches: ReadonlyMap<string, string>, one: GivenComment) {
    const path = textOf(one.path) ?? ''
    const body = textOf(one.body) ?? ''
    const patch = patches.get(path)
    if (patch === undefined) throw unprocessable('Path could not be resolved')
    if (body.trim() === '') throw unprocessable('Pull request review thread body can’t be blank')
    const rows = patchLines(patch)
    const at = (line: unknown, side: unknown) =>
      rows.find((row) => (side === 'LEFT' ? row.left : row.right) === line)
    const end = at(one.line, one.side)
    if (end === undefined) throw unprocessable('Line could not be resolved')
    const start = one.start_line === undefined ? end : at(one.start_line, one.start_side ?? one.side)
    if (start === undefined) throw unprocessable('Start line could not be resolved')
    if (start.hunk !== end.hunk)
      throw unprocessable('Pull request review thread start line must be part of the same hunk as the line.')
    if (one.start_line !== undefined && start.index >= end.index)
      throw unprocessable('Pull request review thread start line must precede the end line.')
    const side: 'LEFT' | 'RIGHT' = one.side === 'LEFT' ? 'LEFT' : 'RIGHT'
    return {
      path,
      body,
      side,
      line: Number(one.line),
      hunk: end.until,
      ...(typeof one.start_line === 'number' ? { startLine: one.start_line } : {}),
    }
  }

  const checkAt = (repository: Repository, id = ''): CheckRunInfo => {
    for (const { checkRuns } of repository.pulls.values())
      for (const one of checkRuns.values()) if (one.id === Number(id)) return one
    throw new Refusal(notFound())
  }

  return [
    ['GET', /^pulls\/(\d+)\/reviews$/, list],
    ['POST', /^pulls\/(\d+)\/reviews$/, create],
    ['GET', /^pulls\/(\d+)\/reviews\/(\d+)\/comments$/, comments],
    [
      'GET',
      /^check-runs\/(\d+)$/,
      (call, repository, id) => ok(checkValue(call.addresses, repository, checkAt(repository, id))),
    ],
    [
      'GET',
      /^check-runs\/(\d+)\/annotations$/,
      (call, repository, id) =>
        page(call, checkAt(repository, id).annotations, (one): Schemas['check-annotation'] => ({
          path: one.path,
          start_line: one.startLine,
          end_line: one.endLine,
          start_column: null,
          end_column: null,
          annotation_level: one.level,
          title: one.title,
          message: one.message,
          raw_details: null,
          blob_href: `${call.addresses.web}/${fullName(repository)}/blob/main/${one.path}`,
        })),
    ],
    [
      'GET',
      /^actions\/jobs\/(\d+)\/logs$/,
      (call, repository, id) => {
        const { log } = checkAt(repository, id)
        if (log === null) return notFound()
        // Kept elsewhere, where the address itself is the key.
        return { status: 302, headers: { Location: `${call.addresses.web}/_logs/${id}?sig=key-to-${id}` } }
      },
    ],
  ]
}

function reviewValue(at: Addresses, pull: PullRequest, one: Review): Schemas['pull-request-review'] {
  const url = `${at.api}/repos/${fullName(pull.repository)}/pulls/${pull.number}`
  const html = `${at.web}/${fullName(pull.repository)}/pull/${pull.number}#pullrequestreview-${one.id}`
  return {
    id: one.id,
    node_id: one.nodeId,
    user: simpleUser(at, one.author),
    body: one.body,
    state: one.state,
    html_url: html,
    pull_request_url: url,
    _links: { html: { href: html }, pull_request: { href: url } },
    ...(one.state === 'PENDING' ? {} : { submitted_at: isoTime(one.submittedAt) }),
    commit_id: one.commit,
    author_association: 'MEMBER',
  }
}

function commentValue(at: Addresses, one: ReviewComment): Schemas['review-comment'] {
  const { thread, review } = one
  const { pull } = thread
  const root = `${at.api}/repos/${fullName(pull.repository)}`
  const html = `${at.web}/${fullName(pull.repository)}/pull/${pull.number}#discussion_r${one.id}`
  return {
    url: `${root}/pulls/comments/${one.id}`,
    pull_request_review_id: review.id,
    id: one.id,
    node_id: one.nodeId,
    diff_hunk: thread.hunk,
    path: thread.path,
    position: 1,
    original_position: 1,
    commit_id: thread.commit,
    original_commit_id: thread.commit,
    user: simpleUser(at, one.author),
    body: one.body,
    created_at: isoTime(one.createdAt),
    updated_at: isoTime(one.createdAt),
    html_url: html,
    pull_request_url: `${root}/pulls/${pull.number}`,
    author_association: 'MEMBER',
    _links: {
      self: { href: `${root}/pulls/comments/${one.id}` },
      html: { href: html },
      pull_request: { href: `${root}/pulls/${pull.number}` },
    },
    side: thread.side,
    ...(thread.line === null ? {} : { line: thread.line, original_line: thread.line }),
    ...(thread.startLine === null ? {} : { start_line: thread.startLine }),
  }
}

function checkValue(
  at: Addresses,
  repository: Repository,
  one: CheckRunInfo,
): Omit<Schemas['check-run'], 'app'> & {
  app: Pick<NonNullable<Schemas['check-run']['app']>, 'id' | 'slug' | 'name'> | null
} {
  const url = `${at.api}/repos/${fullName(repository)}/check-runs/${one.id}`
  const html = `${at.web}/${fullName(repository)}/runs/${one.id}`
  return {
    id: one.id,
    head_sha: one.pull.headCommit,
    node_id: nodeIdOf(one),
    external_id: null,
    url,
    html_url: html,
    details_url: html,
    status: one.conclusion === null ? 'in_progress' : 'completed',
    conclusion: one.conclusion,
    started_at: null,
    completed_at: null,
    output: {
      title: one.title,
      summary: one.summary,
      text: one.text,
      annotations_count: one.annotations.length,
      annotations_url: `${url}/annotations`,
    },
    name: one.name,
    check_suite: null,
    app:
      one.log === null
        ? { id: 2, slug: 'acme-lint', name: 'Acme Lint' }
        : { id: 1, slug: 'github-actions', name: 'GitHub Actions' },
    pull_requests: [],
  }
}

const nodeIdOf = ({ id }: CheckRunInfo): string => `CR_${id}`
