import { describe, expect, it } from 'vitest'
import { besides, checkoutStartOf } from '../../../src/main/repository/checkout-start'

const row = {
  repositoryId: 'repo_1',
  headRepository: 'repo_1',
  branch: 'b',
  startsFrom: 'branch' as const,
  pullRequestNumber: null as number | null,
  baseBranch: null as string | null,
  title: 'T',
}
const pull = { baseRef: 'develop', headRepository: 'grace/engine' }
const origin = 'https://github.com/acme/engine.git'

describe('where a checkout starts', () => {
  it('is a new branch from its base, or the branch that is there', () => {
    expect(checkoutStartOf({ ...row, startsFrom: 'base', baseBranch: 'main' }, null, origin)).toEqual({
      kind: 'base',
      branch: 'main',
    })
    expect(checkoutStartOf(row, null, origin)).toEqual({ kind: 'branch', base: null })
    // A pull request that is not known any more is no reason to lose the branch.
    expect(checkoutStartOf({ ...row, pullRequestNumber: 3 }, null, origin)).toEqual({
      kind: 'branch',
      base: null,
    })
  })

  it('is the head of a pull request, of a fork by its address, of a deleted one without', () => {
    const own = { ...row, pullRequestNumber: 3 }
    expect(checkoutStartOf(own, pull, origin)).toEqual({
      kind: 'pull_request',
      number: 3,
      base: 'develop',
      fork: null,
    })
    expect(checkoutStartOf({ ...own, headRepository: 'github:9', baseBranch: 'main' }, pull, origin)).toEqual(
      {
        kind: 'pull_request',
        number: 3,
        base: 'main',
        fork: { url: 'https://github.com/grace/engine.git' },
      },
    )
    for (const [headRepository, head] of [
      ['deleted:3', pull],
      ['github:9', { ...pull, headRepository: null }],
    ] as const)
      expect(checkoutStartOf({ ...own, headRepository }, head, origin)).toMatchObject({ fork: { url: null } })
    expect(() => checkoutStartOf({ ...own, headRepository: 'github:9' }, null, origin)).toThrow(/not known/)
  })

  it.each([
    ['http://127.0.0.1:8080/acme/engine.git', 'http://127.0.0.1:8080/grace/engine.git'],
    ['ssh://git@github.com/acme/engine', 'ssh://git@github.com/grace/engine.git'],
    ['git@github.com:acme/engine.git', 'git@github.com:grace/engine.git'],
    ['/home/ada/engine', null],
    ['C:/engine', null],
  ])('a fork is beside %s', (url, fork) => expect(besides(url, 'grace/engine')).toBe(fork))

  it('never takes a name apart that is none', () => {
    expect(besides(origin, '../../evil')).toBeNull()
    expect(besides(origin, 'a/b?x')).toBeNull()
  })
})
