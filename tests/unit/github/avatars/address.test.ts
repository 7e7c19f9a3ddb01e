import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isPictureHost, pictureAddress } from '../../../../src/main/github/avatars/address'
import { dataUrl, fetchPicture, pictureType } from '../../../../src/main/github/avatars/picture'

const PNG = Buffer.from('\x89PNG\r\n\x1a\nrest', 'latin1')

describe('the address of a picture', () => {
  it.each([
    ['https://avatars.githubusercontent.com/u/1?v=4', 'https://avatars.githubusercontent.com/u/1?v=4&s=64'],
    ['https://avatars.githubusercontent.com/u/1?s=400#x', 'https://avatars.githubusercontent.com/u/1?s=64'],
    ['http://127.0.0.1:4567/a', 'http://127.0.0.1:4567/a?s=64'],
  ])('%j is asked for as %s', (text, address) => {
    expect(pictureAddress(text)?.href).toBe(address)
  })

  it.each([
    '',
    'avatar.png',
    'http://avatars.githubusercontent.com/u/1',
    'https://ada:secret@avatars.githubusercontent.com/u/1',
    'data:image/svg+xml,<svg/>',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'app://window/index.html',
  ])('%j is none', (text) => {
    expect(pictureAddress(text)).toBeNull()
  })

  it.each([
    ['github.com', 'https://avatars.githubusercontent.com/u/1', true],
    ['github.com', 'https://github.com/ada.png', false],
    ['github.com', 'https://avatars.githubusercontent.com.evil.example/u/1', false],
    ['github.com', 'https://avatars.githubusercontent.com:8443/u/1', false],
    ['ghe.example.com', 'https://ghe.example.com/avatars/u/1', true],
    ['ghe.example.com', 'https://avatars.ghe.example.com/u/1', true],
    ['ghe.example.com', 'https://avatars.githubusercontent.com/u/1', false],
    ['ghe.example.com', 'https://other.ghe.example.com/u/1', false],
    ['127.0.0.1:1', 'http://127.0.0.1:2/u/1', false],
  ])('for an account of %s, %s: %s', (host, text, known) => {
    const address = pictureAddress(text)
    expect(address !== null && isPictureHost(address, [host])).toBe(known)
  })
})

describe('what a picture is', () => {
  it.each([
    ['image/png', '\x89PNG\r\n\x1a\n'],
    ['image/jpeg', '\xff\xd8\xff\xe0'],
    ['image/gif', 'GIF89a'],
    ['image/webp', 'RIFF....WEBPVP8 '],
  ])('%s', (type, start) => {
    const bytes = Buffer.from(start, 'latin1')
    expect(pictureType(bytes)).toBe(type)
    expect(dataUrl(bytes)).toBe(`data:${type};base64,${bytes.toString('base64')}`)
  })

  it.each(['', '<svg xmlns="http://www.w3.org/2000/svg"/>', '<html>', 'RIFF....WAVE', '\x89PN', 'BM'])(
    '%j is none',
    (start) => expect(dataUrl(Buffer.from(start, 'latin1'))).toBeNull(),
  )
})

const host = fc.constantFrom(
  'github.com',
  'avatars.githubusercontent.com',
  'ghe.example.com',
  'avatars.ghe.example.com',
  '127.0.0.1:1',
  'localhost',
  '[::1]:9',
  'evil.example',
  'ghe.example.com.evil.example',
  '169.254.169.254',
)
const address = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('https://', 'http://', 'HTTPS:', '//', 'ftp://', 'file://', 'data:image/png,', ''),
      fc.constantFrom('', '', 'ada@', 'ada:secret@', 'ghe.example.com@', 'ghe.example.com\\@'),
      host,
      fc.oneof(fc.webPath(), fc.string({ maxLength: 20 })),
    )
    .map((parts) => parts.join('')),
  fc.webUrl(),
  fc.string(),
)

it('nothing is asked but what is https, or this machine, and of a known host, wherever a server points', async () => {
  const signal = new AbortController().signal
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.constantFrom('github.com', 'ghe.example.com', '127.0.0.1:1'), { maxLength: 3 }),
      address,
      fc.array(address, { maxLength: 3 }),
      async (hosts, text, redirects) => {
        const asked: string[] = []
        const start = pictureAddress(text)
        if (start === null) return
        const answers = [...redirects]
        const fetch = async (url: string, init: RequestInit): Promise<Response> => {
          asked.push(url)
          expect(init).toMatchObject({ redirect: 'manual', credentials: 'omit' })
          expect(Object.keys(init.headers ?? {})).toEqual(['accept'])
          const next = answers.shift()
          if (next === undefined) return new Response(PNG)
          // Headers hold no other characters.
          return new Response(null, { status: 302, headers: { location: encodeURI(next.toWellFormed()) } })
        }
        await fetchPicture(start, { fetch, hosts, signal, timeoutMs: 1000 }).catch(() => null)
        expect(asked.length).toBeLessThanOrEqual(2)
        const allowed = new Set<string>()
        if (hosts.includes('github.com')) allowed.add('https://avatars.githubusercontent.com')
        if (hosts.includes('ghe.example.com'))
          for (const name of ['', 'avatars.']) allowed.add(`https://${name}ghe.example.com`)
        if (hosts.includes('127.0.0.1:1'))
          for (const scheme of ['http', 'https']) allowed.add(`${scheme}://127.0.0.1:1`)
        for (const url of asked) {
          const { origin, username, password, searchParams } = new URL(url)
          expect(allowed).toContain(origin)
          expect([username, password, searchParams.get('s')]).toEqual(['', '', '64'])
        }
      },
    ),
    { numRuns: 2000 },
  )
})
