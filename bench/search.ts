// A million events of two thousand sessions: indexed on its thread against plain FTS5 of the same rows, and searched for
// common, middling and rare words, warm and cold. Questions go through the main thread to the thread that searches.
import { execFile } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import Sqlite from 'better-sqlite3'
import { openConnection } from '../src/main/database/connection'
import { createSearch, type Search } from '../src/main/history/search/search'
import { bundle } from '../tests/support/bundle'
import { openIndex } from '../tests/support/search-index'
import { seededRandom } from '../tests/support/seeded-random'
import { inFolder } from './lib/folder'
import { watchMain } from './lib/main-thread'
import { bench, say } from './lib/report'
import { type SeededSearch, seedSearch } from './lib/seed-search'
import { interleave, median, percentile, ratioOf } from './lib/statistics'

const FULL = { events: 1_000_000, sessions: 2000, queries: 300, cold: 40 }
const QUICK = { events: 60_000, sessions: 2000, queries: 120, cold: 9 }
/** Of the index against plain FTS5: so many rows a round. */
const ROUND = { events: 20_000, sessions: 40 }

/** Who waits for the index of a search. */
const waiting = new Map<Search, () => void>()

await bench('search', async ({ quick }) => {
  const { events, sessions, queries, cold } = quick ? QUICK : FULL
  const script = pathToFileURL(await bundle('src/main/history/search/worker.ts', 'search-worker'))
  say('index speed')
  const speed = await indexSpeed()
  say(`${speed.ratio.toFixed(2)} of plain FTS5, which wrote ${speed.plain.toFixed(0)} rows/s`)
  return inFolder(async (directory) => {
    say(`${events} events of ${sessions} sessions`)
    const seeded = await seedSearch(directory, { events, sessions, keepTexts: 0 })
    const startedAt = performance.now()
    const search = start(script, directory)
    await ready(search)
    const indexMs = performance.now() - startedAt
    say(`indexed in ${(indexMs / 1000).toFixed(0)} s`)
    const bytesPerTextByte = (await sizeOf(directory)) / seeded.textBytes
    const asked = questions(seeded, queries)
    say('warm')
    for (const text of asked) await search.find(text, null)
    const main = watchMain()
    const warm: Measured[] = []
    for (const text of asked) warm.push(await ask(search, text))
    const mainBlockMs = main.stop()
    await search.close()
    describe(warm)
    say('cold')
    const first: Measured[] = []
    for (const text of questions(seeded, cold, 2)) {
      await dropCaches(directory)
      const afresh = start(script, directory)
      await ready(afresh)
      // Following the index has read a little of both files.
      await dropCaches(directory)
      first.push(await ask(afresh, text))
      await afresh.close()
    }
    describe(first)
    const ms = (measured: readonly Measured[], part: number) =>
      percentile(
        measured.map((one) => one.ms),
        part,
      )
    return {
      events,
      p50Ms: ms(warm, 0.5),
      p95Ms: ms(warm, 0.95),
      coldP95Ms: ms(first, 0.95),
      likeMs: likeMs(directory, seeded, quick ? 3 : 5),
      mainBlockMs,
      indexRatio: speed.ratio,
      indexRowsPerSec: events / (indexMs / 1000),
      plainRowsPerSec: speed.plain,
      bytesPerTextByte,
    }
  })
})

interface Measured {
  text: string
  ms: number
  hits: number
}

function start(script: URL, directory: string): Search {
  const search = createSearch({
    script,
    directory,
    nativeBinding: undefined,
    changed: () => waiting.get(search)?.(),
    log: { warn: say },
    reportError(error, what) {
      throw new Error(`${what} failed`, { cause: error })
    },
  })
  search.start()
  return search
}

async function ready(search: Search): Promise<void> {
  if (search.index().state === 'ready') return
  // Its thread keeps no process alive by itself.
  const alive = setInterval(() => undefined, 1000)
  await new Promise<void>((resolve, reject) => {
    waiting.set(search, () => {
      const { state, error } = search.index()
      if (state === 'ready') resolve()
      if (state === 'failed') reject(new Error(error?.message ?? 'The index failed'))
    })
  })
  waiting.delete(search)
  clearInterval(alive)
}

async function ask(search: Search, text: string): Promise<Measured> {
  const startedAt = performance.now()
  const { hits } = await search.find(text, null)
  return { text, ms: performance.now() - startedAt, hits: hits.length }
}

/** A third of each, of one to three words, some with beginnings, some with filters. */
function questions({ words, repositories }: SeededSearch, count: number, seed = 1): string[] {
  const random = seededRandom(seed)
  const pick = <Value>(values: readonly Value[]): Value => {
    const value = values[Math.floor(random() * values.length)]
    if (value === undefined) throw new Error('There is nothing to choose from')
    return value
  }
  const kinds = ['common', 'middling', 'rare'] as const
  const filters = [
    () => `repo:${pick(repositories)}`,
    () => 'agent:codex',
    () => `kind:${pick(['prompt', 'message', 'tool'])}`,
    () => 'is:archived',
    () => 'after:200d',
    () => 'has:error',
  ]
  return Array.from({ length: count }, (_, nth) => {
    const of = words[kinds[nth % 3] ?? 'common']
    const terms = Array.from({ length: 1 + Math.floor(random() * 3) }, () => pick(of))
    const last = terms.at(-1) ?? ''
    if (nth % 5 === 0 && last.length > 4) terms[terms.length - 1] = `${last.slice(0, 4)}*`
    if (nth % 4 === 0) terms.push(pick(filters)())
    return `${terms.join(' ')} `
  })
}

/** Out of the memory of this machine, as after its start. */
async function dropCaches(directory: string): Promise<void> {
  for (const name of ['foundry.db', 'derived.db'])
    await promisify(execFile)('dd', [
      `if=${join(directory, name)}`,
      'iflag=nocache',
      'count=0',
      'status=none',
    ])
}

async function sizeOf(directory: string): Promise<number> {
  let bytes = 0
  for (const name of ['foundry.db', 'derived.db']) {
    const file = join(directory, name)
    const connection = openConnection(file, { synchronous: 'NORMAL' })
    connection.pragma('wal_checkpoint(TRUNCATE)')
    connection.close()
    bytes += (await stat(file)).size
    say(`${name}: ${((await stat(file)).size / 1e6).toFixed(0)} MB`)
  }
  return bytes
}

/** Our index and a plain one of the same rows, in turns. The plain one is given its texts, ours reads its rows. */
async function indexSpeed(): Promise<{ ratio: number; plain: number }> {
  return inFolder(async (directory) => {
    const { texts } = await seedSearch(directory, { ...ROUND, keepTexts: ROUND.events }, 3)
    let round = 0
    const rates = await interleave(5, {
      async ours() {
        const index = openIndex(directory, Date.now, `ours-${(round += 1)}.db`)
        index.connection.pragma('wal_autocheckpoint = 1000')
        const startedAt = performance.now()
        await index.catchUp()
        const ms = performance.now() - startedAt
        index.close()
        return texts.length / (ms / 1000)
      },
      plain() {
        const connection = openConnection(join(directory, `plain-${(round += 1)}.db`), {
          synchronous: 'NORMAL',
        })
        connection.pragma('wal_autocheckpoint = 1000')
        connection.exec('CREATE VIRTUAL TABLE texts USING fts5(text)')
        const add = connection.prepare('INSERT INTO texts (text) VALUES (?)')
        const write = connection.transaction((from: number) => {
          for (const text of texts.slice(from, from + 5000)) add.run(text)
        })
        const startedAt = performance.now()
        for (let from = 0; from < texts.length; from += 5000) write(from)
        const ms = performance.now() - startedAt
        connection.close()
        return texts.length / (ms / 1000)
      },
    })
    return { ratio: ratioOf(rates.ours, rates.plain), plain: median(rates.plain) }
  })
}

/** For reference: all rows that hold two rare words, found by reading all of them. */
function likeMs(directory: string, { words }: SeededSearch, count: number): number {
  const connection = new Sqlite(join(directory, 'foundry.db'), { readonly: true })
  const find = connection.prepare(
    'SELECT session_id, first_index FROM session_events WHERE payload LIKE ? AND payload LIKE ? LIMIT 100',
  )
  const times = Array.from({ length: count }, (_, nth) => {
    const startedAt = performance.now()
    find.all(`%${words.rare[nth * 7] ?? ''}%`, `%${words.rare[nth * 11 + 1] ?? ''}%`)
    return performance.now() - startedAt
  })
  connection.close()
  return median(times)
}

function describe(measured: readonly Measured[]): void {
  for (const { text, ms, hits } of measured.toSorted((a, b) => b.ms - a.ms).slice(0, 6))
    say(`  ${ms.toFixed(1).padStart(7)} ms  ${hits} hits  ${text}`)
}
