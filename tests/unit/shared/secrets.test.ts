import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findSecrets } from '../../../src/shared/secrets'
import { escapeHtml, SecretMasker } from '../../../src/shared/secret-masker'

// Put together here, so that no scanner of repositories takes them for real ones.
const alphabet = 'aZ3kQ9xT7bLm2PwR5vYc8NdF4gHj6SuE1iKo0'
const random = (length: number): string =>
  Array.from({ length }, (_, index) => alphabet[(index * 7 + length) % alphabet.length]).join('')
const join = (...parts: string[]): string => parts.join('')
const KEY_HEAD = join('-----BEGIN RSA PRIVATE', ' KEY-----')
const KEY_END = join('-----END RSA PRIVATE', ' KEY-----')
const samples: Record<string, string> = {
  'github-token': join('gh', 'p_', random(36)),
  'gitlab-token': join('gl', 'pat-', random(20)),
  'anthropic-key': join('sk-', 'ant-api03-', random(80)),
  'openai-key': join('sk-', 'proj-', random(60)),
  'google-key': join('AI', 'za', random(35)),
  'aws-key': join('AK', 'IAIOSFODNN7QWERTYZ'),
  'slack-token': join('xo', 'xb-123456789012-', random(24)),
  'stripe-key': join('sk', '_live_', random(24)),
  'npm-token': join('np', 'm_', random(36)),
  'pypi-token': join('py', 'pi-AgEIcHlwaS5vcmc', random(60)),
  jwt: join('ey', 'JhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.', random(43)),
  'private-key': [KEY_HEAD, random(64), random(64), KEY_END].join('\n'),
}

const valuesOf = (text: string): string[] => findSecrets(text).map(({ start, end }) => text.slice(start, end))

describe('findSecrets', () => {
  it.each(Object.entries(samples))('finds a %s in prose, code, diffs and addresses', (kind, secret) => {
    for (const text of [
      secret,
      `use ${secret}, please`,
      `"${secret}"`,
      `+  const x = '${secret}';`,
      `(${secret})`,
      `a\n${secret}\nb`,
    ]) {
      expect(findSecrets(text)).toMatchObject([{ kind }])
      expect(valuesOf(text)).toEqual([secret])
    }
  })

  it.each([
    ['Authorization: Bearer abcdef1234567890', 'abcdef1234567890'],
    ["headers: { 'Authorization': 'Basic dXNlcjpwYXNz' }", 'dXNlcjpwYXNz'],
    ['curl -H "X-Api-Key: 9f8e7d6c5b4a"', '9f8e7d6c5b4a'],
    ['postgres://app:hunter2x@db.local/app', 'hunter2x'],
    ['https://x-access-token:abc123def@github.com/a/b', 'abc123def'],
    ['export GITHUB_TOKEN=correcthorse', 'correcthorse'],
    ['DATABASE_PASSWORD="s3cr3t-pa55"', 's3cr3t-pa55'],
    ['AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCY', 'wJalrXUtnFEMI/K7MDENG/bPxRfiCY'],
    ['SECRET_KEY_BASE=0123456789abcdef0123', '0123456789abcdef0123'],
    [`const apiKey = "a1B2c3D4e5F6g7H8"`, 'a1B2c3D4e5F6g7H8'],
    ['{"clientSecret":"q9W8e7R6t5Y4"}', 'q9W8e7R6t5Y4'],
    ['{\\"access_token\\":\\"q9W8e7R6t5Y4\\"}', 'q9W8e7R6t5Y4'],
    ['db_password: kD83nf92LsPq', 'kD83nf92LsPq'],
    ['DEPLOY_KEY=a1B2c3D4e5F6g7H8', 'a1B2c3D4e5F6g7H8'],
  ])('finds the secret of %s', (text, secret) => {
    expect(valuesOf(text)).toEqual([secret])
  })

  it.each([
    'const token = readToken(input)',
    'password: string',
    'secret: z.string().min(1)',
    'maxTokens: 4096',
    'TOKEN_LIMIT=200000',
    'API_KEY=$OPENAI_API_KEY',
    'API_KEY=${OPENAI_API_KEY}',
    'API_KEY=your-key-here',
    'token: process.env.GITHUB_TOKEN',
    'GITHUB_TOKEN=${{ secrets.GITHUB_TOKEN }}',
    'Authorization: Bearer <token>',
    'Authorization: `Bearer ${token}`',
    'https://github.com/acme/parser/pull/12',
    'git@github.com:acme/parser.git',
    'http://localhost:3000/@scope/name',
    'commit 73b9c44e0f1d2c3b4a5968778695a4b3c2d1e0f9',
    'sk-learn and task-list-of-things-that-are-long',
    'the key: it is a monkey',
    'password_file = "/etc/passwd"',
    '"token": "access_token"',
    'const secret = "a-name-with-words"',
    'integrity sha512-1qVGU1zYOUyPqFNbUWNfjYkz9JBWWZ7ExGkP1Zq7lKqYJ0dZyLl2VxQ==',
    'tokenizer = "cl100k_base"',
    'keyboard: "Ctrl+Shift+Enter7"',
  ])('leaves %s alone', (text) => {
    expect(valuesOf(text)).toEqual([])
  })

  it('takes the inside of a key whose end was cut off, in a diff too', () => {
    const cut = `+${KEY_HEAD}\n+${random(64)}\n+${random(64)}\n`
    expect(valuesOf(cut)).toEqual([cut.slice(1, -1)])
  })

  it('is quick with hostile text', () => {
    for (const part of [
      'token=',
      'a',
      '-----BEGIN PRIVATE KEY-----',
      'eyJ',
      'https://a:',
      '+',
      'password: "',
      'sk-ant-',
    ])
      expect(() => findSecrets(part.repeat(20_000))).not.toThrow()
  }, 5000)
})

describe('SecretMasker', () => {
  it('gives the same secret the same tag, everywhere', () => {
    const masker = new SecretMasker()
    const secret = samples['github-token'] ?? ''
    const texts = [`no context for q9W8e7R6t5Y4 here`, `TOKEN=q9W8e7R6t5Y4 and ${secret}`]
    for (const text of texts) masker.learn(text)
    expect(texts.map((text, index) => masker.mask(text, `place ${index}`))).toEqual([
      'no context for [masked named-secret #1] here',
      'TOKEN=[masked named-secret #1] and [masked github-token #1]',
    ])
    expect(masker.report()).toEqual([
      { kind: 'named-secret', tag: '[masked named-secret #1]', count: 2, places: ['place 0', 'place 1'] },
      { kind: 'github-token', tag: '[masked github-token #1]', count: 1, places: ['place 1'] },
    ])
  })

  it('masks what an object says of itself, and names of properties', () => {
    const masker = new SecretMasker()
    const secret = samples['npm-token'] ?? ''
    const value = { env: { apiKey: 'a1B2c3D4e5F6g7H8', [secret]: 1 }, list: ['a1B2c3D4e5F6g7H8'] }
    masker.learnValue(value)
    expect(masker.maskValue(value, 'x')).toEqual({
      env: { apiKey: '[masked named-secret #1]', '[masked npm-token #1]': 1 },
      list: ['[masked named-secret #1]'],
    })
  })

  // Invariant: however a text is cut into pieces, no secret of it is in what is put together again, in any spelling.
  it('masks across pieces', () => {
    const parts = fc.array(
      fc.oneof(fc.constantFrom(...Object.values(samples)), fc.string({ maxLength: 20 }), fc.constant(' ')),
      { maxLength: 8 },
    )
    fc.assert(
      fc.property(parts, fc.array(fc.nat(200), { maxLength: 6 }), (words, lengths) => {
        const text = words.join(' ')
        const pieces: string[] = []
        let at = 0
        for (const length of lengths) {
          pieces.push(text.slice(at, at + length))
          at += length
        }
        pieces.push(text.slice(at))
        const masker = new SecretMasker()
        masker.learn(text)
        const masked = masker.maskPieces(pieces, 'here')
        expect(masked).toHaveLength(pieces.length)
        expect(masked.join('')).toBe(masker.mask(text, 'there'))
        for (const secret of Object.values(samples))
          for (const spelling of [secret, escapeHtml(secret), JSON.stringify(secret).slice(1, -1)])
            expect(masked.join('')).not.toContain(spelling)
      }),
    )
  })
})
