import type { components } from '@octokit/openapi-types'
import { mayUpdate } from './access'
import { notFound, problem, type Answer, type Call } from './answer'
import type { GitHubModel } from './model'
import { isoTime, issueValue, labelValue, simpleUser } from './rest-values'
import { isCollaborator } from './rest-pulls'
import {
  assertMay,
  assertWrites,
  fieldsOf,
  invalid,
  ok,
  page,
  Refusal,
  textOf,
  textsOf,
  type GitHub,
  type RepositoryRoute,
} from './routes'
import type { Issue, Label, PullRequest, Repository, User } from './types'

type Schemas = components['schemas']

interface Said {
  id: number
  author: User
  body: string
  createdAt: number
}

/** What was said below issues and pull requests, and about none of their lines. */
const said = new WeakMap<Issue | PullRequest, Said[]>()

/** Somebody comments below an issue or a pull request. */
export function say(model: GitHubModel, one: Issue | PullRequest, author: User, body: string): Said {
  const comment = { id: model.nextId(), author, body, createdAt: Date.now() }
  said.set(one, [...(said.get(one) ?? []), comment])
  model.comment(one)
  return comment
}

/** Issues, labels of issues and pull requests, and who can be asked. */
export function issueRoutes({ model }: GitHub): RepositoryRoute[] {
  const at = (repository: Repository, number = ''): Issue | PullRequest => {
    const found = repository.issues.get(Number(number)) ?? repository.pulls.get(Number(number))
    if (found === undefined) throw new Refusal(notFound())
    return found
  }
  const value = (call: Call, one: Issue | PullRequest): Schemas['issue'] => issueValue(call.addresses, one)

  function list(call: Call, repository: Repository): Answer {
    const state = call.query.get('state') ?? 'open'
    const labels = call.query.get('labels')?.split(',') ?? []
    const assignee = call.query.get('assignee')
    const all: (Issue | PullRequest)[] = [...repository.issues.values(), ...repository.pulls.values()]
    const byTime = call.query.get('sort') === 'updated' ? 'updatedAt' : 'createdAt'
    const sign = call.query.get('direction') === 'asc' ? 1 : -1
    const wanted = all.filter(
      (one) =>
        (state === 'all' || (one.state === 'OPEN') === (state === 'open')) &&
        labels.every((name) => [...one.labels].some((label) => label.name === name)) &&
        (assignee === null ||
          (one.kind === 'issue' && [...one.assignees].some((user) => user.login === assignee))),
    )
    wanted.sort((a, b) => sign * (a[byTime] - b[byTime]) || sign * (a.number - b.number))
    return page(call, wanted, (one) => value(call, one), `/repositories/${repository.id}/issues`)
  }

  function create(call: Call, repository: Repository): Answer {
    assertWrites(call, repository)
    const fields = fieldsOf(call)
    const title = textOf(fields['title'])
    if (title === undefined || title.trim() === '')
      throw invalid('issues/issues#create-an-issue', {
        resource: 'Issue',
        field: 'title',
        code: 'missing_field',
      })
    const issue = model.addIssue(repository, {
      title,
      body: textOf(fields['body']) ?? '',
      author: call.token.user,
      labels: textsOf(fields['labels']),
    })
    return { status: 201, body: value(call, issue) }
  }

  function update(call: Call, repository: Repository, number?: string): Answer {
    const one = at(repository, number)
    assertWrites(call, repository)
    if (!mayUpdate(call.token.user, one)) throw new Refusal(notFound())
    const fields = fieldsOf(call)
    const [title, body, state] = [textOf(fields['title']), textOf(fields['body']), textOf(fields['state'])]
    if (title !== undefined || body !== undefined)
      model.edit(one, { ...(title === undefined ? {} : { title }), ...(body === undefined ? {} : { body }) })
    if (state === 'closed' && one.state === 'OPEN') model.close(one)
    if (state === 'open' && one.state === 'CLOSED') model.reopen(one)
    return ok(value(call, one))
  }

  function comment(call: Call, repository: Repository, number?: string): Answer {
    const one = at(repository, number)
    assertWrites(call, repository)
    const body = textOf(fieldsOf(call)['body'])
    if (body === undefined || body === '')
      throw invalid('issues/comments#create-an-issue-comment', {
        resource: 'IssueComment',
        field: 'body',
        code: 'missing_field',
      })
    const { id } = say(model, one, call.token.user, body)
    const url = `${call.addresses.api}/repositories/${repository.id}/issues/comments/${id}`
    return { status: 201, body: { url, body, user: simpleUser(call.addresses, call.token.user) } }
  }

  const labelsOf = (call: Call, { labels, repository }: Issue | PullRequest): Answer =>
    ok([...labels].map((label) => labelValue(call.addresses, repository, label)))

  /** Names as a body gives them: in `labels`, or as the whole body. */
  const names = (call: Call): string[] => {
    if (call.body.trimStart().startsWith('[')) return textsOf(JSON.parse(call.body))
    return textsOf(fieldsOf(call)['labels'])
  }

  const setLabels =
    (next: (one: Issue | PullRequest, given: string[], name: string) => string[]): RepositoryRoute[2] =>
    (call, repository, number, name = '') => {
      const one = at(repository, number)
      assertMay(call, repository, 'TRIAGE')
      model.setLabels(one, next(one, names(call), name))
      return labelsOf(call, one)
    }
  const ownNames = ({ labels }: Issue | PullRequest): string[] => [...labels].map((label) => label.name)

  return [
    ['GET', /^issues$/, list],
    ['POST', /^issues$/, create],
    ['GET', /^issues\/(\d+)$/, (call, repository, number) => ok(value(call, at(repository, number)))],
    ['PATCH', /^issues\/(\d+)$/, update],
    ['POST', /^issues\/(\d+)\/comments$/, comment],
    [
      'GET',
      /^issues\/(\d+)\/comments$/,
      (call, repository, number = '') =>
        page(
          call,
          said.get(at(repository, number)) ?? [],
          ({ id, author, body, createdAt }) => ({
            id,
            body,
            user: simpleUser(call.addresses, author),
            created_at: isoTime(createdAt),
          }),
          `/repositories/${repository.id}/issues/${number}/comments`,
        ),
    ],
    ['GET', /^issues\/(\d+)\/labels$/, (call, repository, number) => labelsOf(call, at(repository, number))],
    [
      'POST',
      /^issues\/(\d+)\/labels$/,
      setLabels((one, given) => [...new Set([...ownNames(one), ...given])]),
    ],
    ['PUT', /^issues\/(\d+)\/labels$/, setLabels((_, given) => given)],
    [
      'DELETE',
      /^issues\/(\d+)\/labels$/,
      (call, repository, number) => {
        assertMay(call, repository, 'TRIAGE')
        model.setLabels(at(repository, number), [])
        return { status: 204 }
      },
    ],
    [
      'DELETE',
      /^issues\/(\d+)\/labels\/([^/]+)$/,
      setLabels((one, _, name) => {
        const left = ownNames(one).filter((its) => its.toLowerCase() !== name.toLowerCase())
        if (left.length === one.labels.size) throw new Refusal(problem(404, 'Label does not exist'))
        return left
      }),
    ],
    [
      'GET',
      /^labels$/,
      (call, repository) =>
        page(call, [...repository.labels.values()], (label: Label) =>
          labelValue(call.addresses, repository, label),
        ),
    ],
    [
      'GET',
      /^collaborators$/,
      (call, repository) => {
        assertMay(call, repository, 'WRITE')
        return page(call, peopleOf(repository), (user) => simpleUser(call.addresses, user))
      },
    ],
    [
      'GET',
      /^assignees$/,
      (call, repository) => page(call, peopleOf(repository), (user) => simpleUser(call.addresses, user)),
    ],
  ]
}

/** Everybody with a role in it, in the order they got it. */
export function peopleOf(repository: Repository): User[] {
  const { owner, collaborators } = repository
  const all = new Set<User>(owner.kind === 'user' ? [owner] : owner.members.keys())
  for (const user of collaborators.keys()) all.add(user)
  return [...all].filter((user) => isCollaborator(user, repository))
}
