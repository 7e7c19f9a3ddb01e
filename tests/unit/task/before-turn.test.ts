import { expect, it } from 'vitest'
import type { TaskId } from '@shared/ids'
import { createBeforeTurn } from '../../../src/main/task/before-turn'
import { createSerial } from '../../../src/main/task/serial'
import { ManualClock } from '../session/clock'

const TASK = 'task_1' as TaskId

function world(answer: () => Promise<string[] | null> = async () => ['young.txt']) {
  const clock = new ManualClock()
  const serial = createSerial()
  const moments: number[] = []
  const errors: unknown[] = []
  const state = { running: 1 }
  const before = createBeforeTurn({
    schedule: (milliseconds, run) => clock.after(milliseconds, run),
    now: () => clock.now(),
    serial,
    running: () => state.running,
    async record(_taskId, moment) {
      moments.push(moment)
      return answer()
    },
    reportError: (error) => errors.push(error),
  })
  const rest = () => serial(TASK, async () => {})
  return { clock, moments, errors, state, before, rest }
}

it('looks once, with the first tool of the agent, for what was there when the turn began', async () => {
  const { clock, moments, before, rest } = world()
  const began = clock.now()
  before.began(TASK)
  expect(before.unsure(TASK)).toBeNull()
  clock.pass(200)
  before.toolBegan(TASK)
  before.toolBegan(TASK)
  await rest()
  clock.pass(60_000)
  await before.settle(TASK)
  expect(moments).toEqual([began])
  expect(before.unsure(TASK)).toEqual(['young.txt'])
})

it('does not wait for an agent that uses no tool, nor past the end of its turn', async () => {
  const { clock, moments, before, rest } = world()
  before.began(TASK)
  clock.pass(1500)
  await rest()
  expect(moments).toHaveLength(1)
  before.began(TASK)
  await before.settle(TASK)
  expect(moments).toHaveLength(2)
  clock.pass(60_000)
  await rest()
  expect(moments).toHaveLength(2)
})

it('goes by the first of turns that run at the same time, and begins anew when none did', async () => {
  const { moments, state, before, rest } = world()
  before.began(TASK)
  before.toolBegan(TASK)
  await rest()
  state.running = 2
  before.began(TASK)
  before.toolBegan(TASK)
  await rest()
  expect(moments).toHaveLength(1)
  expect(before.unsure(TASK)).toEqual(['young.txt'])
  state.running = 1
  before.began(TASK)
  expect(before.unsure(TASK)).toBeNull()
})

it('knows nothing where the look failed, and says so', async () => {
  const { before, errors, rest } = world(() => Promise.reject(new Error('no git')))
  before.began(TASK)
  before.toolBegan(TASK)
  await rest()
  expect(before.unsure(TASK)).toBeNull()
  expect(errors).toHaveLength(1)
})
