import { afterAll, beforeAll, expect, it } from 'vitest'
import { startGitHubProcess, type GitHubProcess } from '../../support/github/server-child'

let github: GitHubProcess

beforeAll(async () => {
  github = await startGitHubProcess()
})
afterAll(() => github.close())

it('seeds the same organization for the same seed, and counts what it is asked', async () => {
  const size = { repositories: 30, pullRequests: 200, members: 12, seed: 7 }
  const first = await github.seed({ ...size, login: 'first' })
  const { token: _, ...again } = await github.seed({ ...size, login: 'second' })
  expect(first).toMatchObject({ repositories: 30, members: 12, pullRequests: 200 })
  expect(again).toEqual({ ...again, openPullRequests: first.openPullRequests })
  const ask = (): Promise<Response> =>
    fetch(`${github.apiUrl}/orgs/first/repos?per_page=100`, {
      headers: { authorization: `token ${first.token}` },
    })
  expect(await (await ask()).json()).toHaveLength(30)
  expect(await github.requests()).toEqual({
    count: 1,
    confirmed: 0,
    cost: { core: 1, graphql: 0, search: 0 },
    paths: { 'GET /orgs/first/repos': 1 },
  })
  expect(await github.send({ do: 'churn', login: 'first', count: 5, seed: 1 })).toEqual({ changed: 5 })
  await expect(github.send({ do: 'churn', login: 'nobody', count: 5, seed: 1 })).rejects.toThrow('nobody')
})
