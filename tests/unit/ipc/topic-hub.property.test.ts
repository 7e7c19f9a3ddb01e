import type { TopicPage, TopicSnapshot, TopicUpdate } from '@shared/contract'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { createTopicHub, type TopicHub } from '../../../src/main/ipc/topic-hub'
import { TopicMirror } from '../../../src/renderer/client/topic-mirror'

const TOPIC = 'tasks:org_00000000'
const PAGE = 3

interface Row {
  id: string
  value: number
  order: number
}

/** Rows in the order of their last change, newest first, a page at a time: as the task projection gives them. */
class Rows {
  readonly all = new Map<string, Row>()
  reads = 0
  #order = 0

  put(id: string, value: number): void {
    this.#order += 1
    this.all.set(id, { id, value, order: this.#order })
  }

  page(cursor: string | null): TopicPage {
    const below = cursor === null ? Number.POSITIVE_INFINITY : Number(cursor)
    const found = [...this.all.values()]
      .filter((row) => row.order < below)
      .toSorted((left, right) => right.order - left.order)
      .slice(0, PAGE)
    const last = found.at(-1)
    return { entities: found, cursor: found.length < PAGE || last === undefined ? null : String(last.order) }
  }
}

type Message =
  | { type: 'updates'; updates: TopicUpdate[] }
  | { type: 'snapshot'; snapshot: TopicSnapshot; life: number }
  | { type: 'page'; page: TopicPage; life: number }

/**
 * A window with the mirror that ships, behind a wire that keeps the order of messages and nothing else: replies
 * and updates arrive late, and a reload forgets everything but what is on its way.
 */
class Window {
  mirror = new TopicMirror<'tasks'>(['task'], 'task')
  readonly wire: Message[] = []
  #life = 0
  #listed = new Set<string>()
  #nextPage: string | null = null
  #asking = false

  constructor(readonly hub: TopicHub) {}

  readonly subscriber = { deliver: (updates: TopicUpdate[]) => this.wire.push({ type: 'updates', updates }) }

  open(): void {
    this.#life += 1
    this.mirror = new TopicMirror<'tasks'>(['task'], 'task')
    this.#ask()
  }

  reload(): void {
    this.hub.unsubscribeAll(this.subscriber)
    this.open()
  }

  askPage(): void {
    if (this.#nextPage === null || this.#asking) return
    this.wire.push({ type: 'page', page: this.hub.page(TOPIC, this.#nextPage), life: this.#life })
    this.#asking = true
  }

  /** Takes one message off the wire. */
  receive(): void {
    const message = this.wire.shift()
    if (message === undefined) return
    if (message.type === 'updates') {
      const own = message.updates.filter(({ topic }) => topic === TOPIC)
      if (!this.mirror.applyUpdates(own)) this.#ask()
      return
    }
    if (message.life !== this.#life) return
    if (message.type === 'snapshot') {
      this.#listed = new Set((message.snapshot.entities['task'] ?? []).map(({ id }) => id))
      this.#nextPage = message.snapshot.cursor
      this.#asking = false
      if (!this.mirror.applySnapshot(message.snapshot)) this.#ask()
      return
    }
    this.#asking = false
    for (const { id } of message.page.entities) this.#listed.add(id)
    this.#nextPage = message.page.cursor
    this.mirror.applyPages([message.page], this.#listed)
  }

  get idle(): boolean {
    return this.wire.length === 0 && this.#nextPage === null
  }

  #ask(): void {
    this.#life += 1
    this.#nextPage = null
    this.mirror.expectSnapshot()
    const snapshot = this.hub.subscribe(TOPIC, this.subscriber)
    this.wire.push({ type: 'snapshot', snapshot, life: this.#life })
  }
}

const ids = fc.integer({ min: 0, max: 11 }).map((n) => `task_${String(n).padStart(8, '0')}`)
const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant('put' as const), id: ids, value: fc.nat() }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), id: ids }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('frame' as const) }) },
    { weight: 8, arbitrary: fc.record({ do: fc.constant('receive' as const), window: fc.nat({ max: 1 }) }) },
    { weight: 5, arbitrary: fc.record({ do: fc.constant('page' as const), window: fc.nat({ max: 1 }) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('reload' as const), window: fc.nat({ max: 1 }) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('fail' as const) }) },
  ),
  { maxLength: 120 },
)

it('a mirror equals its source after any order of changes, snapshots, pages, frames, reloads and failures', () => {
  fc.assert(
    fc.property(
      fc.array(ids, { maxLength: 12 }),
      fc.integer({ min: 1, max: 2 }),
      steps,
      (initial, count, script) => {
        const rows = new Rows()
        for (const id of initial) rows.put(id, 0)
        let failNext = false
        const timers: (() => void)[] = []
        const hub = createTopicHub(
          (run) => timers.push(run),
          () => undefined,
        )
        const frame = (): void => {
          expect(timers.length, 'one timer at a time').toBeLessThan(2)
          timers.pop()?.()
        }
        hub.provide('tasks', {
          pagedKind: 'task',
          snapshot: () => ({}),
          page: (_parameter, cursor) => rows.page(cursor),
          read: (_parameter, _kind, wanted) => {
            if (failNext) {
              failNext = false
              throw new Error('the read failed')
            }
            expect(new Set(wanted).size, 'each entity once a frame').toBe(wanted.length)
            return wanted.flatMap((id) => rows.all.get(id) ?? [])
          },
        })
        const windows = Array.from({ length: count }, () => new Window(hub))
        for (const window of windows) window.open()
        for (const step of script) {
          switch (step.do) {
            case 'put':
              rows.put(step.id, step.value)
              hub.touch(TOPIC, 'task', step.id)
              break
            case 'remove':
              rows.all.delete(step.id)
              hub.touch(TOPIC, 'task', step.id)
              break
            case 'frame':
              frame()
              break
            case 'receive':
              windows[step.window]?.receive()
              break
            case 'page':
              windows[step.window]?.askPage()
              break
            case 'reload':
              windows[step.window]?.reload()
              break
            case 'fail':
              failNext = true
              break
          }
        }
        failNext = false
        while (timers.length > 0 || windows.some((window) => !window.idle)) {
          frame()
          for (const window of windows) {
            window.askPage()
            window.receive()
          }
        }
        for (const window of windows) {
          const state = window.mirror.store.getState()
          expect(state).toMatchObject({ phase: 'ready', complete: true })
          expect(new Map<string, unknown>(state.entities.task)).toEqual(new Map<string, unknown>(rows.all))
        }
      },
    ),
    { numRuns: 2000 },
  )
})
