import { describe, expect, it } from 'vitest'
import { ago } from '../../../src/main/sandbox/checkout/fill'
import { originName, parseOriginRefs, transferShare } from '../../../src/main/sandbox/checkout/origin'

describe('originName', () => {
  it.each([
    ['https://github.com/acme/engine.git', 'acme/engine'],
    ['http://127.0.0.1:4000/acme/engine', 'acme/engine'],
    ['git@github.com:acme/engine.git', 'acme/engine'],
    ['ssh://git@ghe.acme.org:22/acme/engine.git/', 'acme/engine'],
    ['/home/ada/engine', 'ada/engine'],
    ['', ''],
  ])('%s is %s', (url, name) => expect(originName(url)).toBe(name))
})

describe('parseOriginRefs', () => {
  const sha = 'a'.repeat(40)
  it('reads what was asked for, and not names that end like it', () => {
    const output = [
      'ref: refs/heads/release/1\tHEAD',
      `${sha}\tHEAD`,
      `${sha}\trefs/heads/work`,
      `${sha}\trefs/heads/x/refs/heads/work`,
      '',
    ].join('\n')
    expect(parseOriginRefs(output, new Set(['HEAD', 'refs/heads/work']))).toEqual({
      defaultBranch: 'release/1',
      objectFormat: 'sha1',
      refs: new Map([
        ['HEAD', sha],
        ['refs/heads/work', sha],
      ]),
    })
  })

  it('reads an empty repository, and one with longer names of objects', () => {
    expect(parseOriginRefs('', new Set(['HEAD']))).toMatchObject({
      defaultBranch: null,
      objectFormat: 'sha1',
    })
    expect(parseOriginRefs(`${'b'.repeat(64)}\tHEAD\n`, new Set(['HEAD'])).objectFormat).toBe('sha256')
  })
})

it('shows a transfer as a share of the whole', () => {
  expect(transferShare('Receiving objects:  50% (5/10), 1.00 MiB | 2.00 MiB/s')).toBeCloseTo(0.425)
  expect(transferShare('Resolving deltas: 100% (3/3), done.')).toBe(1)
  expect(transferShare('remote: Counting objects: 50% (5/10)')).toBeNull()
})

it('says how long ago', () => {
  expect([0, 60_000, 3_600_000 * 5, 86_400_000].map(ago)).toEqual([
    'a moment ago',
    '1 minute ago',
    '5 hours ago',
    '1 day ago',
  ])
})
