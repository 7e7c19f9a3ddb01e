import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findDeepLink, parseDeepLink } from '../../../src/main/app/deep-link'
import { checkExternalLink } from '../../../src/main/app/external-link'
import { FoundryError } from '../../../src/shared/errors'

const task = 'task_0f8fad5b-d9cb-469f-a165-70867728950e'
const session = 'session_7c9e6679-7425-40de-944b-e07fc1f90ae7'

describe('parseDeepLink', () => {
  it('shows a task, and a session in it', () => {
    expect(parseDeepLink(`foundry://task/${task}`)).toEqual({ type: 'task', taskId: task })
    expect(parseDeepLink(`foundry://task/${task}/`)).toEqual({ type: 'task', taskId: task })
    expect(parseDeepLink(`foundry://task/${task}/session/${session}`)).toEqual({
      type: 'task',
      taskId: task,
      sessionId: session,
    })
  })

  it.each([
    '',
    'foundry://',
    'foundry://task/',
    `foundry://task/${session}`,
    `foundry://task/${task}/session/${task}`,
    `foundry://task/${task}/archive`,
    `foundry://task/${task}?run=1`,
    `foundry://task/${task}#x`,
    `foundry://task/../${task}`,
    `foundry://task/${task}\n`,
    ` foundry://task/${task}`,
    `FOUNDRY://task/${task}`,
    `https://task/${task}`,
    `foundry:task/${task}`,
    `xfoundry://task/${task}`,
  ])('does not know %j', (link) => {
    expect(parseDeepLink(link).type).toBe('unknown_link')
  })

  it('knows no more than it made of the link, whatever that is', () => {
    const pieces = fc.oneof(
      fc.string(),
      fc.constantFrom('foundry://', 'task/', task, '/session/', session, '/', '\0', '\u202e'),
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 8 }), (parts) => {
        const link = parts.join('')
        const parsed = parseDeepLink(link)
        const { taskId, sessionId } = { taskId: '', sessionId: undefined, ...parsed }
        const rebuilt = `foundry://task/${taskId}${sessionId === undefined ? '' : `/session/${sessionId}`}`
        const shown = parsed.type === 'unknown_link' ? parsed.link : ''
        expect(parsed.type === 'unknown_link' || link === rebuilt || link === `${rebuilt}/`).toBe(true)
        expect(shown.length).toBeLessThanOrEqual(200)
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}]/u)
      }),
    )
  })
})

describe('findDeepLink', () => {
  it('finds the link between the flags of Chromium', () => {
    expect(findDeepLink(['/usr/bin/foundry', '--allow-file-access', `foundry://task/${task}`, '--x'])).toBe(
      `foundry://task/${task}`,
    )
    expect(findDeepLink(['/opt/foundry://x', '--flag=foundry://task'])).toBeNull()
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
