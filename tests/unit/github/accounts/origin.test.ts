import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isOriginOf, parseOrigin } from '../../../../src/main/github/origin'

describe('an origin', () => {
  it.each([
    'https://github.com/acme/parser',
    'https://github.com/acme/parser.git',
    'https://GitHub.com/ACME/Parser.git/',
    'https://www.github.com/acme/parser',
    'https://ada@github.com/acme/parser.git',
    'https://github.com:443/acme/parser',
    'http://github.com/acme/parser',
    'git://github.com/acme/parser.git',
    'git@github.com:acme/parser.git',
    'github.com:acme/parser',
    'git@github.com:/acme/parser.git',
    'ssh://git@github.com/acme/parser.git',
    'ssh://git@github.com:22/acme/parser',
    'ssh://git@ssh.github.com:443/acme/parser.git',
    'git+ssh://git@github.com/acme/parser.git',
    '  https://github.com/acme/parser\n',
  ])('%j is acme/parser on github.com', (url) => {
    const origin = parseOrigin(url)
    expect(origin !== null && isOriginOf(origin, 'github.com', 'Acme/Parser')).toBe(true)
  })

  it.each([
    ['git@127.0.0.1:acme/parser.git', true],
    ['ssh://git@127.0.0.1:2222/acme/parser.git', true],
    ['http://127.0.0.1:8080/acme/parser.git', true],
    ['http://127.0.0.1:8081/acme/parser.git', false],
    ['http://127.0.0.1/acme/parser.git', false],
    ['https://ghe.example.com/acme/parser', false],
  ])('%s is of a host with a port: %s', (url, same) => {
    const origin = parseOrigin(url)
    expect(origin !== null && isOriginOf(origin, '127.0.0.1:8080', 'acme/parser')).toBe(same)
  })

  it.each([
    '',
    '/home/ada/parser',
    '../parser.git',
    'C:\\folder\\parser',
    'C:/folder/parser',
    'file:///home/ada/parser',
    'https://github.com/acme',
    'https://gitlab.com/group/sub/project.git',
    'https://github.com/',
    'https://',
    'git@github.com:',
    'javascript:alert(1)/x',
  ])('%j names no repository of GitHub', (url) => {
    const origin = parseOrigin(url)
    expect(origin !== null && isOriginOf(origin, 'github.com', 'acme/parser')).toBe(false)
  })

  it('is read in linear time and never throws, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 3000 }), (url) => {
        parseOrigin(url)
      }),
    )
    for (const hostile of ['@'.repeat(100_000), ':'.repeat(100_000), `https://${'a@'.repeat(50_000)}`])
      expect(parseOrigin(hostile)).toBeNull()
  })
})
