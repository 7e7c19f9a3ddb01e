import type { TranscriptRow } from '@shared/domain'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { LineList } from '../../../src/renderer/features/transcript/line-list'
import { LineWindow, startPlace } from '../../../src/renderer/features/transcript/line-window'
import { TranscriptModel } from '../../../src/renderer/features/transcript/transcript-model'

const HEIGHT = 30

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal(
    'ResizeObserver',
    class {
      observe(): void {}
      disconnect(): void {}
    },
  )
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

function windowOf(count: number) {
  const model = new TranscriptModel()
  model.reset(
    Array.from({ length: count }, (_, index): TranscriptRow => ({
      first: index,
      last: index,
      turnId: null,
      at: index,
      event: { type: 'prompt', text: `prompt ${index}` },
      cut: null,
    })),
    false,
  )
  const list = new LineList(() => HEIGHT)
  list.sync(model.takeChanges(), {
    items: model.items,
    origin: model.origin,
    running: false,
    isUnfolded: () => undefined,
  })
  const view = new LineWindow(list, startPlace(), () => {})
  const scroller = {
    scrollTop: 0,
    clientWidth: 800,
    clientHeight: 600,
    get scrollHeight() {
      return view.total
    },
  }
  // Of the elements it asks only for these figures, and for the lines that are in them: none.
  view.attach(scroller as unknown as HTMLElement, { children: [] } as unknown as HTMLElement)
  view.lines()
  view.settle()
  const scrollTo = (top: number, timeStamp: number): void => {
    scroller.scrollTop = top
    view.onScroll({ timeStamp })
  }
  return { view, scroller, scrollTo }
}

const light = (view: LineWindow): number => view.lines().placed.filter((one) => one.light).length

it('draws what goes by as words alone, and all of it once the wheel stands still', () => {
  const { view, scroller, scrollTo } = windowOf(2000)
  const redrawn = vi.fn<() => void>()
  view.subscribe(redrawn)
  const end = scroller.scrollTop
  scrollTo(end - 4000, 1000)
  expect(light(view)).toBe(0)
  scrollTo(end - 8000, 1016)
  const drawn = view.lines().placed
  expect(drawn.every((one) => one.light)).toBe(true)
  expect(drawn.length).toBeGreaterThan(600 / HEIGHT)

  const before = redrawn.mock.calls.length
  vi.advanceTimersByTime(1000)
  expect(redrawn.mock.calls.length).toBe(before + 1)
  expect(light(view)).toBe(0)
})

it('draws as a whole whatever is scrolled to slowly, or in one jump after a rest', () => {
  const { view, scroller, scrollTo } = windowOf(2000)
  let top = scroller.scrollTop
  for (let at = 0; at < 2000; at += 16) {
    scrollTo((top -= 60), at)
    expect(light(view)).toBe(0)
  }
  scrollTo(20_000, 5000)
  expect(light(view)).toBe(0)
})

it('leaves what was drawn as a whole as it is while the wheel turns', () => {
  const { view, scroller, scrollTo } = windowOf(2000)
  const end = scroller.scrollTop
  scrollTo(end - 130, 1000)
  view.lines()
  scrollTo(end - 260, 1016)
  const drawn = view.lines().placed
  expect(drawn.some((one) => one.light)).toBe(true)
  expect(drawn.filter((one) => !one.light).length).toBeGreaterThan(600 / HEIGHT)
})
