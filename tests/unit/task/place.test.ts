import * as fc from 'fast-check'
import { posix } from 'node:path'
import { describe, expect, it } from 'vitest'
import { folderOf, placeOf, targetOf } from '../../../src/main/task/files/place'

const isPlace = (path: string): boolean => {
  try {
    placeOf(path)
    return true
  } catch {
    return false
  }
}

describe('a path within a checkout', () => {
  it('is its folder and its name', () => {
    expect(placeOf('a.txt')).toEqual({ folder: '.', name: 'a.txt' })
    expect(placeOf('src/-n $(x)\n/ü.ts')).toEqual({ folder: 'src/-n $(x)\n', name: 'ü.ts' })
    expect(folderOf('')).toBe('.')
    expect(folderOf('src/lib')).toBe('src/lib')
  })

  it.each([
    '',
    '/',
    '/etc/passwd',
    '../a',
    'a/../b',
    'a/./b',
    'a//b',
    'a/',
    '.git',
    '.git/config',
    'a/.GIT/hooks',
    '.g\u200Cit/config',
    'a\0b',
    'x'.repeat(5000),
  ])('is not %j', (path) => {
    expect(isPlace(path)).toBe(false)
  })

  it('never leads out, however it is written', () => {
    const part = fc.constantFrom('..', '.', '', 'a', '.git', 'b c', '...')
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
        const path = parts.join('/')
        if (!isPlace(path)) return
        const whole = posix.resolve('/checkout', path)
        expect(whole.startsWith('/checkout/')).toBe(true)
        expect(whole).toBe(`/checkout/${path}`)
      }),
    )
  })

  it('is what a link in it leads to, where that is inside', () => {
    expect(targetOf('a/link', '../b/c')).toBe('b/c')
    expect(targetOf('link', 'b/')).toBe('b')
    expect(targetOf('a/link', '../../b')).toBeNull()
    expect(targetOf('link', '.')).toBeNull()
    expect(targetOf('link', '/etc/passwd')).toBeNull()
    expect(targetOf('link', '.git/config')).toBeNull()
    expect(targetOf('link', '')).toBeNull()
  })
})
