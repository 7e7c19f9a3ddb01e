import type { components } from '@octokit/openapi-types'
import { hasPermission, mayUpdate } from './access'
import { notFound, type Answer, type Call } from './answer'
import { branchesOf, fullName } from './derived'
import { changedFiles, commitsBetween, type GitCommit } from './git-operations'
import { createPullRequest, editPullRequest, mergePullRequest, updateBranch } from './pull-requests'
import { fullPullRequest, simplePullRequest, simpleUser, type Addresses } from './rest-values'
import {
  assertMay,
  assertWrites,
  fieldsOf,
  ok,
  page,
  Refusal,
  refusal,
  textsOf,
  type GitHub,
  type RepositoryRoute,
} from './routes'
import type { PullRequest, Repository, Team, User } from './types'

type Schemas = components['schemas']

/** Pull requests: reading, opening, changing and merging them. */
export function pullRoutes(github: GitHub): RepositoryRoute[] {
  const { model, store } = github

  const pullAt = (repository: Repository, number = ''): PullRequest => {
    const pull = repository.pulls.get(Number(number))
    if (pull === undefined) throw new Refusal(notFound())
    return pull
  }
  const full = (call: Call, pull: PullRequest): Answer => ok(fullPullRequest(call.addresses, pull))

  function list(call: Call, repository: Repository): Answer {
    const state = call.query.get('state') ?? 'open'
    const sort = call.query.get('sort') ?? 'created'
    const sign = (call.query.get('direction') ?? 'desc') === 'asc' ? 1 : -1
    const base = call.query.get('base')
    const head = call.query.get('head')
    const of = (pull: PullRequest): number => (sort === 'updated' ? pull.updatedAt : pull.createdAt)
    const wanted = [...repository.pulls.values()]
      .filter(
        (pull) =>
          (state === 'all' || (pull.state === 'OPEN') === (state === 'open')) &&
          (base === null || pull.baseRef === base) &&
          (head === null || `${pull.headRepository?.owner.login ?? ''}:${pull.headRef}` === head),
      )
      .sort((a, b) => sign * (of(a) - of(b)) || sign * (a.number - b.number))
    const path = `/repositories/${repository.id}/pulls`
    return page(call, wanted, (pull) => simplePullRequest(call.addresses, pull), path)
  }

  async function create(call: Call, repository: Repository): Promise<Answer> {
    const pull = await createPullRequest(github, call, repository)
    const body = fullPullRequest(call.addresses, pull)
    return { status: 201, body, headers: { Location: body.url } }
  }

  async function files(call: Call, repository: Repository, number?: string): Promise<Answer> {
    const pull = pullAt(repository, number)
    const ends = await store.ends(pull)
    const all = ends === null ? [] : await changedFiles(ends.folder, ends.base, ends.head)
    const api = `${call.addresses.api}/repos/${fullName(repository)}`
    const web = `${call.addresses.web}/${fullName(repository)}`
    return page(call, all, (one): Schemas['diff-entry'] => ({
      sha: one.blob,
      filename: one.filename,
      status: one.status,
      additions: one.additions,
      deletions: one.deletions,
      changes: one.additions + one.deletions,
      blob_url: `${web}/blob/${pull.headCommit}/${one.filename}`,
      raw_url: `${web}/raw/${pull.headCommit}/${one.filename}`,
      contents_url: `${api}/contents/${one.filename}?ref=${pull.headCommit}`,
      ...(one.patch === null ? {} : { patch: one.patch }),
      ...(one.previous === null ? {} : { previous_filename: one.previous }),
    }))
  }

  async function commits(call: Call, repository: Repository, number?: string): Promise<Answer> {
    const ends = await store.ends(pullAt(repository, number))
    const all = ends === null ? [] : await commitsBetween(ends.folder, ends.base, ends.head)
    return page(call, all, (one) => commitValue(call.addresses, repository, one))
  }

  function requestReviewers(call: Call, repository: Repository, number?: string): Answer {
    const pull = pullAt(repository, number)
    assertMay(call, repository, 'TRIAGE')
    const fields = fieldsOf(call)
    const users = textsOf(fields['reviewers'])
    if (users.some((login) => model.owner(login) === pull.author))
      throw refusal(422, 'Review cannot be requested from pull request author.')
    const found = reviewers(repository, users, textsOf(fields['team_reviewers']))
    if (found === null)
      throw refusal(
        422,
        `Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of the ${fullName(repository)} repository.`,
      )
    model.requestReview(pull, ...found)
    return { ...full(call, pull), status: 201 }
  }

  function reviewers(
    repository: Repository,
    logins: readonly string[],
    slugs: readonly string[],
  ): (User | Team)[] | null {
    const { owner } = repository
    const teams = owner.kind === 'organization' ? [...owner.teams] : []
    const found = [
      ...logins.map((login) => {
        const user = model.owner(login)
        const fits = user?.kind === 'user' && isCollaborator(user, repository)
        return fits ? user : null
      }),
      ...slugs.map((slug) => teams.find((team) => team.slug === slug) ?? null),
    ]
    const all = found.filter((one) => one !== null)
    return all.length === found.length ? all : null
  }

  function removeReviewers(call: Call, repository: Repository, number?: string): Answer {
    const pull = pullAt(repository, number)
    assertMay(call, repository, 'TRIAGE')
    const fields = fieldsOf(call)
    const [users, teams] = [textsOf(fields['reviewers']), textsOf(fields['team_reviewers'])]
    model.withdrawReviewRequests(
      pull,
      [...pull.requestedReviewers].filter((one) =>
        one.kind === 'user' ? users.includes(one.login) : teams.includes(one.slug),
      ),
    )
    return full(call, pull)
  }

  return [
    ['GET', /^pulls$/, list],
    ['POST', /^pulls$/, create],
    ['GET', /^pulls\/(\d+)$/, (call, repository, number) => full(call, pullAt(repository, number))],
    [
      'PATCH',
      /^pulls\/(\d+)$/,
      async (call, repository, number) => {
        const pull = pullAt(repository, number)
        assertWrites(call, repository)
        if (!mayUpdate(call.token.user, pull)) throw new Refusal(notFound())
        await editPullRequest(github, pull, fieldsOf(call))
        return full(call, pull)
      },
    ],
    ['GET', /^pulls\/(\d+)\/files$/, files],
    ['GET', /^pulls\/(\d+)\/commits$/, commits],
    [
      'GET',
      /^pulls\/(\d+)\/merge$/,
      (_, repository, number) =>
        pullAt(repository, number).state === 'MERGED' ? { status: 204 } : notFound(),
    ],
    [
      'PUT',
      /^pulls\/(\d+)\/merge$/,
      async (call, repository, number) => {
        const pull = pullAt(repository, number)
        assertMay(call, repository, 'WRITE')
        const sha = await mergePullRequest(github, pull, call.token.user, fieldsOf(call))
        const body: Schemas['pull-request-merge-result'] = {
          sha,
          merged: true,
          message: 'Pull Request successfully merged',
        }
        return ok(body)
      },
    ],
    [
      'PUT',
      /^pulls\/(\d+)\/update-branch$/,
      async (call, repository, number) => {
        const pull = pullAt(repository, number)
        assertWrites(call, repository)
        await updateBranch(github, pull, call.token.user, fieldsOf(call))
        const url = `${call.addresses.web}/${fullName(repository)}/pull/${pull.number}`
        return { status: 202, body: { message: 'Updating pull request branch.', url } }
      },
    ],
    ['POST', /^pulls\/(\d+)\/requested_reviewers$/, requestReviewers],
    ['DELETE', /^pulls\/(\d+)\/requested_reviewers$/, removeReviewers],
    [
      'GET',
      /^branches$/,
      (call, repository) =>
        page(call, branchesOf(model, repository), ({ name, commit }) => ({
          name,
          commit: {
            sha: commit,
            url: `${call.addresses.api}/repos/${fullName(repository)}/commits/${commit}`,
          },
          protected: repository.protections.has(name),
        })),
    ],
  ]
}

/** Whoever has a role in it; being able to read a public repository is none. */
export function isCollaborator(user: User, repository: Repository): boolean {
  const { owner } = repository
  return (
    owner === user ||
    repository.collaborators.has(user) ||
    (owner.kind === 'organization' && owner.members.has(user) && hasPermission(user, repository, 'READ'))
  )
}

export function commitValue(at: Addresses, repository: Repository, one: GitCommit): Schemas['commit'] {
  const api = `${at.api}/repos/${fullName(repository)}`
  const url = `${api}/commits/${one.oid}`
  const html = `${at.web}/${fullName(repository)}/commit/${one.oid}`
  const person = (email: string): Schemas['simple-user'] | null => {
    const members = repository.owner.kind === 'organization' ? [...repository.owner.members.keys()] : []
    const user = members.find((member) => member.email === email)
    return user === undefined ? null : simpleUser(at, user)
  }
  return {
    url,
    sha: one.oid,
    node_id: `C_${repository.nodeId}_${one.oid}`,
    html_url: html,
    comments_url: `${url}/comments`,
    commit: {
      url: `${api}/git/commits/${one.oid}`,
      author: one.author,
      committer: one.committer,
      message: one.message,
      comment_count: 0,
      tree: { sha: one.tree, url: `${api}/git/trees/${one.tree}` },
      verification: {
        verified: false,
        reason: 'unsigned',
        payload: null,
        signature: null,
        verified_at: null,
      },
    },
    author: person(one.author.email),
    committer: person(one.committer.email),
    parents: one.parents.map((sha) => ({ sha, url: `${api}/commits/${sha}` })),
  }
}
