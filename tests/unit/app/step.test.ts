import { describe, expect, it } from 'vitest'
import { BootFailure, createSteps } from '../../../src/main/boot/step'
import { testLog } from './folder'

describe('steps of the start', () => {
  it('runs, times and logs each in order', async () => {
    const log = testLog()
    const { step, phases } = createSteps(log)
    expect(await step('one', () => 1)).toBe(1)
    expect(await step('two', async () => 2)).toBe(2)
    expect(phases.map(({ name }) => name)).toEqual(['one', 'two'])
    expect(phases.every(({ durationMs }) => durationMs >= 0)).toBe(true)
    expect(log.lines.map((line) => line.replace(/[\d.]+ ms/, ''))).toEqual(['info one: ', 'info two: '])
  })

  it('says which one failed, and why', async () => {
    const { step, phases } = createSteps(testLog())
    const cause = new Error('no disk')
    const failure = await step('database', () => Promise.reject(cause)).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(BootFailure)
    expect(failure).toMatchObject({ phase: 'database', cause })
    expect(phases).toEqual([])
  })
})
