import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { placed } from '../../../src/renderer/features/sidebar/placed'

it('puts one where another stands, and leaves those below on their own', () => {
  expect(placed([], ['a', 'b', 'c', 'd'], 'c', 'a')).toEqual(['c', 'a', 'b'])
  expect(placed([], ['a', 'b', 'c', 'd'], 'a', 'b')).toEqual(['b', 'a'])
  expect(placed(['x', 'a'], ['a', 'b'], 'b', 'a')).toEqual(['b', 'a', 'x'])
  expect(placed(['x'], ['a', 'b'], 'a', 'a')).toEqual(['x'])
  expect(placed(['x'], ['a', 'b'], 'gone', 'a')).toEqual(['x'])
})

it('stands where it was put, names nothing twice and forgets nothing', () => {
  const letters: string[] = ['a', 'b', 'c', 'd', 'e', 'f']
  const ids = fc.uniqueArray(fc.constantFrom(...letters), { minLength: 2 })
  fc.assert(
    fc.property(ids, ids, fc.nat(), fc.nat(), (order, shown, from, to) => {
      const [id, at] = [shown[from % shown.length] ?? '', shown[to % shown.length] ?? '']
      const next = placed(order, shown, id, at)
      expect(new Set(next).size).toBe(next.length)
      expect(next).toEqual(expect.arrayContaining(order))
      expect(id === at ? to : next.indexOf(id)).toBe(id === at ? to : shown.indexOf(at))
    }),
  )
})
