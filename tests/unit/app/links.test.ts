import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findDeepLink } from '../../../src/main/app/deep-link'
import { checkExternalLink } from '../../../src/main/app/external-link'
import { FoundryError } from '../../../src/shared/errors'

const task = 'task_0f8fad5b-d9cb-469f-a165-70867728950e'

describe('findDeepLink', () => {
  it('finds the link between the flags of Chromium', () => {
    expect(findDeepLink(['/usr/bin/foundry', '--allow-file-access', `foundry://task/${task}`, '--x'])).toBe(
      `foundry://task/${task}`,
    )
    expect(findDeepLink(['/opt/foundry://x', '--flag=foundry://task'])).toBeNull()
  })

  it('takes the address of a pull request for one, and no other address', () => {
    const address = 'https://github.com/acme/engine/pull/12'
    expect(findDeepLink(['/usr/bin/foundry', '--no-sandbox', address])).toBe(address)
    expect(findDeepLink(['/usr/bin/foundry', address, `foundry://task/${task}`])).toBe(
      `foundry://task/${task}`,
    )
    expect(findDeepLink(['/usr/bin/foundry', 'https://github.com/acme/engine'])).toBeNull()
  })
})

describe('checkExternalLink', () => {
  it.each(['https://github.com/a/b?c=d#e', 'http://localhost:3000/', 'mailto:a@b.org?subject=Hi%20there'])(
    'opens %s',
    (link) => {
      expect(checkExternalLink(link)).toBe(link)
    },
  )

  it.each([
    'file:///etc/passwd',
    'javascript:alert(1)',
    'foundry://task/x',
    'data:text/html,x',
    'vscode://x',
    'smb://host/share',
    'https://github.com@evil.example/',
    'https://user:secret@github.com/',
    'https://github.com\\@evil.example/',
    'java\nscript:alert(1)',
    'https://git\u202ehub.com/',
    'https://a\0.example/',
    '//github.com',
    'github.com',
    '',
    'http://',
    'mailto:a@b.org?attach=/etc/passwd',
    'mailto:a@b.org?Attachment=x',
    `https://example.org/${'x'.repeat(9000)}`,
  ])('refuses %j', (link) => {
    expect(() => checkExternalLink(link)).toThrow(FoundryError)
  })

  it('only ever opens web and mail addresses without credentials', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.webUrl({ withFragments: true, withQueryParameters: true })),
        (link) => {
          const opened = new URL(checkedOr(link, 'https://refused.example/'))
          expect(['http:', 'https:', 'mailto:']).toContain(opened.protocol)
          expect(opened.username + opened.password).toBe('')
        },
      ),
    )
  })
})

/** What would be opened, or something else when the link is refused as it should be. */
function checkedOr(link: string, refused: string): string {
  try {
    return checkExternalLink(link)
  } catch (error) {
    if (error instanceof FoundryError) return refused
    throw error
  }
}
