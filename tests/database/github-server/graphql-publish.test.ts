import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createWorld, type World } from './world'

let world: World

beforeEach(async () => {
  world = await createWorld()
})
afterEach(() => world.close())

const DRAFT = `mutation ($id: ID!) {
  convertPullRequestToDraft(input: { pullRequestId: $id }) { pullRequest { number isDraft updatedAt } }
}`
const READY = `mutation ($id: ID!) {
  markPullRequestReadyForReview(input: { pullRequestId: $id, clientMutationId: "7" }) {
    clientMutationId
    pullRequest { isDraft mergeStateStatus }
  }
}`

describe('draft and ready', () => {
  it('changes it', async () => {
    const pull = world.github.model.openPullRequest(world.engine)
    world.wait(5000)
    expect(await world.graphql(DRAFT, { id: pull.nodeId })).toEqual({
      data: {
        convertPullRequestToDraft: {
          pullRequest: { number: 1, isDraft: true, updatedAt: '2026-03-01T12:00:05Z' },
        },
      },
    })
    expect(await world.graphql(READY, { id: pull.nodeId })).toEqual({
      data: {
        markPullRequestReadyForReview: {
          clientMutationId: '7',
          pullRequest: { isDraft: false, mergeStateStatus: 'CLEAN' },
        },
      },
    })
    expect(pull.isDraft).toBe(false)
  })

  it('is refused to those who may not, for what is closed, and where there are no drafts', async () => {
    const { model } = world.github
    const pull = model.openPullRequest(world.engine)
    const refused = (type: string, message: string) => ({
      data: { convertPullRequestToDraft: null },
      errors: [
        { type, path: ['convertPullRequestToDraft'], message: expect.stringContaining(message) as string },
      ],
    })
    const variables = { id: pull.nodeId }
    expect(await world.graphql(DRAFT, { id: 'PR_nothing' })).toMatchObject(refused('NOT_FOUND', 'PR_nothing'))
    expect(await world.graphql(DRAFT, variables, model.addToken(world.ben))).toMatchObject(
      refused(
        'FORBIDDEN',
        'ben does not have the correct permissions to execute `ConvertPullRequestToDraft`',
      ),
    )
    const unscoped = model.addToken(world.octavia, { scopes: ['read:org'] })
    expect(await world.graphql(DRAFT, variables, unscoped)).toMatchObject(
      refused('INSUFFICIENT_SCOPES', "one of the following scopes: ['public_repo', 'repo']"),
    )
    world.engine.settings.allowDrafts = false
    expect(await world.graphql(DRAFT, variables)).toMatchObject(refused('UNPROCESSABLE', 'not supported'))
    world.engine.settings.allowDrafts = true
    model.close(pull)
    expect(await world.graphql(DRAFT, variables)).toMatchObject(refused('UNPROCESSABLE', 'not open'))
    expect(pull.isDraft).toBe(false)
  })
})

it('says what publishing has to know of a repository', async () => {
  const { model, git } = world.github
  git.seed(world.engine, {
    'README.md': '# engine\n',
    '.github/pull_request_template.md': '## What\n',
    'docs/PULL_REQUEST_TEMPLATE/fix.md': '## Fix\n',
  })
  world.engine.settings.allowMerge = false
  model.protect(world.engine, 'main', { requiredApprovals: 2, requiredChecks: ['build'], strict: true })
  model.label(world.engine, 'bug', 'd73a4a')
  model.addMember(world.acme, world.ben)
  const issue = model.addIssue(world.engine, { title: 'It is slow', labels: ['bug'] })
  const answer = await world.graphql(`{
    repository(owner: "acme", name: "engine") {
      mergeCommitAllowed squashMergeAllowed rebaseMergeAllowed deleteBranchOnMerge isArchived
      viewerPermission viewerDefaultMergeMethod viewerCanAdminister
      defaultBranchRef { name branchProtectionRule { requiredApprovingReviewCount } }
      pullRequestTemplates { filename body }
      labels(first: 10) { nodes { name color } }
      assignableUsers(first: 10, query: "b") { nodes { login } }
      issues(first: 10, states: OPEN, orderBy: { field: UPDATED_AT, direction: DESC }) {
        totalCount nodes { number title state author { login } labels(first: 5) { nodes { name } } }
      }
      issue(number: ${issue.number}) { id title body url state comments { totalCount } }
      main: ref(qualifiedName: "refs/heads/main") { name target { oid } }
      none: ref(qualifiedName: "refs/heads/none") { name }
      branchProtectionRules(first: 10) {
        nodes {
          pattern requiresApprovingReviews requiredApprovingReviewCount
          requiredStatusCheckContexts requiresStrictStatusChecks allowsForcePushes
        }
      }
    }
  }`)
  expect(answer).toEqual({
    data: {
      repository: {
        mergeCommitAllowed: false,
        squashMergeAllowed: true,
        rebaseMergeAllowed: true,
        deleteBranchOnMerge: false,
        isArchived: false,
        viewerPermission: 'ADMIN',
        viewerDefaultMergeMethod: 'SQUASH',
        viewerCanAdminister: true,
        defaultBranchRef: { name: 'main', branchProtectionRule: { requiredApprovingReviewCount: 2 } },
        pullRequestTemplates: [
          { filename: 'fix.md', body: '## Fix\n' },
          { filename: 'pull_request_template.md', body: '## What\n' },
        ],
        labels: { nodes: [{ name: 'bug', color: 'd73a4a' }] },
        assignableUsers: { nodes: [{ login: 'ben' }] },
        issues: {
          totalCount: 1,
          nodes: [
            {
              number: 1,
              title: 'It is slow',
              state: 'OPEN',
              author: { login: 'octavia' },
              labels: { nodes: [{ name: 'bug' }] },
            },
          ],
        },
        issue: {
          id: issue.nodeId,
          title: 'It is slow',
          body: '',
          url: `${world.github.url}/acme/engine/issues/1`,
          state: 'OPEN',
          comments: { totalCount: 0 },
        },
        main: { name: 'main', target: { oid: expect.stringMatching(/^[0-9a-f]{40}$/) as string } },
        none: null,
        branchProtectionRules: {
          nodes: [
            {
              pattern: 'main',
              requiresApprovingReviews: true,
              requiredApprovingReviewCount: 2,
              requiredStatusCheckContexts: ['build'],
              requiresStrictStatusChecks: true,
              allowsForcePushes: false,
            },
          ],
        },
      },
    },
  })
})

it('says what publishing has to know of a pull request, from git', async () => {
  const { model } = world.github
  const issue = model.addIssue(world.engine)
  const clone = await world.clone(world.engine)
  await clone.push('faster', { 'README.md': '# engine\n', 'new.txt': 'one\ntwo\n' })
  await world.rest('POST', '/repos/acme/engine/pulls', {
    title: 'Faster',
    body: `Closes #${issue.number}`,
    head: 'faster',
    base: 'main',
  })
  const fields = `
    additions deletions changedFiles maintainerCanModify mergeStateStatus viewerCanUpdate
    files(first: 10) { totalCount nodes { path changeType additions deletions } }
    closingIssuesReferences(first: 10) { nodes { number } }
    commits(last: 1) { totalCount nodes { commit { oid } } }
    headRef { name associatedPullRequests(first: 5, states: OPEN) { totalCount } compare(headRef: "main") { aheadBy behindBy } }`
  const ask = (as = world.token) =>
    world.graphql(
      `{ repository(owner: "acme", name: "engine") { pullRequest(number: 2) { ${fields} } } }`,
      {},
      as,
    )
  expect(await ask()).toEqual({
    data: {
      repository: {
        pullRequest: {
          additions: 2,
          deletions: 2,
          changedFiles: 2,
          maintainerCanModify: false,
          mergeStateStatus: 'CLEAN',
          viewerCanUpdate: true,
          files: {
            totalCount: 2,
            nodes: [
              { path: 'README.md', changeType: 'MODIFIED', additions: 0, deletions: 2 },
              { path: 'new.txt', changeType: 'ADDED', additions: 2, deletions: 0 },
            ],
          },
          closingIssuesReferences: { nodes: [{ number: 1 }] },
          commits: { totalCount: 1, nodes: [{ commit: { oid: await clone.git('rev-parse', 'HEAD') } }] },
          headRef: {
            name: 'faster',
            associatedPullRequests: { totalCount: 1 },
            compare: { aheadBy: 0, behindBy: 1 },
          },
        },
      },
    },
  })
  expect(await ask(model.addToken(world.ben))).toMatchObject({
    data: { repository: { pullRequest: { viewerCanUpdate: false } } },
  })
})

it('answers with what was seeded where git has nothing', async () => {
  world.github.model.openPullRequest(world.engine, { additions: 120, deletions: 7, changedFiles: 4 })
  expect(
    await world.graphql(
      '{ repository(owner: "acme", name: "engine") { pullRequest(number: 1) { additions deletions changedFiles } } }',
    ),
  ).toEqual({
    data: { repository: { pullRequest: { additions: 120, deletions: 7, changedFiles: 4 } } },
  })
  expect(world.engine.hosted).toBe(false)
})

describe('issues', () => {
  it('are found over GraphQL and REST, beside pull requests or without', async () => {
    const { model } = world.github
    model.addIssue(world.engine, { title: 'It is slow', labels: ['bug'], body: 'Very.' })
    model.close(model.addIssue(world.engine, { title: 'It was slow' }))
    model.openPullRequest(world.engine, { title: 'No longer slow' })
    const search = (text: string) =>
      world.graphql(
        `query ($text: String!) {
          search(type: ISSUE, query: $text, first: 10) {
            issueCount
            nodes { __typename ... on Issue { number } ... on PullRequest { number } }
          }
        }`,
        { text },
      )
    expect(await search('repo:acme/engine is:issue is:open slow')).toEqual({
      data: { search: { issueCount: 1, nodes: [{ __typename: 'Issue', number: 1 }] } },
    })
    expect(await search('repo:acme/engine slow sort:created-asc')).toMatchObject({
      data: { search: { issueCount: 3 } },
    })
    const found = await world.rest('GET', '/search/issues?q=repo:acme/engine+is:issue+label:bug')
    expect(found.body).toMatchObject({ total_count: 1, items: [{ number: 1, title: 'It is slow' }] })
    const list = await world.rest('GET', '/repos/acme/engine/issues')
    expect(list.body).toMatchObject([{ number: 3, pull_request: {} }, { number: 1 }])
  })

  it('are written over REST', async () => {
    const create = (fields: object) => world.rest('POST', '/repos/acme/engine/issues', fields)
    expect(await create({ body: 'No title' })).toMatchObject({
      status: 422,
      body: { errors: [{ resource: 'Issue', field: 'title', code: 'missing_field' }] },
    })
    expect(await create({ title: 'It is slow', labels: ['bug'] })).toMatchObject({
      status: 201,
      body: { number: 1, labels: [{ name: 'bug' }] },
    })
    expect(
      (await world.rest('PATCH', '/repos/acme/engine/issues/1', { state: 'closed' })).body,
    ).toMatchObject({
      state: 'closed',
    })
    expect(
      (await world.rest('POST', '/repos/acme/engine/issues/1/comments', { body: 'Thanks' })).status,
    ).toBe(201)
    expect((await world.rest('GET', '/repos/acme/engine/issues/1')).body).toMatchObject({ comments: 1 })
  })
})
