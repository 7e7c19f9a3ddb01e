import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createQuit, FORCE_AFTER_MS, type Quit } from '../../../src/main/app/quit'
import { quitQuestion } from '../../../src/main/app/quit-question'
import type { RunningWork } from '../../../src/main/boot/services'
import { testLog } from './folder'

interface Setup {
  turns?: number
  jobs?: string[]
  answer?: () => Promise<boolean>
  look?: () => Promise<void>
  shutdown?: () => Promise<void>
  close?: () => Promise<void>
  work?: null
  unreadable?: boolean
}

function setup({ turns = 0, jobs = [], answer, look, shutdown, close, work, unreadable }: Setup): {
  quit: Quit
  events: string[]
} {
  const events: string[] = []
  const running: RunningWork = {
    runningTurns() {
      if (unreadable === true) throw new Error('the database is busy')
      return Array.from({ length: turns }, (_, index) => ({ taskTitle: `Task ${index}`, sessionName: 'One' }))
    },
    runningJobs: () => jobs,
    ...(look === undefined ? {} : { look }),
    async shutdown() {
      events.push('shutdown')
      await shutdown?.()
    },
  }
  const quit = createQuit({
    log: testLog(),
    work: () => (work === null ? null : running),
    async ask() {
      events.push('ask')
      return answer === undefined ? true : answer()
    },
    hideWindows: () => events.push('hide'),
    async close() {
      events.push('close')
      await close?.()
    },
    exit: (code) => events.push(`exit ${code}`),
  })
  return { quit, events }
}

const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0)

describe('quit', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('looks at what only can be asked for before it decides whether to ask', async () => {
    const jobs: string[] = []
    const { quit, events } = setup({
      jobs,
      look: async () => void jobs.push('vim in a terminal'),
      answer: () => Promise.resolve(false),
    })
    quit.request()
    await settle()
    expect(events).toEqual(['ask'])
  })

  it('asks nothing more when a signal comes while it looks, and leaves when the look fails', async () => {
    const looked = Promise.withResolvers<void>()
    const first = setup({ jobs: ['a job'], look: () => looked.promise })
    first.quit.request()
    first.quit.stop('a signal')
    looked.resolve()
    await settle()
    expect(first.events).toEqual(['hide', 'shutdown', 'close', 'exit 0'])
    const second = setup({ look: () => Promise.reject(new Error('the sandbox is gone')) })
    second.quit.request()
    await settle()
    expect(second.events).toEqual(['hide', 'shutdown', 'close', 'exit 0'])
  })

  it('ends without a question when nothing runs', async () => {
    const { quit, events } = setup({})
    quit.request()
    await settle()
    expect(events).toEqual(['hide', 'shutdown', 'close', 'exit 0'])
    expect(quit.stopping).toBe(true)
  })

  it('asks when a turn or a job runs, once', async () => {
    for (const running of [{ turns: 1 }, { jobs: ['Preparing "x"'] }]) {
      const { quit, events } = setup(running)
      quit.request()
      quit.request()
      await settle()
      expect(events).toEqual(['ask', 'hide', 'shutdown', 'close', 'exit 0'])
    }
  })

  it('goes on working when the person says so, and asks again the next time', async () => {
    const answers = [false, true]
    const { quit, events } = setup({ turns: 1, answer: async () => answers.shift() ?? true })
    quit.request()
    await settle()
    expect(events).toEqual(['ask'])
    expect(quit.stopping).toBe(false)
    quit.request()
    await settle()
    expect(events.at(-1)).toBe('exit 0')
  })

  it('ends properly when what runs cannot be read', async () => {
    const { quit, events } = setup({ unreadable: true })
    quit.request()
    await settle()
    expect(events).toEqual(['hide', 'shutdown', 'close', 'exit 0'])
  })

  it('goes on working when the question itself fails', async () => {
    const { quit, events } = setup({ turns: 1, answer: () => Promise.reject(new Error('no display')) })
    quit.request()
    await settle()
    expect(events).toEqual(['ask'])
    expect(quit.stopping).toBe(false)
  })

  it('does not ask for a signal, also while the question is open', async () => {
    let answer: (value: boolean) => void = () => undefined
    const { quit, events } = setup({ turns: 1, answer: () => new Promise((resolve) => (answer = resolve)) })
    quit.request()
    quit.stop('SIGTERM')
    await settle()
    answer(true)
    await settle()
    expect(events).toEqual(['ask', 'hide', 'shutdown', 'close', 'exit 0'])
  })

  it('is forced by a second signal', async () => {
    const { quit, events } = setup({ shutdown: () => new Promise(() => undefined) })
    quit.stop('SIGTERM')
    await settle()
    quit.stop('SIGTERM')
    expect(events).toEqual(['hide', 'shutdown', 'exit 1'])
  })

  it('is forced when stopping takes too long', async () => {
    const { quit, events } = setup({ shutdown: () => new Promise(() => undefined) })
    quit.request()
    await vi.advanceTimersByTimeAsync(FORCE_AFTER_MS - 1)
    expect(events).not.toContain('exit 1')
    await vi.advanceTimersByTimeAsync(1)
    expect(events).toContain('exit 1')
  })

  it('closes the databases although the coordinators failed to stop', async () => {
    const { quit, events } = setup({ shutdown: () => Promise.reject(new Error('server')) })
    quit.request()
    await settle()
    expect(events).toEqual(['hide', 'shutdown', 'close', 'exit 1'])
  })

  it('ends in the recovery window, where nothing runs', async () => {
    const { quit, events } = setup({ work: null })
    quit.request()
    await settle()
    expect(events).toEqual(['hide', 'close', 'exit 0'])
  })
})

describe('the question', () => {
  it('names what would be stopped', () => {
    const question = quitQuestion({
      runningTurns: () => [{ taskTitle: 'Fix the parser', sessionName: 'Claude' }],
      runningJobs: () => [],
    })
    expect(question.message).toBe('1 turn is still running.')
    expect(question.detail).toContain('Fix the parser \u2013 Claude')
  })

  it('counts what it does not name', () => {
    const question = quitQuestion({
      runningTurns: () =>
        Array.from({ length: 12 }, (_, index) => ({ taskTitle: `T${index}`, sessionName: 's' })),
      runningJobs: () => ['Preparing "x"'],
    })
    expect(question.message).toBe('12 turns and 1 job are still running.')
    expect(question.detail).toContain('and 5 more')
  })
})
