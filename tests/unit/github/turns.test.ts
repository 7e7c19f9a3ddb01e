import { describe, expect, it } from 'vitest'
import { createPace } from '../../../src/main/github/pace'
import { inSlices, nextSize } from '../../../src/main/github/sync/slices'
import { nextTurn } from '../../../src/main/github/turns'

describe('turns', () => {
  it('are one to a turn of the event loop, in the order they were asked for', async () => {
    const seen: string[] = []
    const loop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
    const work = (name: string): Promise<void> => nextTurn().then(() => void seen.push(name))
    const all = Promise.all([work('a'), work('b'), work('c')])
    for (const expected of ['a', 'ab', 'abc']) {
      await loop()
      expect(seen.join('')).toBe(expected)
    }
    await all
  })
})

describe('slices', () => {
  it('hold what fits into their time, at most twice as much as the one before', () => {
    expect(nextSize(10, 0)).toBe(20)
    expect(nextSize(10, 1.25)).toBe(20)
    expect(nextSize(40, 1)).toBe(50)
    expect(nextSize(40, 5)).toBe(20)
    expect(nextSize(40, 100)).toBe(10)
  })

  it('are all rows, each once and in order', async () => {
    const rows = Array.from({ length: 237 }, (_, n) => n)
    const seen: number[] = []
    await inSlices(rows, new AbortController().signal, (slice) => void seen.push(...slice))
    expect(seen).toEqual(rows)
  })

  it('end where they are once they are not wanted any more', async () => {
    const controller = new AbortController()
    const seen: number[][] = []
    const done = inSlices(
      Array.from({ length: 40 }, (_, n) => n),
      controller.signal,
      (slice) => {
        seen.push(slice)
        controller.abort(new Error('enough'))
      },
    )
    await expect(done).rejects.toThrow('enough')
    expect(seen).toHaveLength(1)
  })
})

describe('a pace', () => {
  it('tells the first at once and what follows together, for each key by itself', () => {
    const timers: (() => void)[] = []
    const told: string[] = []
    const pace = createPace<string>(
      100,
      (key) => void told.push(key),
      (_ms, run) => {
        timers.push(run)
        return () => undefined
      },
    )
    pace.tell('a')
    pace.tell('a')
    pace.tell('a')
    pace.tell('b')
    expect(told).toEqual(['a', 'b'])
    for (const run of timers.splice(0)) run()
    expect(told).toEqual(['a', 'b', 'a'])
    for (const run of timers.splice(0)) run()
    expect(told).toEqual(['a', 'b', 'a'])
    pace.tell('a')
    pace.tell('a')
    pace.close()
    for (const run of timers.splice(0)) run()
    expect(told).toEqual(['a', 'b', 'a', 'a'])
  })
})
