import { describe, expect, it } from 'vitest'
import { createAfterTurn } from '../../../src/main/task/after-turn'
import type { TaskId } from '@shared/ids'
import { ManualClock } from '../session/clock'

const TASK = 'task_1' as TaskId
const OTHER = 'task_2' as TaskId

function world() {
  const clock = new ManualClock()
  const looked: TaskId[] = []
  const prepared: TaskId[] = []
  const afterTurn = createAfterTurn({
    schedule: (milliseconds, run) => clock.after(milliseconds, run),
    look: (taskId) => looked.push(taskId),
    prepareNext: (taskId) => prepared.push(taskId),
  })
  return { clock, looked, prepared, afterTurn }
}

describe('after a turn', () => {
  it('reads the changed files soon, and prepares the next task when it stays quiet', () => {
    const { clock, looked, prepared, afterTurn } = world()
    afterTurn.turnBegan(TASK)
    afterTurn.turnEnded(TASK)
    clock.pass(1000)
    expect(looked).toEqual([TASK])
    expect(prepared).toEqual([])
    clock.pass(5000)
    expect(prepared).toEqual([TASK])
    clock.pass(60_000)
    expect([looked.length, prepared.length]).toEqual([1, 1])
  })

  it('reads the files while a turn works in them, but not for each tool', () => {
    const { clock, looked, afterTurn } = world()
    afterTurn.turnBegan(TASK)
    for (let tool = 0; tool < 30; tool++) {
      afterTurn.toolEnded(TASK)
      clock.pass(500)
    }
    // In 15 seconds, one after 4 each.
    expect(looked.length).toBe(3)
    afterTurn.turnEnded(TASK)
    clock.pass(60_000)
    expect(looked.length).toBe(4)
  })

  it('lets a turn that begins at once say its first words first', () => {
    const { clock, looked, prepared, afterTurn } = world()
    afterTurn.turnBegan(TASK)
    afterTurn.turnEnded(TASK)
    clock.pass(100)
    afterTurn.turnBegan(TASK)
    clock.pass(1000)
    expect(looked).toEqual([])
    clock.pass(1000)
    expect(looked).toEqual([TASK])
    clock.pass(60_000)
    expect(prepared).toEqual([])
    afterTurn.turnEnded(TASK)
    clock.pass(60_000)
    expect(prepared).toEqual([TASK])
  })

  it('prepares nothing while another task works', () => {
    const { clock, looked, prepared, afterTurn } = world()
    afterTurn.turnBegan(TASK)
    afterTurn.turnBegan(OTHER)
    afterTurn.turnEnded(TASK)
    clock.pass(60_000)
    expect(looked).toEqual([TASK])
    expect(prepared).toEqual([])
    afterTurn.turnEnded(OTHER)
    clock.pass(60_000)
    expect(prepared).toEqual([TASK, OTHER])
  })

  it('does nothing once it is closed', () => {
    const { clock, looked, prepared, afterTurn } = world()
    afterTurn.turnBegan(TASK)
    afterTurn.turnEnded(TASK)
    afterTurn.close()
    clock.pass(60_000)
    expect([looked, prepared]).toEqual([[], []])
  })
})
