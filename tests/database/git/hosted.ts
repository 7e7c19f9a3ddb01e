/** A repository on the GitHub of the tests, and what signs in to it. */
import { onTestFinished } from 'vitest'
import { credentialEnvironment } from '../../../src/main/sandbox/git/credentials'
import type { CheckoutSource, OriginAccess } from '../../../src/main/sandbox/checkout/types'
import { startGitHub, type GitHubOptions } from '../../support/github/server'

export async function createHosted(options: GitHubOptions = {}) {
  const github = await startGitHub(options)
  onTestFinished(() => github.close())
  const octavia = github.model.addUser('octavia')
  const acme = github.model.addOrganization('acme')
  github.model.addMember(acme, octavia, 'admin')
  const token = github.model.addToken(octavia)
  const engine = github.model.addRepository(acme, 'engine', { private: true })
  const accessWith =
    (secret: string): OriginAccess =>
    async () =>
      credentialEnvironment({ origin: github.url, username: 'x-access-token', token: secret })
  const source: CheckoutSource = { path: null, originUrl: `${github.url}/acme/engine.git` }
  return { github, acme, octavia, engine, token, source, access: accessWith(token.value), accessWith }
}
