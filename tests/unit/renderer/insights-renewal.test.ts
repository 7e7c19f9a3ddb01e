import { expect, it } from 'vitest'
import { Renewal } from '../../../src/renderer/features/insights/renewal'

/** A renewal with a clock that is moved by hand. */
function world(took = 0) {
  let time = 0
  let due: { at: number; run: () => void } | null = null
  const answers: ((done: boolean) => void)[] = []
  const renewal = new Renewal({
    now: () => time,
    schedule(milliseconds, run) {
      const own = (due = { at: time + milliseconds, run })
      return () => {
        if (due === own) due = null
      }
    },
    count: () => new Promise((resolve) => answers.push(resolve)),
  })
  return {
    renewal,
    /** How long until the next count; null where none is planned. */
    next: () => (due === null ? null : due.at - time),
    begin() {
      if (due === null) throw new Error('Nothing is planned')
      const { at, run } = due
      due = null
      time = at
      run()
    },
    async answer(done = true) {
      time += took
      answers.shift()?.(done)
      await Promise.resolve()
      await Promise.resolve()
    },
  }
}

it('counts nothing while nothing changed, and once for many changes', async () => {
  const { renewal, next, begin, answer } = world()
  renewal.look(true)
  expect(next()).toBeNull()
  for (let nth = 0; nth < 5; nth++) renewal.changed()
  expect(next()).toBe(2000)
  begin()
  expect(next()).toBeNull()
  await answer()
  expect(next()).toBeNull()
})

it('leaves time between two counts, more where they take long', async () => {
  for (const [took, space] of [
    [0, 10_000],
    [3000, 30_000],
  ] as const) {
    const { renewal, next, begin, answer } = world(took)
    renewal.look(true)
    renewal.changed()
    begin()
    // While it is counted: what changed then may not be in it.
    renewal.changed()
    expect(next()).toBeNull()
    await answer()
    expect(next()).toBe(space)
  }
})

it('rests while nobody can see it, and takes in what changed meanwhile', async () => {
  const { renewal, next, begin, answer } = world()
  renewal.changed()
  expect(next()).toBeNull()
  renewal.look(true)
  expect(next()).toBe(2000)
  renewal.look(false)
  expect(next()).toBeNull()
  renewal.look(true)
  begin()
  renewal.look(false)
  renewal.changed()
  await answer()
  expect(next()).toBeNull()
  renewal.look(true)
  expect(next()).toBe(10_000)
})

it('counts once more where something else was asked meanwhile', async () => {
  const { renewal, next, begin, answer } = world()
  renewal.look(true)
  renewal.changed()
  begin()
  await answer(false)
  expect(next()).toBe(10_000)
})
