import { FoundryError, type Result } from '@shared/errors'
import { describe, expect, it, vi } from 'vitest'
import { createDispatch, type DispatchOptions } from '../../../src/main/ipc/dispatch'
import type { Handlers } from '../../../src/main/ipc/handlers'

const TASK = 'task_00000000'
const SESSION = 'session_00000000'

function setUp(handlers: Record<string, Record<string, unknown>>, checkOutputs = true) {
  const reportError = vi.fn<DispatchOptions['reportError']>()
  const dispatch = createDispatch(handlers as unknown as Partial<Handlers>, { checkOutputs, reportError })
  return { dispatch, reportError }
}

describe('dispatch', () => {
  it('runs the operation with its parsed input and gives its value back', async () => {
    const rename = vi.fn<(input: unknown) => unknown>(() => undefined)
    const { dispatch, reportError } = setUp({ session: { saveDraft: rename } })
    const input = { sessionId: SESSION, text: 'draft', extra: 'dropped' }
    expect(await dispatch('session.saveDraft', input)).toEqual({ ok: true, value: undefined })
    expect(rename).toHaveBeenCalledExactlyOnceWith({ sessionId: SESSION, text: 'draft' })
    expect(reportError).not.toHaveBeenCalled()
  })

  it('gives the parsed input to the handler: trimmed, with defaults', async () => {
    const handler = vi.fn<(input: unknown) => unknown>(() => {
      throw new FoundryError('not_found', 'gone')
    })
    const { dispatch } = setUp({ session: { rename: handler } })
    await dispatch('session.rename', { sessionId: SESSION, name: '  Parser \n' })
    expect(handler).toHaveBeenCalledExactlyOnceWith({ sessionId: SESSION, name: 'Parser' })
  })

  it.each(['', '.', 'session', 'session.', '.send', 'session.send.more', 'session.toString', '__proto__.x'])(
    'answers the unknown operation %j with a value',
    async (operation) => {
      const { dispatch, reportError } = setUp({ session: { send: () => undefined } })
      expect(await dispatch(operation, undefined)).toMatchObject({
        ok: false,
        error: { kind: 'invalid_input' },
      })
      expect(reportError).not.toHaveBeenCalled()
    },
  )

  it('keeps the answer to an endless name short', async () => {
    const { dispatch } = setUp({})
    const answer = await dispatch('x'.repeat(1_000_000), undefined)
    expect(JSON.stringify(answer).length).toBeLessThan(300)
  })

  it.each([
    undefined,
    null,
    'text',
    7,
    [],
    {},
    { sessionId: SESSION },
    { sessionId: 'session_', text: 'x' },
    { sessionId: `${SESSION}\n`, text: 'x' },
    { sessionId: TASK, text: 'x' },
    { sessionId: { toString: (): string => SESSION }, text: 'x' },
    { sessionId: SESSION, text: ' \n\t ' },
    { sessionId: SESSION, text: 'x'.repeat(1_000_001) },
  ])('refuses the input %#, says why, and runs nothing', async (input) => {
    const send = vi.fn<() => void>()
    const { dispatch, reportError } = setUp({ session: { send } })
    const answer = await dispatch('session.send', input)
    expect(answer).toMatchObject({ ok: false, error: { kind: 'invalid_input' } })
    expect(errorOf(answer).message).not.toBe('')
    expect(send).not.toHaveBeenCalled()
    expect(reportError).not.toHaveBeenCalled()
  })

  it('names the field that is wrong', async () => {
    const { dispatch } = setUp({ session: { send: () => undefined } })
    expect(errorOf(await dispatch('session.send', { sessionId: SESSION, text: ' ' })).message).toBe(
      'text: The prompt is empty',
    )
  })

  it('refuses input for an operation that takes none', async () => {
    const refresh = vi.fn<() => void>()
    const { dispatch } = setUp({ agent: { refresh } })
    expect(await dispatch('agent.refresh', { all: true })).toMatchObject({ ok: false })
    expect(await dispatch('agent.refresh', undefined)).toEqual({ ok: true, value: undefined })
    expect(refresh).toHaveBeenCalledOnce()
  })

  it.each([
    [
      'thrown',
      () => Promise.reject(new FoundryError('git', 'Git refused.', { next: 'Look.', detail: 'fatal' })),
    ],
    [
      'thrown at once',
      () => {
        throw new FoundryError('git', 'Git refused.', { next: 'Look.', detail: 'fatal' })
      },
    ],
  ])('turns an expected failure that is %s into its value and reports nothing', async (_how, handler) => {
    const { dispatch, reportError } = setUp({ task: { revealCheckout: handler } })
    expect(await dispatch('task.revealCheckout', { taskId: TASK })).toEqual({
      ok: false,
      error: { kind: 'git', message: 'Git refused.', next: 'Look.', detail: 'fatal' },
    })
    expect(reportError).not.toHaveBeenCalled()
  })

  it.each([new TypeError('x is not a function'), 'text', null, undefined, { code: 1 }, Object.create(null)])(
    'turns the unexpected %# into an internal error and reports it once',
    async (thrown: unknown) => {
      const { dispatch, reportError } = setUp({
        task: { revealCheckout: () => Promise.reject(thrown as Error) },
      })
      expect(await dispatch('task.revealCheckout', { taskId: TASK })).toMatchObject({
        ok: false,
        error: { kind: 'internal' },
      })
      expect(reportError).toHaveBeenCalledExactlyOnceWith(thrown, 'task.revealCheckout')
    },
  )

  it.each([
    ['SQLITE_FULL', 'disk_full'],
    ['SQLITE_READONLY_DBMOVED', 'read_only'],
    ['SQLITE_IOERR_WRITE', 'read_only'],
    ['SQLITE_CORRUPT_VTAB', 'conflict'],
  ])('tells the person what the disk refused: %s is %s', async (code, kind) => {
    const refusal = Object.assign(new Error('refused'), { code })
    const { dispatch, reportError } = setUp({ task: { revealCheckout: () => Promise.reject(refusal) } })
    const answer = await dispatch('task.revealCheckout', { taskId: TASK })
    expect(errorOf(answer)).toMatchObject({ kind, detail: `refused (${code})` })
    expect(reportError).not.toHaveBeenCalled()
  })

  it('finds a handler that breaks its contract while developing, and not in the shipped app', async () => {
    const handlers = { job: { log: () => ({ text: 7 }) } }
    const input = { jobId: 'job_00000000' }
    const developing = setUp(handlers)
    expect(errorOf(await developing.dispatch('job.log', input)).kind).toBe('internal')
    expect(developing.reportError).toHaveBeenCalledOnce()
    const shipped = setUp(handlers, false)
    expect(await shipped.dispatch('job.log', input)).toEqual({ ok: true, value: { text: 7 } })
  })

  it.each([{ session: { fly: () => undefined } }, { weather: { rain: () => undefined } }])(
    'does not start with a handler the contract does not know',
    (handlers) => {
      expect(() => setUp(handlers)).toThrow('The contract has no')
    },
  )
})

function errorOf(result: Result<unknown>) {
  if (result.ok) throw new Error('Expected a failure')
  return result.error
}
