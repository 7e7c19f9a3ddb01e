import type { Result } from '@shared/errors'
import { describe, expect, it } from 'vitest'
import { type Page, PagedList } from '../../../src/renderer/features/pull-requests/paged-list'

interface Row {
  id: string
}

const rows = (...ids: string[]): Row[] => ids.map((id) => ({ id }))
const page = (ids: string[], cursor: string | null): Result<Page<Row>> => ({
  ok: true,
  value: { rows: rows(...ids), cursor },
})

/** A list whose answers are given by hand, in any order. */
function started() {
  const waiting: { query: string; cursor: string | null; answer: (result: Result<Page<Row>>) => void }[] = []
  const list = new PagedList<Row, string>(
    (query, cursor) => new Promise((answer) => waiting.push({ query, cursor, answer })),
    (row) => row.id,
  )
  const take = () => {
    const next = waiting.shift()
    if (next === undefined) throw new Error('Nothing was asked')
    return next
  }
  const ids = () => list.store.getState().rows.map((row) => row.id)
  return { list, take, ids, asked: () => waiting.length }
}

describe('a paged list', () => {
  it('reads page after page, and no more once the end was reached', async () => {
    const { list, take, ids, asked } = started()
    const first = list.ask('q')
    expect(list.store.getState().busy).toBe('first')
    take().answer(page(['a', 'b'], 'after b'))
    await first
    const second = list.more()
    // Asked for again while it is on its way: once is enough.
    await list.more()
    expect(asked()).toBe(1)
    const question = take()
    expect(question).toMatchObject({ query: 'q', cursor: 'after b' })
    question.answer(page(['c'], null))
    await second
    await list.more()
    expect(asked()).toBe(0)
    expect(ids()).toEqual(['a', 'b', 'c'])
  })

  it('keeps a row that moved while pages were read once', async () => {
    const { list, take, ids } = started()
    const first = list.ask('q')
    take().answer(page(['a', 'b'], 'x'))
    await first
    const second = list.more()
    take().answer(page(['b', 'c'], null))
    await second
    expect(ids()).toEqual(['a', 'b', 'c'])
  })

  it('drops an answer to a question that is not asked any more', async () => {
    const { list, take, ids } = started()
    const slow = list.ask('old')
    const old = take()
    const quick = list.ask('new')
    take().answer(page(['new'], null))
    await quick
    old.answer(page(['old'], null))
    await slow
    expect(ids()).toEqual(['new'])
    expect(list.store.getState().query).toBe('new')
  })

  it('keeps what is shown when a page or a refresh fails', async () => {
    const { list, take, ids } = started()
    const first = list.ask('q')
    take().answer(page(['a'], 'x'))
    await first
    const failure: Result<Page<Row>> = { ok: false, error: { kind: 'internal', message: 'No' } }
    const second = list.more()
    take().answer(failure)
    await second
    expect(ids()).toEqual(['a'])
    expect(list.store.getState()).toMatchObject({ busy: null, error: { message: 'No' } })
    const refreshed = list.refresh()
    take().answer(failure)
    await refreshed
    expect(ids()).toEqual(['a'])
    // And it goes on where it was.
    const again = list.more()
    take().answer(page(['b'], null))
    await again
    expect(ids()).toEqual(['a', 'b'])
    expect(list.store.getState().error).toBeNull()
  })

  it('reads as many pages again as are shown', async () => {
    const { list, take, ids } = started()
    const first = list.ask('q')
    take().answer(page(['a', 'b'], '1'))
    await first
    const second = list.more()
    take().answer(page(['c'], '2'))
    await second
    const refreshed = list.refresh()
    expect(list.store.getState().busy).toBe('refresh')
    take().answer(page(['z', 'a'], '1'))
    await Promise.resolve()
    take().answer(page(['b'], '2'))
    await refreshed
    expect(ids()).toEqual(['z', 'a', 'b'])
    expect(list.store.getState().cursor).toBe('2')
  })

  it('refreshes once more when something changed while it was reading', async () => {
    const { list, take, ids } = started()
    const first = list.ask('q')
    await list.refresh()
    await list.refresh()
    take().answer(page(['a'], null))
    await first
    const last = take()
    expect(last.cursor).toBeNull()
    last.answer(page(['b'], null))
    await Promise.resolve()
    await Promise.resolve()
    expect(ids()).toEqual(['b'])
  })

  it('does not change a long list under its reader', async () => {
    const { list, take, ids, asked } = started()
    const first = list.ask('q')
    take().answer(page(['0'], '0'))
    await first
    for (const name of ['1', '2', '3']) {
      const more = list.more()
      take().answer(page([name], name))
      await more
    }
    await list.refresh()
    expect(asked()).toBe(0)
    expect(list.store.getState().outdated).toBe(true)
    const again = list.restart()
    take().answer(page(['new'], null))
    await again
    expect(ids()).toEqual(['new'])
    expect(list.store.getState().outdated).toBe(false)
  })
})
