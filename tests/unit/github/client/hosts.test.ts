import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FoundryError } from '@shared/errors'
import { apiUrlOf, graphqlUrlOf, hostOf, webUrlOf } from '../../../../src/main/github/client/hosts'

function refusal(typed: string): FoundryError | null {
  try {
    hostOf(typed)
    return null
  } catch (error) {
    if (error instanceof FoundryError) return error
    throw error
  }
}

describe('the host in what a person types', () => {
  it.each([
    ['github.com', 'github.com'],
    ['  https://GitHub.com/ ', 'github.com'],
    ['www.github.com', 'github.com'],
    ['https://api.github.com', 'github.com'],
    ['https://api.github.com/graphql', 'github.com'],
    ['ghe.example.com', 'ghe.example.com'],
    ['GHE.Example.com:8443', 'ghe.example.com:8443'],
    ['https://ghe.example.com:443/', 'ghe.example.com'],
    ['https://ghe.example.com/api/v3', 'ghe.example.com'],
    ['ghe.example.com/api/v3/', 'ghe.example.com'],
    ['ghe.example.com/api/graphql', 'ghe.example.com'],
    ['code', 'code'],
    ['10.1.2.3', '10.1.2.3'],
    ['acme.ghe.com', 'acme.ghe.com'],
    ['https://api.acme.ghe.com', 'acme.ghe.com'],
    ['127.0.0.1:4567', '127.0.0.1:4567'],
    ['http://127.0.0.1:4567/api/v3', '127.0.0.1:4567'],
    ['127.0.0.1:80', '127.0.0.1'],
    ['127.0.0.1:443', '127.0.0.1:443'],
    ['localhost:1', 'localhost:1'],
    ['[::1]:8080', '[::1]:8080'],
    ['bücher.example', 'xn--bcher-kva.example'],
  ])('%j is %s', (typed, host) => {
    expect(hostOf(typed)).toBe(host)
    expect(hostOf(host)).toBe(host)
  })

  it.each([
    '',
    '   ',
    'http://',
    'https://',
    'http://github.com',
    'http://ghe.example.com',
    'https://127.0.0.1:8443',
    'ftp://ghe.example.com',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'git@github.com:acme/shop.git',
    'https://ada:secret@github.com',
    'https://github.com/acme/shop',
    'github.com/acme',
    'github.com?x=1',
    'github.com#x',
    'ghe.com',
    'two words',
    'ghe.example.com:99999',
    '-x.example.com',
    'a_b.example.com',
    'x'.repeat(400),
    '\u0000',
    '../..',
  ])('%j is none', (typed) => {
    const error = refusal(typed)
    expect(error).toMatchObject({ kind: 'invalid_input' })
    expect(error?.next).toMatch(/^Type /)
    expect(error?.message).not.toContain('secret')
  })

  it('has one address for its API whatever was typed, over http on this machine alone', () => {
    fc.assert(
      fc.property(fc.oneof(fc.webUrl(), fc.domain(), fc.ipV4(), fc.string({ maxLength: 40 })), (typed) => {
        if (refusal(typed) !== null) return
        const host = hostOf(typed)
        const url = new URL(apiUrlOf(host))
        expect(hostOf(host)).toBe(host)
        expect(url.protocol).toBe(/^(?:127\.|localhost|\[::1\])/.test(url.host) ? 'http:' : 'https:')
      }),
      { numRuns: 500 },
    )
  })
})

it.each([
  ['github.com', 'https://api.github.com', 'https://api.github.com/graphql', 'https://github.com'],
  ['acme.ghe.com', 'https://api.acme.ghe.com', 'https://api.acme.ghe.com/graphql', 'https://acme.ghe.com'],
  [
    'ghe.example.com',
    'https://ghe.example.com/api/v3',
    'https://ghe.example.com/api/graphql',
    'https://ghe.example.com',
  ],
  ['127.0.0.1:80', 'http://127.0.0.1:80/api/v3', 'http://127.0.0.1:80/api/graphql', 'http://127.0.0.1:80'],
])('%s has its APIs and pages', (host, api, graphql, web) => {
  expect([apiUrlOf(host), graphqlUrlOf(apiUrlOf(host)), webUrlOf(host)]).toEqual([api, graphql, web])
})
