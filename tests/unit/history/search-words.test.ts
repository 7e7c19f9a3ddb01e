import * as fc from 'fast-check'
import Sqlite from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseSearch } from '@shared/search-query'
import { Marker } from '../../../src/main/history/search/marks'
import { matchOf } from '../../../src/main/history/search/match'
import { camelParts, folded, indexedText } from '../../../src/main/history/search/words'

let connection: Sqlite.Database
beforeAll(() => {
  connection = new Sqlite(':memory:')
  connection.exec(
    `CREATE VIRTUAL TABLE texts USING fts5(words, parts, path, about, content='', contentless_delete=1,
     tokenize='unicode61 remove_diacritics 2')`,
  )
})
afterAll(() => connection.close())

/** Whether a search finds a text. */
function finds(search: string, text: string, path = ''): boolean {
  const { words, parts } = indexedText(text)
  connection.exec('DELETE FROM texts')
  connection
    .prepare('INSERT INTO texts (rowid, words, parts, path, about) VALUES (1, ?, ?, ?, ?)')
    .run(words, parts, path, 'k0')
  const { terms, filters } = parseSearch(search)
  const paths = filters.flatMap(({ key, value, excluded }) => (key === 'path' ? [{ value, excluded }] : []))
  const match = matchOf(terms, paths, [], [], ['k0'])
  return connection.prepare('SELECT rowid FROM texts WHERE texts MATCH ?').get(match) !== undefined
}

describe('words of code', () => {
  it.each([
    ['user ', 'const getUserName = 1', true],
    ['getUserName ', 'const getUserName = 1', true],
    ['userName ', 'const getUserName = 1', true],
    ['username ', 'let userName', true],
    ['user_name ', 'getUserName', true],
    ['name_of ', 'getUserName, ofThem', false],
    ['snake ', 'a snake_case_name', true],
    ['snake_case ', 'a snake_case_name', true],
    ['case_snake ', 'a snake_case_name', false],
    ['http ', 'parseHTTPResponse', true],
    ['src/main/task ', 'see src/main/task/tasks.ts', true],
    ['tasks.ts ', 'see src/main/task/tasks.ts', true],
    ['c4b0281', 'commit c4b0281f00 is it', true],
    ['c4b ', 'commit c4b0281f00 is it', false],
    ['Überzug ', 'der uberzug', true],
    ['cafe ', 'Café', true],
    ['"two words" ', 'two words', true],
    ['"two words" ', 'words two', false],
    ['two -words ', 'two words', false],
    ['wor* ', 'two words', true],
    ['世界 ', '你好世界和平', true],
    ['好世界 ', '你好世界和平', true],
    ['界 ', '你好世界', true],
    ['界你 ', '你好世界', false],
    ['修复 ', '修复bug了', true],
    ['bug ', '修复bug了', true],
    ['カタカナ ', 'これはカタカナです', true],
    ['한국 ', '대한국민', true],
  ])('%s in %s: %s', (search, text, expected) => {
    expect(finds(search, text)).toBe(expected)
  })

  it('are found in paths, and by them alone when asked so', () => {
    expect(finds('path:src/main ', 'text', 'src/main/task/tasks.ts')).toBe(true)
    expect(finds('path:main/ta ', 'text', 'src/main/task/tasks.ts')).toBe(true)
    expect(finds('path:text ', 'text', 'src/main.ts')).toBe(false)
    expect(finds('-path:src text ', 'text', 'src/main.ts')).toBe(false)
  })

  it('are cut at capitals', () => {
    expect(camelParts('parseHTTPResponse2xx')).toEqual(['parse', 'HTTP', 'Response2', 'xx'])
  })

  it('take no longer for one long word', () => {
    const started = performance.now()
    indexedText('aB'.repeat(500_000))
    indexedText('a'.repeat(1_000_000))
    expect(performance.now() - started).toBeLessThan(2000)
  })
})

const anything = fc.string({ unit: 'binary', maxLength: 200 })
const piece = fc.constantFrom(
  'getUserName',
  'snake_case',
  'src/a.ts',
  '你好世界',
  'Café',
  '👍',
  'İ',
  '"',
  '*',
  '-',
  ' ',
  '\n',
  'x1',
)
const mixed = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(''))

describe('any text', () => {
  it('makes a search that SQLite understands', () => {
    fc.assert(
      fc.property(fc.oneof(anything, mixed), (text) => {
        const { terms } = parseSearch(text)
        const match = matchOf(terms, [{ value: text, excluded: false }], [['k0', 's"1']], ['h'], ['k0'])
        expect(() =>
          connection.prepare('SELECT rowid FROM texts WHERE texts MATCH ?').all(match),
        ).not.toThrow()
      }),
    )
  })

  it('keeps its length and its places when it is folded', () => {
    fc.assert(
      fc.property(fc.oneof(anything, mixed), (text) => {
        expect(folded(text)).toHaveLength(text.length)
      }),
    )
  })

  it('is shown as it is, whatever is marked in it', () => {
    fc.assert(
      fc.property(fc.oneof(anything, mixed), fc.oneof(anything, mixed), (text, search) => {
        const marker = new Marker(parseSearch(search).terms)
        const shown = marker
          .mark(text)
          .map((one) => one.text)
          .join('')
        expect(shown.replaceAll(/\s+/g, ' ')).toBe(text.replaceAll(/\s+/g, ' '))
        const snippet = marker.snippet(text)
        for (const one of snippet) expect(one.text).not.toBe('')
        expect(snippet.map((one) => one.text).join('').length).toBeLessThan(320)
      }),
    )
  })

  it('is marked where a word of it is looked for', () => {
    fc.assert(
      fc.property(
        mixed,
        fc.constantFrom('getUserName', 'user', 'snake_case', 'src/a.ts', '好世', 'cafe'),
        (text, search) => {
          fc.pre(finds(`${search} `, text))
          const marker = new Marker(parseSearch(`${search} `).terms)
          expect(marker.snippet(text).some(({ marked }) => marked)).toBe(true)
        },
      ),
    )
  })
})

describe('a snippet', () => {
  it('is where most of the words stand', () => {
    const text = `alpha ${'word '.repeat(200)} alpha beta ${'word '.repeat(200)}`
    const snippet = new Marker(parseSearch('alpha beta ').terms).snippet(text)
    expect(snippet.filter(({ marked }) => marked).map((one) => one.text)).toEqual(['alpha', 'beta'])
    expect(snippet.at(0)?.text).toBe('… ')
  })
})
