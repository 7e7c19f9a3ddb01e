import { describe, expect, it } from 'vitest'
import { isLinkPage, pullRequestFooter } from '../../../src/shared/pull-request-footer'

const link = {
  type: 'pull_request',
  host: 'github.com',
  owner: 'acme',
  repository: 'engine',
  number: 7,
} as const

describe('the footer of a published pull request', () => {
  it('can be copied, or clicked where a page leads on', () => {
    expect(pullRequestFooter(link, '')).toBe(
      'Open in Foundry: `foundry://pull?url=https%3A%2F%2Fgithub.com%2Facme%2Fengine%2Fpull%2F7`',
    )
    expect(pullRequestFooter(link, 'https://acme.dev/open')).toBe(
      `[Open in Foundry](https://acme.dev/open?link=${encodeURIComponent('foundry://pull?url=https%3A%2F%2Fgithub.com%2Facme%2Fengine%2Fpull%2F7')})`,
    )
  })

  it.each([
    'http://acme.dev',
    'https://acme.dev/?a=b',
    'https://acme.dev/)(x',
    'javascript:alert(1)',
    'acme.dev',
  ])('takes %s for no page', (address) => {
    expect(isLinkPage(address)).toBe(false)
    expect(pullRequestFooter(link, address)).not.toContain('](')
  })
})
