import { afterEach, expect, it, vi } from 'vitest'
import type { FoundPlace, FoundPlaces, SearchPage } from '../../../src/shared/files'
import type { TaskId } from '../../../src/shared/ids'
import { FileSearch } from '../../../src/renderer/features/files/search-state'

const taskId: TaskId = 'task_00000000-0000-4000-8000-000000000001'
const place = (path: string, line: number): FoundPlace => ({
  path,
  line,
  text: 'x',
  marks: [],
  before: 0,
  cut: false,
})

afterEach(() => vi.unstubAllGlobals())

/** A search whose answers come when the test says so. */
function setUp() {
  const asked: { operation: string; input: { searchId: string; known?: number; from?: number } }[] = []
  const answers: ((value: FoundPlaces | SearchPage | undefined) => void)[] = []
  vi.stubGlobal('foundry', {
    call(operation: string, input: { searchId: string }) {
      asked.push({ operation, input })
      return new Promise((resolve) => answers.push((value) => resolve({ ok: true, value })))
    },
  })
  const search = new FileSearch(taskId)
  const last = (operation: string): number => asked.findLastIndex((one) => one.operation === operation)
  return {
    search,
    asked,
    begin(words: string) {
      search.setQuery({ words })
      search.start(null)
    },
    /** Answers the last call of an operation, or the one at an index. */
    async answer(value: FoundPlaces | SearchPage, index: number) {
      answers[index]?.(value)
      await new Promise(setImmediate)
    },
    found: () => last('files.found'),
    page: () => last('files.search'),
    paths: () => search.snapshot().rows.flatMap((row) => (row.type === 'file' ? [row.path, row.count] : [])),
  }
}

it('shows what is found while it looks, and each place once when its page is there', async () => {
  const { search, begin, answer, found, page, paths, asked } = setUp()
  begin('x')
  // Of a search that did not begin, nothing would be told.
  expect(asked.map(({ operation }) => operation)).toEqual(['files.search', 'files.found'])
  await answer({ places: [place('a', 1)], ended: false }, found())
  expect(search.snapshot()).toMatchObject({ busy: true, done: false, places: 1, files: 1 })
  expect(asked[found()]?.input.known).toBe(1)
  await answer({ places: [place('a', 2), place('b', 1)], ended: false }, found())
  expect(paths()).toEqual(['a', 2, 'b', 1])
  const late = found()
  await answer({ places: [place('a', 1), place('a', 2), place('b', 1), place('c', 1)], next: 500 }, page())
  expect(search.snapshot()).toMatchObject({ busy: false, done: true, places: 4, files: 3, more: true })
  await answer({ places: [place('c', 1)], ended: true }, late)
  expect(paths()).toEqual(['a', 2, 'b', 1, 'c', 1])
  // The next page begins behind them.
  search.readMore()
  expect(asked[page()]?.input.from).toBe(500)
  expect(asked[found()]?.input.known).toBe(0)
  await answer({ places: [place('d', 1)], ended: false }, found())
  expect(paths()).toEqual(['a', 2, 'b', 1, 'c', 1, 'd', 1])
})

it('drops what comes late of words that are searched for no more', async () => {
  const { search, begin, answer, found, page, paths, asked } = setUp()
  begin('x')
  const [oldFound, oldPage] = [found(), page()]
  const { searchId } = asked[oldPage]?.input ?? { searchId: '' }
  begin('y')
  expect(asked).toContainEqual({ operation: 'files.stopSearch', input: { searchId } })
  const before = asked.length
  await answer({ places: [place('old', 1)], ended: false }, oldFound)
  await answer({ places: [place('old', 1)], next: null }, oldPage)
  expect(paths()).toEqual([])
  expect(search.snapshot().busy).toBe(true)
  // Nobody asks on for the old ones.
  expect(asked).toHaveLength(before)
  await answer({ places: [place('new', 1)], ended: false }, found())
  expect(paths()).toEqual(['new', 1])
})

it('keeps what was found when it is stopped', async () => {
  const { search, begin, answer, found, page, paths, asked } = setUp()
  begin('x')
  await answer({ places: [place('a', 1)], ended: false }, found())
  search.stop()
  expect(asked.at(-1)).toMatchObject({ operation: 'files.stopSearch' })
  await answer({ places: [place('late', 1)], ended: false }, found())
  await answer({ places: [], next: null }, page())
  expect(search.snapshot()).toMatchObject({ busy: false, stopped: true, places: 1 })
  expect(paths()).toEqual(['a', 1])
})
