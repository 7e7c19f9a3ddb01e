import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildBrief, type StoredTurn } from '../../../src/main/session/brief'

async function* turns(list: StoredTurn[]): AsyncGenerator<StoredTurn> {
  yield* list
}
const turn = (prompt: string, answer: string, filesEdited: string[] = []): StoredTurn => ({
  prompt,
  answer,
  filesEdited,
})

describe('the brief', () => {
  it('tells all turns in their order when they fit', async () => {
    const list = [turn('second', 'B', ['src/b.ts']), turn('first', 'A')]
    const { text, turnsTold } = await buildBrief(turns(list), 2, 5000)
    expect(turnsTold).toBe(2)
    expect(text.indexOf('first')).toBeLessThan(text.indexOf('second'))
    expect(text).toContain('src/b.ts')
  })

  it('prefers the newest turns and says how many it tells', async () => {
    const list = [
      turn('newest', 'N'.repeat(300)),
      turn('older', 'O'.repeat(300)),
      turn('oldest', 'X'.repeat(300)),
    ]
    const { text, turnsTold } = await buildBrief(turns(list), 3, 900)
    expect(text).toContain('newest')
    expect(text).not.toContain('XXX')
    expect(text).toContain(`the last ${turnsTold} of 3 turns`)
  })

  it('keeps the end of a long answer and the beginning of a long prompt', async () => {
    const list = [turn(`BEGIN ${'p'.repeat(9000)}`, `${'a'.repeat(9000)} END`)]
    const { text } = await buildBrief(turns(list), 1, 1000)
    expect(text).toContain('BEGIN')
    expect(text).toContain('END')
  })

  it('tells nothing when nothing may be told', async () => {
    expect(await buildBrief(turns([turn('a', 'b')]), 1, 0)).toEqual({ text: '', turnsTold: 0 })
    expect(await buildBrief(turns([]), 0, 5000)).toEqual({ text: '', turnsTold: 0 })
  })

  it('never has more characters than it may', async () => {
    const anyTurn = fc.record({
      prompt: fc.string({ maxLength: 2000, unit: 'binary' }),
      answer: fc.string({ maxLength: 2000, unit: 'binary' }),
      filesEdited: fc.array(fc.string({ maxLength: 50 }), { maxLength: 80 }),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyTurn, { maxLength: 10 }),
        fc.nat({ max: 8000 }),
        async (list, characters) => {
          const { text, turnsTold } = await buildBrief(turns(list), list.length, characters)
          expect(text.length).toBeLessThanOrEqual(characters)
          expect(turnsTold).toBeLessThanOrEqual(list.length)
          expect(text === '').toBe(turnsTold === 0)
        },
      ),
    )
  })
})
