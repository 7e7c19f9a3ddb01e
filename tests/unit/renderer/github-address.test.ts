import { describe, expect, it } from 'vitest'
import { githubAddress } from '../../../src/renderer/features/new-task/github-address'
import {
  storedStart,
  storedStarts,
  toTaskStart,
  withStart,
} from '../../../src/renderer/features/new-task/start-draft'

const engine = {
  id: 'repo_00000001' as const,
  github: { url: 'https://github.com/acme/engine' } as never,
}

describe('an address that was pasted', () => {
  it.each([
    ['https://github.com/acme/engine/pull/12', 'pull_request', 12],
    ['  https://GitHub.com/Acme/Engine/pull/12/files#diff-1 \n', 'pull_request', 12],
    ['https://github.com/acme/engine/issues/7?x=1', 'issue', 7],
  ])('%j is what it names', (text, type, number) => {
    expect(githubAddress(text, [engine])).toEqual({ repositoryId: engine.id, type, number })
  })

  it.each([
    'https://github.com/acme/other/pull/12',
    'https://evil.example/acme/engine/pull/12',
    'https://github.com/acme/engine/pull/0',
    'https://github.com/acme/engine/pull/12 and more',
    'see https://github.com/acme/engine/pull/12',
    '',
  ])('%j is text', (text) =>
    expect(githubAddress(text, [engine, { id: engine.id, github: null }])).toBeNull(),
  )
})

describe('where the next task starts', () => {
  it('is remembered for the last twenty repositories', () => {
    let starts = {}
    for (let n = 0; n < 25; n += 1)
      starts = withStart(starts, `repo_0000000${n}`, { type: 'base', branch: `b${n}` })
    expect(Object.keys(starts)).toHaveLength(20)
    expect(storedStarts(JSON.parse(JSON.stringify(starts)))).toEqual(starts)
  })

  it('is nothing where something else was stored', () => {
    for (const value of [null, 3, 'x', {}, { type: 'other' }, []]) expect(storedStart(value)).toBeNull()
    expect(storedStart({ type: 'issue', number: -1, title: 4 })).toEqual({
      type: 'issue',
      number: null,
      title: '',
    })
    expect(storedStarts('x')).toEqual({})
  })

  it('is not complete before something is chosen', () => {
    expect(toTaskStart({ type: 'branch', branch: null })).toBeNull()
    expect(toTaskStart({ type: 'issue', number: null, title: '' })).toBeNull()
    expect(toTaskStart({ type: 'base', branch: null })).toEqual({ type: 'base', branch: null })
    expect(toTaskStart({ type: 'pull_request', number: 3, title: 'x' })).toEqual({
      type: 'pull_request',
      number: 3,
    })
  })
})
