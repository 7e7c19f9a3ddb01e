import { execFileSync } from 'node:child_process'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  configEnvironment,
  credentialEnvironment,
  hideSecrets,
  joinEnvironments,
} from '../../../src/main/sandbox/git/credentials'
import { OUTSIDE_GIT, READ_ONLY_GIT } from '../../../src/main/sandbox/git/environment'

const github = { origin: 'https://github.com', username: 'x-access-token', token: 'gho_secret' }

/** What git itself would sign in with. */
function fill(env: Record<string, string>, address: string): string {
  const { protocol, host, pathname } = new URL(address)
  return execFileSync('git', ['credential', 'fill'], {
    input: `protocol=${protocol.slice(0, -1)}\nhost=${host}\npath=${pathname.slice(1)}\n\n`,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'ignore'],
    env: {
      PATH: process.env['PATH'] ?? '',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_TERMINAL_PROMPT: '0',
      ...env,
    },
  })
}

describe('credentialEnvironment', () => {
  it('signs in to its own server alone', () => {
    const env = credentialEnvironment(github)
    expect(fill(env, 'https://github.com/acme/engine.git')).toContain('password=gho_secret\n')
    for (const other of [
      'http://github.com/acme/engine.git',
      'https://github.com:8443/acme/engine.git',
      'https://gist.github.com/x',
      'https://github.com.evil.example/x',
    ])
      expect(() => fill(env, other)).toThrow('Command failed')
  })

  it('asks no helper that was there before', () => {
    const before = configEnvironment([
      ['credential.helper', '!f() { echo username=other; echo password=other; }; f'],
    ])
    const filled = fill(joinEnvironments(before, credentialEnvironment(github)), 'https://github.com/a/b')
    expect(filled).toContain('password=gho_secret\n')
    expect(fill(joinEnvironments(before, credentialEnvironment(github)), 'https://example.org/a')).toContain(
      'password=other\n',
    )
  })

  it('hands over every name and token as it is', () => {
    // What is not printable is in no token; git itself refuses line ends.
    const text = fc.string({
      unit: fc.constantFrom(...'aZ0 \'"\\$`%;&|(){}!#~*\täé'.split('')),
      minLength: 1,
    })
    fc.assert(
      fc.property(text, text, (username, token) => {
        const filled = fill(credentialEnvironment({ ...github, username, token }), 'https://github.com/a/b')
        expect(filled).toContain(`\nusername=${username}\npassword=${token}\n`)
      }),
      { numRuns: 25 },
    )
  })

  it('keeps the token out of everything but one variable', () => {
    const { FOUNDRY_GIT_PASSWORD, ...rest } = credentialEnvironment(github)
    expect(FOUNDRY_GIT_PASSWORD).toBe('gho_secret')
    expect(JSON.stringify(rest)).not.toContain('gho_secret')
  })

  it.each([
    'https://github.com/',
    'https://github.com/acme',
    'https://u@github.com',
    'ssh://github.com',
    'x',
  ])('takes no %s for an origin', (origin) =>
    expect(() => credentialEnvironment({ ...github, origin })).toThrow('is not an origin'),
  )

  it.each(['', 'a\nb', 'a\rb', 'a\0b'])('takes no %j for a token', (token) => {
    expect(() => credentialEnvironment({ ...github, token })).toThrow('cannot be one')
  })
})

describe('joinEnvironments', () => {
  it('keeps the settings of all, in their order', () => {
    const joined = joinEnvironments(READ_ONLY_GIT, { A: '1' }, undefined, OUTSIDE_GIT, { A: '2' })
    expect(joined).toEqual({
      GIT_OPTIONAL_LOCKS: '0',
      A: '2',
      GIT_CONFIG_COUNT: '3',
      GIT_CONFIG_KEY_0: 'core.fsmonitor',
      GIT_CONFIG_VALUE_0: 'false',
      GIT_CONFIG_KEY_1: 'core.fsmonitor',
      GIT_CONFIG_VALUE_1: 'false',
      GIT_CONFIG_KEY_2: 'core.hooksPath',
      GIT_CONFIG_VALUE_2: '/dev/null',
    })
    expect(joinEnvironments({ A: '1' })).toEqual({ A: '1' })
  })
})

describe('hideSecrets', () => {
  it('leaves the token out, as it is and as it travels', () => {
    const hide = hideSecrets(credentialEnvironment({ ...github, token: 'a+b/c' }))
    const basic = Buffer.from('x-access-token:a+b/c').toString('base64')
    expect(hide(`a+b/c a%2Bb%2Fc ${basic} rest`)).toBe('••• ••• ••• rest')
    expect(hideSecrets(undefined)('a+b/c')).toBe('a+b/c')
  })
})
