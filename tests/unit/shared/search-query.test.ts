import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  completePart,
  dayRange,
  filterKeys,
  isEmptySearch,
  parseSearch,
  partAt,
  searchParts,
} from '@shared/search-query'

describe('a search that was typed', () => {
  it('is words, phrases, beginnings, exclusions and filters', () => {
    expect(parseSearch('fix "the cache" pars* -draft kind:prompt repo:"my app" -is:archived done ')).toEqual({
      terms: [
        { text: 'fix', prefix: false, excluded: false },
        { text: 'the cache', prefix: false, excluded: false },
        { text: 'pars', prefix: true, excluded: false },
        { text: 'draft', prefix: false, excluded: true },
        { text: 'done', prefix: false, excluded: false },
      ],
      filters: [
        { key: 'kind', value: 'prompt', excluded: false },
        { key: 'repo', value: 'my app', excluded: false },
        { key: 'is', value: 'archived', excluded: true },
      ],
      problems: [],
    })
  })

  it('takes its last word for a beginning while somebody types it', () => {
    expect(parseSearch('the par').terms.map(({ prefix }) => prefix)).toEqual([false, true])
    // Of so few letters everything is the beginning, and behind a space the word is complete.
    expect(parseSearch('pa').terms).toEqual([{ text: 'pa', prefix: false, excluded: false }])
    expect(parseSearch('parser ').terms).toEqual([{ text: 'parser', prefix: false, excluded: false }])
  })

  it('knows other words for keys, and takes unknown ones for words', () => {
    expect(parseSearch('status:merged type:pr').filters.map(({ key }) => key)).toEqual(['is', 'kind'])
    expect(parseSearch('http://example.com a:b')).toMatchObject({
      filters: [],
      terms: [{ text: 'http://example.com' }, { text: 'a:b' }],
    })
  })

  it('says what it does not understand, and does without it', () => {
    const { filters, problems } = parseSearch('kind:cake is:purple after:soon on:2026-02-31 words')
    expect(filters).toEqual([])
    expect(problems).toHaveLength(4)
    expect(problems[0]).toContain('“cake” is no kind')
  })

  it('is nothing without words, or with excluded ones alone', () => {
    expect(isEmptySearch(parseSearch('  -- "" * repo: -x'))).toBe(true)
    expect(isEmptySearch(parseSearch('kind:prompt'))).toBe(false)
  })

  it('can be any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 700 }), (text) => {
        const query = parseSearch(text)
        expect(query.terms.length).toBeLessThanOrEqual(24)
        for (const { text: term } of query.terms) expect(term).toMatch(/[\p{L}\p{N}\p{Co}]/u)
        const parts = searchParts(text)
        for (const [index, part] of parts.entries()) {
          expect(part.from).toBeLessThan(part.to)
          expect(part.from).toBeGreaterThanOrEqual(parts[index - 1]?.to ?? 0)
        }
      }),
    )
  })

  it('completes a filter in place, so that it is read as what was chosen', () => {
    const word = fc.string({ unit: fc.constantFrom(...Array.from('ab"-: 好*')), maxLength: 12 })
    const keys = fc.constantFrom(...(Object.keys(filterKeys) as (keyof typeof filterKeys)[]))
    fc.assert(
      fc.property(
        word,
        word,
        keys,
        fc.string({ unit: fc.constantFrom(...Array.from('xy z-:好')), minLength: 1 }),
        (before, after, key, value) => {
          fc.pre(value.trim() !== '' && !before.includes('"') && !after.includes('"'))
          const text = `${before} ${after}`
          const completed = completePart(text, before.length + 1, key, value)
          const part = searchParts(completed.text).find(({ key: one }) => one === key)
          expect(part?.value).toBe(value)
          expect(completed.text[completed.cursor - 1]).toBe(' ')
        },
      ),
    )
  })

  it('knows what stands at the cursor', () => {
    expect(partAt('one repo:ab two', 11)).toMatchObject({ key: 'repo', value: 'ab' })
    expect(partAt('one ', 4)).toBeNull()
  })
})

describe('days', () => {
  const now = new Date(2026, 4, 20, 15, 30).getTime()
  it('are days, months and years of the person’s own time zone', () => {
    expect(dayRange('2026-05-01', now)).toEqual({
      from: new Date(2026, 4, 1).getTime(),
      to: new Date(2026, 4, 2).getTime(),
    })
    expect(dayRange('2026-12', now)).toEqual({
      from: new Date(2026, 11, 1).getTime(),
      to: new Date(2027, 0, 1).getTime(),
    })
    expect(dayRange('2025', now)?.to).toBe(new Date(2026, 0, 1).getTime())
    expect(dayRange('yesterday', now)?.from).toBe(new Date(2026, 4, 19).getTime())
    expect(dayRange('7d', now)?.from).toBe(now - 7 * 24 * 3600 * 1000)
    expect(dayRange('2026-13', now)).toBeNull()
  })
})
