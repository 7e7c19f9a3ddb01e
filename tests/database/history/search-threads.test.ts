import { existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import type { SearchIndex } from '@shared/search'
import { createSearch, type Search } from '../../../src/main/history/search/search'
import { bundle } from '../../support/bundle'
import { openTestDatabase, type TestDatabase } from '../../support/database'

let script: URL
let data: TestDatabase
let search: Search
let warnings: string[]
let told: () => void

beforeAll(async () => {
  script = pathToFileURL(await bundle('src/main/history/search/worker.ts', 'search-worker'))
})
beforeEach(async () => {
  data = await openTestDatabase()
  warnings = []
  told = () => undefined
  const add = (sql: string): void => void data.database.commands.$client.exec(sql)
  add(
    `INSERT INTO organizations (id, kind, name, created_at, state) VALUES ('organization_1', 'local', 'Here', 1, 'ok')`,
  )
  add(`INSERT INTO repositories (id, organization_id, name, created_at, last_used_at)
    VALUES ('repo_1', 'organization_1', 'parser', 1, 1)`)
  add(`INSERT INTO tasks (id, organization_id, repository_id, head_repository, branch, title, prompt, created_at, updated_at)
    VALUES ('task_1', 'organization_1', 'repo_1', 'repo_1', 'b', 'A task', '', 1, 1)`)
  add(
    `INSERT INTO sessions (id, task_id, name, agent_id, created_at) VALUES ('session_1', 'task_1', 's', 'claude', 1)`,
  )
  search = begin()
})
afterEach(async () => {
  await search.close()
  await data.close()
})

function begin(): Search {
  return createSearch({
    script,
    directory: data.directory,
    nativeBinding: undefined,
    changed: () => told(),
    log: { warn: (message) => warnings.push(message) },
    reportError(error) {
      throw error
    },
  })
}

function say(index: number, text: string): void {
  data.database.events.$client
    .prepare(
      'INSERT INTO session_events (session_id, first_index, last_index, at, payload) VALUES (?, ?, ?, ?, ?)',
    )
    .run('session_1', index, index, Date.now(), JSON.stringify({ type: 'prompt', text }))
}

function until(wanted: (index: SearchIndex) => boolean): Promise<void> {
  // Threads of the search keep no process alive.
  const alive = setInterval(() => undefined, 1000)
  return new Promise<void>((resolve) => {
    told = () => wanted(search.index()) && resolve()
    told()
  }).finally(() => clearInterval(alive))
}

const ready = (): Promise<void> => until(({ state }) => state === 'ready')

/** Asks until the answer has so many hits. */
async function found(text: string, count: number): Promise<void> {
  while ((await search.find(text, null)).hits.length !== count) await new Promise(setImmediate)
}

it('follows what is stored, and answers on threads of its own', async () => {
  say(0, 'The first words')
  search.start()
  await ready()
  await found('first ', 1)
  say(1, 'The second words')
  await found('words ', 2)
  expect(await search.values('repo', 'par')).toEqual([{ value: 'parser', label: 'parser' }])
  expect(warnings).toEqual([])
})

it('answers before anybody started it, and gives up a question for the next one', async () => {
  for (let index = 0; index < 400; index++) say(index, `ordinary words ${index}`)
  await found('words ', 50)
  const older = search.find('ordinary words ', null)
  const newer = search.find('ordinary ', null)
  // The older one may have been answered before the newer one was asked.
  const outcome = await older.then(
    () => 'answered',
    (error: { kind?: string }) => error.kind,
  )
  expect(['answered', 'cancelled']).toContain(outcome)
  expect((await newer).hits).toHaveLength(50)
})

it('is made anew where its file is no database, and where it was cut', async () => {
  say(0, 'Precious words')
  search.start()
  await ready()
  await search.close()
  const file = join(data.directory, 'derived.db')
  writeFileSync(file, 'This is no database, and it is longer than a header of one would be. '.repeat(20))
  search = begin()
  search.start()
  await ready()
  await found('precious ', 1)
  expect(existsSync(`${file}.damaged`)).toBe(true)
  expect(warnings.join()).toContain('made anew')
  await search.close()
  truncateSync(file, 8192)
  search = begin()
  search.start()
  await ready()
  await found('precious ', 1)
})

it('is made anew when a question finds it damaged', async () => {
  for (let index = 0; index < 200; index++) say(index, `precious words ${index}`)
  search.start()
  await ready()
  await search.close()
  const file = join(data.directory, 'derived.db')
  // The pages behind the list of tables.
  const bytes = readFileSync(file)
  bytes.fill(0xab, 4096 * 3)
  writeFileSync(file, bytes)
  search = begin()
  search.start()
  const outcomes = new Set<string | undefined>()
  for (let hits = 0; hits !== 50;) {
    hits = await search.find('precious ', null).then(
      (page) => page.hits.length,
      (error: { kind?: string }) => {
        outcomes.add(error.kind)
        return 0
      },
    )
  }
  // Who asks before it is there again is told so; nobody is told to restore a backup.
  expect([...outcomes].filter((kind) => kind !== 'conflict')).toEqual([])
  expect(warnings.join()).toContain('made anew')
})

it('is made anew when somebody asks for it', async () => {
  say(0, 'Words to keep')
  search.start()
  await ready()
  search.rebuild()
  expect(search.index().state).toBe('building')
  await ready()
  await found('keep ', 1)
})

it('does not answer any more once it is closed', async () => {
  search.start()
  await ready()
  await search.close()
  await expect(search.find('words ', null)).rejects.toMatchObject({ kind: 'cancelled' })
})
