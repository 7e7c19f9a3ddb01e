import type { FoundryError } from '@shared/errors'
import type { TopicUpdate } from '@shared/contract'
import { describe, expect, it, vi } from 'vitest'
import { createTopicHub, type TopicSource, type TopicSubscriber } from '../../../src/main/ipc/topic-hub'

const ORGANIZATION = 'org_00000000'
const TASKS = `tasks:${ORGANIZATION}`
const task = (n: number): string => `task_${String(n).padStart(8, '0')}`

function setUp() {
  const timers: { run: () => void; ms: number }[] = []
  const errors: { error: unknown; what: string }[] = []
  const hub = createTopicHub(
    (run, ms) => timers.push({ run, ms }),
    (error, what) => errors.push({ error, what }),
  )
  const rows = new Map<string, { id: string; value: number }>()
  const source = {
    pagedKind: 'task',
    snapshot: vi.fn<TopicSource['snapshot']>(() => ({})),
    read: vi.fn<TopicSource['read']>((_parameter, _kind, ids) =>
      ids.flatMap((id) => {
        const row = rows.get(id)
        return row === undefined ? [] : [{ ...row }]
      }),
    ),
    page: vi.fn<NonNullable<TopicSource['page']>>(() => ({ entities: [...rows.values()], cursor: null })),
  }
  hub.provide('tasks', source)
  const reader = (): TopicSubscriber & { frames: TopicUpdate[][] } => {
    const frames: TopicUpdate[][] = []
    return { frames, deliver: (updates) => frames.push(updates) }
  }
  return { hub, timers, errors, rows, source, reader, frame: () => timers.shift()?.run() }
}

describe('topic hub', () => {
  it('reads nothing and sets no timer while nobody subscribes', () => {
    const { hub, timers, source } = setUp()
    for (let n = 0; n < 1000; n++) hub.touch(TASKS, 'task', task(n))
    expect(timers).toEqual([])
    expect(source.snapshot).not.toHaveBeenCalled()
    expect(source.read).not.toHaveBeenCalled()
    expect(source.page).not.toHaveBeenCalled()
    expect(hub.hasReaders(TASKS)).toBe(false)
  })

  it('tells a source when its first reader comes and its last one leaves, however they leave', () => {
    const { hub, reader } = setUp()
    const told: string[] = []
    hub.provide('files', {
      snapshot: () => ({}),
      read: () => [],
      opened: (parameter) => told.push(`opened ${parameter}`),
      closed: (parameter) => told.push(`closed ${parameter}`),
    })
    const files = `files:${task(1)}`
    const [one, other] = [reader(), reader()]
    hub.subscribe(files, one)
    hub.subscribe(files, one)
    hub.subscribe(files, other)
    hub.unsubscribe(files, one)
    expect(told).toEqual([`opened ${task(1)}`])
    hub.unsubscribeAll(other)
    hub.unsubscribe(files, other)
    expect(told).toEqual([`opened ${task(1)}`, `closed ${task(1)}`])
  })

  it('reads each entity once a frame, however often it changed and however many read it', () => {
    const { hub, timers, rows, source, reader, frame } = setUp()
    rows.set(task(1), { id: task(1), value: 1 })
    const readers = [reader(), reader(), reader()]
    for (const one of readers) hub.subscribe(TASKS, one)
    for (let n = 0; n < 50; n++) hub.touch(TASKS, 'task', task(1))
    hub.touch(TASKS, 'task', task(2))
    expect(timers).toHaveLength(1)
    frame()
    expect(source.read).toHaveBeenCalledExactlyOnceWith(ORGANIZATION, 'task', [task(1), task(2)])
    const update = {
      topic: TASKS,
      version: 1,
      changed: { task: [{ id: task(1), value: 1 }] },
      gone: { task: [task(2)] },
    }
    for (const one of readers) expect(one.frames).toEqual([[update]])
  })

  it('tells what left a short list, whether it came with the snapshot or later', () => {
    const { hub, rows, source, reader, frame } = setUp()
    const id = (n: number): string => `prompt_${String(n).padStart(8, '0')}`
    hub.provide('session', { snapshot: () => ({ queuedPrompt: [...rows.values()] }), read: source.read })
    const topic = 'session:session_00000000'
    rows.set(id(1), { id: id(1), value: 1 })
    const one = reader()
    hub.subscribe(topic, one)
    rows.set(id(2), { id: id(2), value: 2 })
    hub.touchList(topic, 'queuedPrompt', [...rows.keys()])
    frame()
    rows.clear()
    hub.touchList(topic, 'queuedPrompt', [])
    frame()
    expect(one.frames.flat().map(({ gone }) => gone)).toEqual([{}, { queuedPrompt: [id(1), id(2)] }])
    hub.touchList(topic, 'queuedPrompt', [])
    frame()
    expect(one.frames).toHaveLength(2)
  })

  it('sends all topics of a frame to a subscriber at once', () => {
    const { hub, reader, frame } = setUp()
    const one = reader()
    const other = 'tasks:org_11111111'
    hub.subscribe(TASKS, one)
    hub.subscribe(other, one)
    hub.touch(other, 'task', task(1))
    hub.touch(TASKS, 'task', task(1))
    frame()
    expect(one.frames.map((updates) => updates.map(({ topic }) => topic))).toEqual([[other, TASKS]])
  })

  it('spreads thousands of changes over frames of at most 100 entities, each read once', () => {
    const { hub, timers, rows, source, reader, frame } = setUp()
    for (let n = 0; n < 1050; n++) rows.set(task(n), { id: task(n), value: n })
    const one = reader()
    hub.subscribe(TASKS, one)
    for (const id of rows.keys()) hub.touch(TASKS, 'task', id)
    while (timers.length > 0) frame()
    const sizes = source.read.mock.calls.map(([, , ids]) => ids.length)
    expect(sizes).toEqual([...Array<number>(10).fill(100), 50])
    const seen = one.frames.flat().flatMap((update) => (update.changed['task'] ?? []).map(({ id }) => id))
    expect(seen.toSorted()).toEqual([...rows.keys()].toSorted())
    expect(one.frames.flat().map(({ version }) => version)).toEqual([...Array(11).keys()].map((n) => n + 1))
  })

  it('keeps what is touched while it reads for the next frame', () => {
    const { hub, rows, source, reader, frame } = setUp()
    const one = reader()
    hub.subscribe(TASKS, one)
    source.read.mockImplementationOnce(() => {
      rows.set(task(1), { id: task(1), value: 2 })
      hub.touch(TASKS, 'task', task(1))
      return [{ id: task(1), value: 1 } as { id: string }]
    })
    hub.touch(TASKS, 'task', task(1))
    frame()
    frame()
    expect(one.frames.flat().map(({ version, changed }) => [version, changed['task']])).toEqual([
      [1, [{ id: task(1), value: 1 }]],
      [2, [{ id: task(1), value: 2 }]],
    ])
  })

  it('leaves a version out when a source fails, so that readers notice at once', () => {
    const { hub, errors, source, reader, frame } = setUp()
    const one = reader()
    const { version } = hub.subscribe(TASKS, one)
    const failure = new Error('disk')
    source.read.mockImplementationOnce(() => {
      throw failure
    })
    hub.touch(TASKS, 'task', task(1))
    frame()
    expect(errors).toEqual([{ error: failure, what: `topic ${TASKS}` }])
    expect(one.frames.flat()).toEqual([{ topic: TASKS, version: version + 2, changed: {}, gone: {} }])
    expect(hub.subscribe(TASKS, one).version).toBe(version + 2)
  })

  it('goes on with the other readers when one cannot be delivered to', () => {
    const { hub, errors, reader, frame } = setUp()
    const failure = new Error('the frame was disposed')
    const broken: TopicSubscriber = {
      deliver() {
        throw failure
      },
    }
    const one = reader()
    hub.subscribe(TASKS, broken)
    hub.subscribe(TASKS, one)
    hub.touch(TASKS, 'task', task(1))
    frame()
    expect(one.frames).toHaveLength(1)
    expect(errors).toEqual([{ error: failure, what: 'topic delivery' }])
  })

  it('never uses a version of an earlier life of a topic again', () => {
    const { hub, reader, frame } = setUp()
    const one = reader()
    hub.subscribe(TASKS, one)
    hub.touch(TASKS, 'task', task(1))
    frame()
    hub.unsubscribe(TASKS, one)
    expect(hub.hasReaders(TASKS)).toBe(false)
    // The update with version 1 may reach the window after this snapshot.
    expect(hub.subscribe(TASKS, one).version).toBe(1)
    hub.touch(TASKS, 'task', task(1))
    frame()
    expect(one.frames.flat().map(({ version }) => version)).toEqual([1, 2])
  })

  it('drops all subscriptions of a window that went, and only those', () => {
    const { hub, reader, frame } = setUp()
    const [one, two] = [reader(), reader()]
    hub.subscribe(TASKS, one)
    hub.subscribe('tasks:org_11111111', one)
    hub.subscribe(TASKS, two)
    hub.touch(TASKS, 'task', task(1))
    hub.unsubscribeAll(one)
    frame()
    expect(one.frames).toEqual([])
    expect(two.frames).toHaveLength(1)
    expect(hub.hasReaders('tasks:org_11111111')).toBe(false)
  })

  it('delivers at once when asked to, and nothing twice', () => {
    const { hub, reader, frame } = setUp()
    const one = reader()
    hub.subscribe(TASKS, one)
    hub.touch(TASKS, 'task', task(1))
    hub.flush()
    frame()
    expect(one.frames).toHaveLength(1)
  })

  it.each([
    'nothing',
    'nothing:org_00000000',
    '',
    ':',
    'tasks',
    'tasks:',
    'tasks:org_',
    'tasks:task_00000000',
    "tasks:org_00000000' OR 1",
    'constructor',
    '__proto__:org_00000000',
    `tasks:org_${'0'.repeat(100_000)}`,
  ])('refuses the topic %j as a value', (topic) => {
    const { hub, reader, source } = setUp()
    for (const attempt of [() => hub.subscribe(topic, reader()), () => hub.page(topic, 'x')]) {
      const refused = catchError(attempt)
      expect(refused).toMatchObject({ kind: 'invalid_input' })
      expect((refused as FoundryError).message.length).toBeLessThan(200)
    }
    expect(source.snapshot).not.toHaveBeenCalled()
    expect(source.page).not.toHaveBeenCalled()
    hub.touch(topic, 'task', task(1))
    hub.unsubscribe(topic, reader())
  })

  it('refuses a parameter for a topic that exists once, and pages of one without', () => {
    const { hub, reader } = setUp()
    hub.provide('app', { snapshot: () => ({}), read: () => [] })
    expect(catchError(() => hub.subscribe('app:x', reader()))).toMatchObject({ kind: 'invalid_input' })
    expect(catchError(() => hub.page('app', 'x'))).toMatchObject({ kind: 'invalid_input' })
    expect(hub.subscribe('app', reader())).toEqual({ version: 0, entities: {}, cursor: null })
  })

  it('has no reader after a snapshot that failed', () => {
    const { hub, source, reader, timers } = setUp()
    source.snapshot.mockImplementationOnce(() => {
      throw new Error('disk')
    })
    expect(() => hub.subscribe(TASKS, reader())).toThrow('disk')
    expect(hub.hasReaders(TASKS)).toBe(false)
    hub.touch(TASKS, 'task', task(1))
    expect(timers).toEqual([])
  })
})

function catchError(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  return undefined
}
