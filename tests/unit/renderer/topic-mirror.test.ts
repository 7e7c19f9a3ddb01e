import type { TaskSummary } from '@shared/domain'
import type { TopicUpdate } from '@shared/contract'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TopicMirror } from '../../../src/renderer/client/topic-mirror'

const id = (n: number) => `task_${String(n).padStart(8, '0')}` as const
const task = (n: number, title = `t${n}`): TaskSummary => ({
  id: id(n),
  repositoryId: 'repo_00000001',
  title,
  branch: `b${n}`,
  status: 'idle',
  archiveReason: null,
  readOnly: false,
  pullRequest: null,
  owner: null,
  unread: false,
  createdAt: n,
  updatedAt: n,
})
const mirror = () => new TopicMirror<'tasks'>(['task'], 'task')
const update = (version: number, changed: TaskSummary[] = [], gone: string[] = []): TopicUpdate => ({
  topic: 'tasks:org_00000001',
  version,
  changed: { task: changed },
  gone: { task: gone },
})
const titles = (one: TopicMirror<'tasks'>) =>
  Object.fromEntries([...one.store.getState().entities.task].map(([key, value]) => [key, value.title]))

describe('topic mirror', () => {
  it('applies updates that arrived while the snapshot was on its way', () => {
    const one = mirror()
    expect(one.applyUpdates([update(4, [task(1, 'old')]), update(6, [task(1, 'new')])])).toBe(true)
    expect(one.applySnapshot({ version: 5, entities: { task: [task(1, 'snapshot')] }, cursor: null })).toBe(
      true,
    )
    expect(titles(one)).toEqual({ [id(1)]: 'new' })
    expect(one.store.getState()).toMatchObject({ phase: 'ready', version: 6, complete: true })
  })

  it('asks for a snapshot at a gap and goes on from it without losing what came after', () => {
    const one = mirror()
    one.applySnapshot({ version: 1, entities: { task: [task(1)] }, cursor: null })
    expect(one.applyUpdates([update(2, [task(2)]), update(4, [task(4)])])).toBe(false)
    expect(Object.keys(titles(one)).toSorted()).toEqual([id(1), id(2)])
    one.applyUpdates([update(5, [task(5)])])
    expect(
      one.applySnapshot({ version: 3, entities: { task: [task(1), task(2), task(3)] }, cursor: null }),
    ).toBe(true)
    expect(Object.keys(titles(one)).toSorted()).toEqual([id(1), id(2), id(3), id(4), id(5)])
  })

  it('applies all updates of a frame as one change, and leaves maps of other kinds alone', () => {
    const one = mirror()
    one.applySnapshot({ version: 1, entities: { task: [] }, cursor: null })
    let changes = 0
    one.store.subscribe(() => {
      changes += 1
    })
    one.applyUpdates([update(2, [task(1)]), update(3, [task(2)]), update(4, [], [id(1)])])
    expect(changes).toBe(1)
    expect(Object.keys(titles(one)).toSorted()).toEqual([id(2)])
    const before = one.store.getState().entities.task
    one.applyUpdates([update(5)])
    expect(one.store.getState().entities.task).toBe(before)
  })

  it('never lets a page overwrite or revive what an update changed after the snapshot', () => {
    const one = mirror()
    one.applySnapshot({ version: 1, entities: { task: [task(1)] }, cursor: 'a' })
    expect(one.store.getState().complete).toBe(false)
    one.applyUpdates([update(2, [task(2, 'newer')]), update(3, [], [id(3)])])
    one.applyPages(
      [{ entities: [task(2, 'stale'), task(3, 'dead')], cursor: null }],
      new Set([id(1), id(2), id(3)]),
    )
    expect(titles(one)).toEqual({ [id(1)]: 't1', [id(2)]: 'newer' })
    expect(one.store.getState().complete).toBe(true)
  })

  it('keeps rows on screen during a new snapshot and drops those that no page holds any more', () => {
    const one = mirror()
    one.applySnapshot({ version: 1, entities: { task: [task(1), task(2)] }, cursor: null })
    one.expectSnapshot()
    one.applySnapshot({ version: 9, entities: { task: [task(1, 'again')] }, cursor: 'a' })
    expect(titles(one)).toEqual({ [id(1)]: 'again', [id(2)]: 't2' })
    one.applyPages([{ entities: [task(3)], cursor: null }], new Set([id(1), id(3)]))
    expect(titles(one)).toEqual({ [id(1)]: 'again', [id(3)]: 't3' })
  })

  it('keeps what is known when a later read fails', () => {
    const one = mirror()
    one.fail({ kind: 'internal', message: 'first' })
    expect(one.store.getState().phase).toBe('error')
    one.applySnapshot({ version: 1, entities: { task: [task(1)] }, cursor: null })
    one.fail({ kind: 'internal', message: 'second' })
    expect(one.store.getState()).toMatchObject({ phase: 'ready', error: { message: 'second' } })
    expect(Object.keys(titles(one)).toSorted()).toEqual([id(1)])
  })

  it('ends in the state of the source however updates are batched, and wherever a snapshot falls', () => {
    const change = fc.record({ n: fc.nat(5), gone: fc.boolean(), title: fc.string() })
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 30 }),
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1 }),
        fc.nat(30),
        (changes, sizes, at) => {
          const source = new Map<string, TaskSummary>()
          const updates: TopicUpdate[] = []
          let snapshot = { version: 0, entities: { task: [] as TaskSummary[] }, cursor: null }
          changes.forEach((one, index) => {
            const value = task(one.n, one.title)
            if (one.gone) source.delete(value.id)
            else source.set(value.id, value)
            updates.push(one.gone ? update(index + 1, [], [value.id]) : update(index + 1, [value]))
            if (index < at)
              snapshot = { version: index + 1, entities: { task: [...source.values()] }, cursor: null }
          })
          const one = mirror()
          let rest = updates
          let turn = 0
          const delay = at % 3
          while (rest.length > 0) {
            if (turn === delay) one.applySnapshot(snapshot)
            const size = sizes[turn % sizes.length] ?? 1
            one.applyUpdates(rest.slice(0, size))
            rest = rest.slice(size)
            turn += 1
          }
          if (turn <= delay) one.applySnapshot(snapshot)
          expect(titles(one)).toEqual(
            Object.fromEntries([...source.values()].map((value) => [value.id, value.title])),
          )
        },
      ),
    )
  })
})
