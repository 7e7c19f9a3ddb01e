import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { redact } from '../../../src/main/app/redaction'

const secret = 'AbCdEf0123456789abcdef0123456789'

describe('redact', () => {
  it.each([
    ['GitHub token', `token is ghp_${secret}`, `ghp_${secret}`],
    ['OAuth token', `gho_${secret}`, `gho_${secret}`],
    ['fine-grained token', `github_pat_11ABC_${secret}`, secret],
    ['Anthropic key', `sk-ant-api03-${secret}-x`, secret],
    ['bearer header', `Authorization: Bearer ${secret}`, secret],
    ['bearer alone', `sent Bearer ${secret}`, secret],
    ['basic header', `authorization: Basic ${secret}==`, secret],
    ['hex in a header object', `{ authorization: '${secret}' }`, secret],
    ['header list', `{ 'Authorization': [ 'Bearer ${secret}' ] }`, secret],
    ['JSON header', `{"x-api-key":"${secret}"}`, secret],
    ['git credential', `x-access-token:${secret}@github.com`, secret],
    ['url with password', `https://me:${secret}@github.com/a/b.git`, secret],
    ['url with token as user', `https://${secret}@github.com/a/b.git`, secret],
    ['ssh-like url', `ssh://git:${secret}@host/x`, secret],
    ['variable', `ANTHROPIC_API_KEY=${secret}`, secret],
    ['key variable', `STRIPE_KEY=${secret} next`, secret],
    ['flag', `--token=${secret} --port 1`, secret],
    ['property', `{ apiKey: '${secret}', x: 1 }`, secret],
    ['camel property', `{ serverToken: '${secret}' }`, secret],
    ['quoted with spaces', `password: "two words ${secret}"`, secret],
    ['query parameter', `https://host/x?access_token=${secret}&a=1`, secret],
    ['JWT', `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.${secret}`, secret],
    ['AWS', 'AKIAIOSFODNN7EXAMPLE', 'AKIAIOSFODNN7EXAMPLE'],
    ['cookie', `set-cookie: session=${secret}; path=/`, secret],
    ['private key', `-----BEGIN RSA PRIVATE KEY-----\n${secret}\n-----END RSA PRIVATE KEY-----`, secret],
    ['cut private key', `-----BEGIN PRIVATE KEY-----\n${secret}`, secret],
  ])('hides a %s', (_name, text, hidden) => {
    expect(redact(text)).not.toContain(hidden)
  })

  it.each([
    'start: database: 12.3 ms',
    'inputTokens: 1200, outputTokens: 30',
    'https://github.com/a/b/pull/3?tab=files#diff',
    'mailto someone@example.org',
    'file /home/me/tokenizer/src/token.ts:12:3',
    'basic authentication failed',
    'commit 0a1b2c3d4e5f60718293a4b5c6d7e8f901234567',
    'session_0f8fad5b-d9cb-469f-a165-70867728950e',
  ])('leaves "%s" alone', (text) => {
    expect(redact(text)).toBe(text)
  })

  it('keeps what stands around a secret', () => {
    expect(redact(`fetch https://u:${secret}@host/a failed`)).toBe('fetch https://[redacted]@host/a failed')
    expect(redact(`A_TOKEN=${secret} git push`)).toBe('A_TOKEN=[redacted] git push')
  })

  it('finds a token wherever it stands', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        expect(redact(`${before} ghp_${secret} ${after}`)).not.toContain(`ghp_${secret}`)
      }),
    )
  })

  it.each(['a_', 'token', 'https://', 'a', '-----BEGIN PRIVATE KEY-----', 'bearer ', 'x=', '"', "key='"])(
    'takes time in proportion to a text of %j',
    (unit) => {
      const text = unit.repeat(200_000 / unit.length)
      // One that tries all ways to split it would take longer than the test may.
      expect(redact(text).length).toBeGreaterThan(0)
    },
  )
})
