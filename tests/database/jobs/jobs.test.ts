import { FoundryError, type ErrorValue } from '@shared/errors'
import type { JobId, SessionId, TaskId } from '@shared/ids'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  createJobs,
  type JobContext,
  type JobDefinition,
  type JobsOptions,
} from '../../../src/main/jobs/jobs'
import { openTestDatabase, type TestDatabase } from '../../support/database'

const TASK: TaskId = 'task_00000000'
const SESSION: SessionId = 'session_00000000'
const KIND = 'task.provision'

let opened: TestDatabase
let time = 1000
beforeEach(async () => {
  opened = await openTestDatabase()
  time = 1000
})
afterEach(async () => {
  vi.useRealTimers()
  await opened.close()
})

function setUp(options: Partial<JobsOptions> = {}) {
  const changed = vi.fn<JobsOptions['changed']>()
  const reportError = vi.fn<JobsOptions['reportError']>()
  const database = opened.database
  const jobs = createJobs({ database, now: () => ++time, changed, reportError, ...options })
  /** A definition whose run is settled by the test. */
  const define = (definition: Partial<JobDefinition<unknown>> = {}) => {
    const runs: { context: JobContext; input: unknown }[] = []
    const started = deferred<JobContext>()
    const outcome = deferred<(() => void) | undefined>()
    jobs.define(KIND, {
      resume: false,
      run: (context, input) => {
        runs.push({ context, input })
        started.resolve(context)
        return outcome.promise
      },
      ...definition,
    })
    return { runs, started: started.promise, outcome }
  }
  return { jobs, database, changed, reportError, define }
}

function deferred<Value>() {
  let resolve!: (value: Value) => void
  let reject!: (thrown: unknown) => void
  const promise = new Promise<Value>((onResolve, onReject) => {
    resolve = onResolve
    reject = onReject
  })
  // The test may settle it before anybody listens.
  promise.catch(() => undefined)
  return { promise, resolve, reject }
}

/** As the kernel ends us: nothing of the old process goes on, the file is opened again. */
function crash() {
  opened.reopen()
  return setUp()
}

const untilAborted = (context: JobContext): Promise<undefined> =>
  new Promise((_resolve, reject) => {
    context.signal.addEventListener('abort', () => reject(new Error('aborted')))
  })

describe('a job', () => {
  it('runs after the commit of the transaction that started it, and sees all it wrote', async () => {
    const { jobs, database } = setUp()
    database.commands.$client.exec('CREATE TABLE work (x)')
    const count = () => database.commands.$client.prepare('SELECT count(*) FROM work').pluck().get()
    let seen: unknown
    jobs.define(KIND, {
      resume: false,
      run: () => {
        seen = [count(), database.commands.$client.inTransaction]
        return Promise.resolve(undefined)
      },
    })
    const job = database.transaction(() => {
      const row = jobs.start(KIND, { input: null })
      database.commands.$client.exec('INSERT INTO work VALUES (1)')
      expect(row.state).toBe('queued')
      expect(seen).toBeUndefined()
      return row
    })
    expect(await jobs.finished(job.id)).toMatchObject({ state: 'succeeded', progress: 1, error: null })
    expect(seen).toEqual([1, false])
  })

  it('that was started in a transaction that failed never was', async () => {
    const { jobs, database, define, reportError } = setUp()
    const { runs } = define()
    let id: JobId | undefined
    expect(() =>
      database.transaction(() => {
        id = jobs.start(KIND, { input: null }).id
        throw new Error('refused')
      }),
    ).toThrow('refused')
    await expect(jobs.finished(id as JobId)).rejects.toMatchObject({ kind: 'not_found' })
    expect(runs).toEqual([])
    expect(reportError).not.toHaveBeenCalled()
  })

  it('gets its input and ids back as they were', async () => {
    const { jobs, define } = setUp()
    const { runs, outcome } = define()
    const input = { path: 'a "b" $c ä\u2028', list: [1, null, { deep: true }] }
    const job = jobs.start(KIND, { taskId: TASK, sessionId: SESSION, input })
    outcome.resolve(undefined)
    await jobs.finished(job.id)
    expect(runs).toMatchObject([{ input, context: { id: job.id, taskId: TASK, sessionId: SESSION } }])
  })

  it('applies its completion in the transaction that marks it as succeeded', async () => {
    const { jobs, database, define } = setUp()
    const { outcome } = define()
    const job = jobs.start(KIND, { input: null })
    let state: unknown
    outcome.resolve(() => {
      state = [database.commands.$client.inTransaction, jobs.read(job.id)?.state]
    })
    await jobs.finished(job.id)
    expect(state).toEqual([true, 'running'])
    expect(jobs.read(job.id)?.state).toBe('succeeded')
  })

  it('fails, with nothing of its completion applied, when that throws', async () => {
    const { jobs, database, reportError, define } = setUp()
    database.commands.$client.exec('CREATE TABLE work (x)')
    const { outcome } = define()
    const job = jobs.start(KIND, { input: null })
    outcome.resolve(() => {
      database.commands.$client.exec('INSERT INTO work VALUES (1)')
      throw new FoundryError('conflict', 'Somebody was faster.')
    })
    expect(await jobs.finished(job.id)).toMatchObject({
      state: 'failed',
      error: { kind: 'conflict', message: 'Somebody was faster.' },
    })
    expect(database.commands.$client.prepare('SELECT * FROM work').all()).toEqual([])
    expect(reportError).not.toHaveBeenCalled()
  })

  it('fails with the value it threw, and tells its kind in the same transaction', async () => {
    const { jobs, database, define, reportError, changed } = setUp()
    const seen: unknown[] = []
    const { outcome } = define({
      failed: (ids, error) => seen.push([ids, error, database.commands.$client.inTransaction]),
    })
    const job = jobs.start(KIND, { taskId: TASK, input: null })
    outcome.reject(new FoundryError('git', 'Git refused.', { next: 'Look.', detail: 'fatal' }))
    const error: ErrorValue = { kind: 'git', message: 'Git refused.', next: 'Look.', detail: 'fatal' }
    expect(await jobs.finished(job.id)).toMatchObject({ state: 'failed', error })
    expect(seen).toEqual([[{ taskId: TASK, sessionId: null }, error, true]])
    expect(reportError).not.toHaveBeenCalled()
    expect(changed).toHaveBeenLastCalledWith(expect.objectContaining({ id: job.id, taskId: TASK }))
  })

  const cyclic: Record<string, unknown> = {}
  cyclic['self'] = cyclic
  it.each<unknown>([
    new TypeError('x is undefined'),
    'text',
    '',
    null,
    undefined,
    7n,
    cyclic,
    Object.create(null),
    { code: -32_603, message: 'from an agent' },
    new Error('lone \ud800 surrogate and \u0000'),
  ])('that throws the unexpected %# fails as internal and is reported once', async (thrown) => {
    const { jobs, define, reportError } = setUp()
    const { outcome } = define()
    const job = jobs.start(KIND, { input: null })
    outcome.reject(thrown)
    expect(await jobs.finished(job.id)).toMatchObject({ state: 'failed', error: { kind: 'internal' } })
    expect(reportError).toHaveBeenCalledExactlyOnceWith(thrown, `job ${KIND}`)
  })

  it('that throws before its first promise fails like any other', async () => {
    const { jobs } = setUp()
    jobs.define(KIND, {
      resume: false,
      run: () => {
        throw new FoundryError('offline', 'No network.')
      },
    })
    expect(await jobs.finished(jobs.start(KIND, { input: null }).id)).toMatchObject({
      state: 'failed',
      error: { kind: 'offline' },
    })
  })

  it('ends also when what its kind does on failure is broken', async () => {
    const { jobs, database, define, reportError } = setUp()
    database.commands.$client.exec('CREATE TABLE work (x)')
    const broken = new Error('broken hook')
    const { outcome } = define({
      failed: () => {
        database.commands.$client.exec('INSERT INTO work VALUES (1)')
        throw broken
      },
    })
    const job = jobs.start(KIND, { input: null })
    outcome.reject(new FoundryError('git', 'Git refused.'))
    expect(await jobs.finished(job.id)).toMatchObject({ state: 'failed', error: { kind: 'git' } })
    expect(reportError).toHaveBeenCalledExactlyOnceWith(broken, `failed job ${KIND}`)
    expect(database.commands.$client.prepare('SELECT * FROM work').all()).toEqual([])
  })

  it('of a kind nobody defined fails and is reported', async () => {
    const { jobs, reportError } = setUp()
    expect(await jobs.finished(jobs.start(KIND, { input: null }).id)).toMatchObject({ state: 'failed' })
    expect(reportError).toHaveBeenCalledOnce()
  })

  it('tells a full disk as what it is', async () => {
    const { jobs, define } = setUp()
    const { outcome } = define()
    const job = jobs.start(KIND, { input: null })
    outcome.reject(Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' }))
    expect(await jobs.finished(job.id)).toMatchObject({ error: { kind: 'disk_full' } })
  })

  it('stays as it is when not even its end can be written, and ends no process', async () => {
    const { jobs, database, define, reportError } = setUp()
    const { started, outcome } = define()
    const job = jobs.start(KIND, { input: null })
    await started
    database.commands.$client.pragma('query_only = ON')
    outcome.resolve(undefined)
    expect((await jobs.finished(job.id)).state).toBe('running')
    expect(reportError).toHaveBeenCalled()
    database.commands.$client.pragma('query_only = OFF')
  })
})

describe('cancel', () => {
  it('before it runs: the work is never begun', async () => {
    const { jobs, define } = setUp()
    const { runs } = define()
    const job = jobs.start(KIND, { input: null })
    jobs.cancel(job.id)
    expect(await jobs.finished(job.id)).toMatchObject({
      state: 'cancelled',
      startedAt: null,
      error: { kind: 'cancelled' },
    })
    expect(runs).toEqual([])
  })

  it('while it runs: the signal is aborted, and what the run then throws is no failure', async () => {
    const failed = vi.fn<NonNullable<JobDefinition<unknown>['failed']>>()
    const { jobs, define, reportError } = setUp()
    define({ failed, run: untilAborted })
    const input = { of: 'it' }
    const job = jobs.start(KIND, { taskId: TASK, input })
    await new Promise(setImmediate)
    jobs.cancel(job.id)
    expect(await jobs.finished(job.id)).toMatchObject({ state: 'cancelled', error: { message: 'Stopped.' } })
    expect(failed).toHaveBeenCalledExactlyOnceWith(
      { taskId: TASK, sessionId: null },
      expect.anything(),
      input,
    )
    expect(reportError).not.toHaveBeenCalled()
  })

  it('of work that was done all the same leaves it done', async () => {
    const { jobs, define } = setUp()
    const { started, outcome } = define()
    const job = jobs.start(KIND, { input: null })
    await started
    jobs.cancel(job.id)
    outcome.resolve(undefined)
    expect((await jobs.finished(job.id)).state).toBe('succeeded')
  })

  it('of a job that ended changes nothing; of none is not found', async () => {
    const { jobs, define } = setUp()
    const { outcome } = define()
    const job = jobs.start(KIND, { input: null })
    outcome.resolve(undefined)
    const ended = await jobs.finished(job.id)
    jobs.cancel(job.id)
    expect(jobs.read(job.id)).toEqual(ended)
    expect(() => jobs.cancel('job_ffffffff')).toThrow(expect.objectContaining({ kind: 'not_found' }))
    expect(() => jobs.log('job_ffffffff')).toThrow(expect.objectContaining({ kind: 'not_found' }))
  })

  it('is not forgotten by a crash: the job is not started again', async () => {
    const before = setUp()
    const { started } = before.define({ resume: true })
    const job = before.jobs.start(KIND, { input: null })
    await started
    before.jobs.cancel(job.id)
    const after = crash()
    const { runs } = after.define({ resume: true })
    after.jobs.recover()
    expect(await after.jobs.finished(job.id)).toMatchObject({ state: 'cancelled' })
    expect(runs).toEqual([])
  })

  it('is not forgotten by a shutdown either', async () => {
    const { jobs, define } = setUp()
    const { started, outcome } = define({ resume: true })
    const job = jobs.start(KIND, { input: null })
    await started
    jobs.cancel(job.id)
    const ended = jobs.shutdown()
    outcome.reject(new Error('aborted'))
    await ended
    expect(jobs.read(job.id)?.state).toBe('cancelled')
  })
})

describe('progress', () => {
  it('is written a few times a second, however often it changes, and once at the end', async () => {
    const { jobs, define, changed } = setUp()
    const { started, outcome } = define()
    const job = jobs.start(KIND, { input: null })
    const context = await started
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    changed.mockClear()
    for (let n = 0; n < 1000; n++) {
      context.stage(`file ${n}`, n / 1000)
      context.log(`${n}\n`)
    }
    expect(changed).not.toHaveBeenCalled()
    expect(jobs.read(job.id)).toMatchObject({ stage: null, progress: null })
    vi.advanceTimersByTime(200)
    expect(changed).toHaveBeenCalledOnce()
    expect(jobs.read(job.id)).toMatchObject({ stage: 'file 999', progress: 0.999 })
    context.stage('almost')
    outcome.resolve(undefined)
    expect(await jobs.finished(job.id)).toMatchObject({ stage: 'almost', progress: 1 })
    expect(jobs.log(job.id).split('\n')).toHaveLength(1001)
    expect(vi.getTimerCount()).toBe(0)
    context.stage('after the end')
    expect(vi.getTimerCount()).toBe(0)
  })

  it.each([
    [Number.NaN, null],
    [-1, 0],
    [7, 1],
    [Number.POSITIVE_INFINITY, 1],
  ])('of %d is shown as %s', async (given, shown) => {
    const { jobs, define } = setUp()
    const { started, outcome } = define()
    const job = jobs.start(KIND, { input: null })
    ;(await started).stage('working', given)
    outcome.reject(new FoundryError('git', 'Git refused.'))
    expect(await jobs.finished(job.id)).toMatchObject({ stage: 'working', progress: shown })
  })

  it('keeps the end of an endless log', async () => {
    const { jobs, define } = setUp()
    const { started, outcome } = define()
    const job = jobs.start(KIND, { input: null })
    const context = await started
    for (let n = 0; n < 60_000; n++) context.log(`line ${n}\n`)
    outcome.resolve(undefined)
    await jobs.finished(job.id)
    expect(jobs.log(job.id)).toHaveLength(200_000)
    expect(jobs.log(job.id).endsWith('line 59999\n')).toBe(true)
  })

  it('that cannot be written does not fail the work', async () => {
    const { jobs, database, define, reportError } = setUp()
    const { started, outcome } = define()
    const job = jobs.start(KIND, { input: null })
    const context = await started
    database.events.$client.pragma('query_only = ON')
    context.stage('working')
    outcome.resolve(undefined)
    expect((await jobs.finished(job.id)).state).toBe('succeeded')
    expect(reportError).toHaveBeenCalledExactlyOnceWith(expect.anything(), `progress of job ${KIND}`)
    database.events.$client.pragma('query_only = OFF')
  })
})

describe('after a crash', () => {
  it('starts again what can be, oldest first, with its input', async () => {
    const before = setUp()
    before.define({ resume: true })
    const started = [1, 2, 3].map((n) => before.jobs.start(KIND, { input: { n } }))
    const after = crash()
    const { runs, outcome } = after.define({ resume: true })
    after.jobs.recover()
    outcome.resolve(undefined)
    for (const job of started)
      expect(await after.jobs.finished(job.id)).toMatchObject({ state: 'succeeded', error: null })
    expect(runs.map(({ input }) => input)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }])
  })

  it('forgets the stage and log of the run that was cut off', async () => {
    const before = setUp()
    const { started } = before.define({ resume: true })
    const job = before.jobs.start(KIND, { input: null })
    before.database.events.$client.exec("UPDATE jobs SET stage = 'half', log = 'old'")
    await started
    const after = crash()
    const { outcome } = after.define({ resume: true })
    after.jobs.recover()
    outcome.resolve(undefined)
    expect(await after.jobs.finished(job.id)).toMatchObject({ stage: null })
    expect(after.jobs.log(job.id)).toBe('')
  })

  it('marks the rest as failed, with a way on, and tells their kind', async () => {
    const failed = vi.fn<NonNullable<JobDefinition<unknown>['failed']>>()
    const before = setUp()
    const { started } = before.define()
    const job = before.jobs.start(KIND, { taskId: TASK, input: null })
    await started
    const after = crash()
    const { runs } = after.define({ failed })
    after.jobs.recover()
    expect(after.jobs.read(job.id)).toMatchObject({
      state: 'failed',
      error: { kind: 'cancelled', next: 'Start it again.' },
    })
    expect(failed).toHaveBeenCalledOnce()
    expect(runs).toEqual([])
    expect(after.changed).toHaveBeenCalledWith(expect.objectContaining({ id: job.id }))
  })

  it('opens also when one kind is broken or gone', async () => {
    const before = setUp()
    before.define()
    const first = before.jobs.start(KIND, { input: null })
    const unknown = before.jobs.start('agent.install', { input: null })
    const after = crash()
    after.define({
      failed: () => {
        throw new Error('broken hook')
      },
    })
    after.jobs.recover()
    expect(after.jobs.read(first.id)?.state).toBe('failed')
    expect(after.jobs.read(unknown.id)?.state).toBe('failed')
    expect(after.reportError).toHaveBeenCalledOnce()
  })

  it('leaves alone what this run has started already', async () => {
    const { jobs, define } = setUp()
    const { runs, outcome } = define({ resume: true })
    const job = jobs.start(KIND, { input: null })
    jobs.recover()
    outcome.resolve(undefined)
    await jobs.finished(job.id)
    jobs.recover()
    expect(runs).toHaveLength(1)
    expect(jobs.read(job.id)?.state).toBe('succeeded')
  })
})

describe('shutdown', () => {
  it('aborts what runs; what can go on stays for the next start, the rest is cancelled', async () => {
    const { jobs } = setUp()
    jobs.define(KIND, { resume: true, run: untilAborted })
    jobs.define('agent.install', { resume: false, run: untilAborted })
    const resumable = jobs.start(KIND, { input: null })
    const other = jobs.start('agent.install', { input: null })
    await new Promise(setImmediate)
    await jobs.shutdown()
    expect(jobs.read(resumable.id)).toMatchObject({ state: 'running', error: null })
    expect(jobs.read(other.id)).toMatchObject({
      state: 'cancelled',
      error: { message: 'Foundry was closed while this ran.' },
    })
    const after = crash()
    const { outcome } = after.define({ resume: true })
    after.jobs.recover()
    outcome.resolve(undefined)
    expect((await after.jobs.finished(resumable.id)).state).toBe('succeeded')
  })

  it('does not begin what only waited', async () => {
    const { jobs, define } = setUp()
    const { runs } = define()
    const job = jobs.start(KIND, { input: null })
    await jobs.shutdown()
    expect(runs).toEqual([])
    expect(jobs.read(job.id)?.state).toBe('queued')
  })

  it('waits for work that ends, and lets it apply what it did', async () => {
    const { jobs, define } = setUp()
    const { started, outcome } = define({ resume: true })
    const job = jobs.start(KIND, { input: null })
    await started
    const ended = jobs.shutdown()
    outcome.resolve(undefined)
    await ended
    expect(jobs.read(job.id)?.state).toBe('succeeded')
  })

  it('does not wait for ever, and nothing is written after it', async () => {
    const { jobs, define, reportError, changed } = setUp()
    const { started, outcome } = define()
    const job = jobs.start(KIND, { input: null })
    const context = await started
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    context.log('stuck')
    const ended = jobs.shutdown()
    await vi.advanceTimersByTimeAsync(5000)
    await ended
    expect(context.signal.aborted).toBe(true)
    expect(jobs.read(job.id)?.state).toBe('running')
    expect(reportError).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ message: expect.stringContaining(KIND) as string }),
      'shutdown',
    )
    changed.mockClear()
    context.stage('too late')
    await vi.advanceTimersByTimeAsync(1000)
    outcome.reject(new Error('too late'))
    await jobs.finished(job.id)
    expect(changed).not.toHaveBeenCalled()
    expect(jobs.read(job.id)?.state).toBe('running')
    expect(reportError).toHaveBeenCalledOnce()
  })

  it('leaves no timer behind', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const { jobs } = setUp()
    await jobs.shutdown()
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('lists', () => {
  it('tell the newest first, also within a millisecond', async () => {
    const { jobs, define } = setUp({ now: () => 7 })
    const { outcome } = define()
    outcome.resolve(undefined)
    const all = Array.from({ length: 25 }, () => jobs.start(KIND, { taskId: TASK, input: null }).id)
    expect(jobs.ofTask(TASK).map(({ id }) => id)).toEqual(all.toReversed().slice(0, 20))
    expect(jobs.latestOfTask(TASK, KIND)?.id).toBe(all.at(-1))
    expect(jobs.running()).toHaveLength(25)
    await Promise.all(all.map((id) => jobs.finished(id)))
    expect(jobs.running()).toEqual([])
    expect(jobs.liveOfTask(TASK, KIND)).toBeNull()
  })

  it('know the tasks with live and with failed work', async () => {
    const { jobs } = setUp({ now: () => 7 })
    const other: TaskId = 'task_11111111'
    jobs.define(KIND, {
      resume: false,
      run: (_context, input) =>
        input === 'fails'
          ? Promise.reject(new FoundryError('git', 'Git refused.'))
          : Promise.resolve(undefined),
    })
    const job = jobs.start(KIND, { taskId: TASK, input: 'fails' })
    jobs.start(KIND, { taskId: other, input: 'works' })
    expect(jobs.tasksWithLive(KIND)).toEqual(new Set([TASK, other]))
    expect(jobs.liveOfTask(TASK, KIND)?.id).toBe(job.id)
    expect(jobs.tasksWithLive('agent.install')).toEqual(new Set())
    await jobs.finished(job.id)
    expect(jobs.tasksWithFailed(KIND)).toEqual(new Set([TASK]))
    const again = jobs.start(KIND, { taskId: TASK, input: 'works' })
    expect(jobs.tasksWithFailed(KIND)).toEqual(new Set())
    await jobs.finished(again.id)
    expect(jobs.tasksWithLive(KIND)).toEqual(new Set())
  })

  it('show live and recent work of no task', async () => {
    let clock = 1_000_000_000
    const { jobs, define } = setUp({ now: () => clock })
    const { outcome } = define()
    const job = jobs.start(KIND, { input: null })
    jobs.start(KIND, { taskId: TASK, input: null })
    outcome.resolve(undefined)
    await jobs.finished(job.id)
    expect(jobs.ofApp().map(({ id }) => id)).toEqual([job.id])
    clock += 11 * 60_000
    expect(jobs.ofApp()).toEqual([])
  })

  it('do not accept a kind twice', () => {
    const { define } = setUp()
    define()
    expect(() => define()).toThrow('defined twice')
  })
})
