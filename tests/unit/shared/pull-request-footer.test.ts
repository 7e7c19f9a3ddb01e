import { describe, expect, it } from 'vitest'
import { isLinkPage, pullRequestFooter } from '../../../src/shared/pull-request-footer'

const link = { type: 'task', taskId: 'task_0f8fad5b-d9cb-469f-a165-70867728950e' } as const

describe('the footer of a published pull request', () => {
  it('can be copied, or clicked where a page leads on', () => {
    expect(pullRequestFooter(link, '')).toBe(`Open in Foundry: \`foundry://task/${link.taskId}\``)
    expect(pullRequestFooter(link, 'https://acme.dev/open')).toBe(
      `[Open in Foundry](https://acme.dev/open?link=foundry%3A%2F%2Ftask%2F${link.taskId})`,
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
