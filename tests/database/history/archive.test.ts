import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'
import { getTableConfig } from 'drizzle-orm/sqlite-core'
import * as fc from 'fast-check'
import { afterEach, beforeEach, expect, it } from 'vitest'
import * as auditTables from '../../../src/main/audit-log/tables'
import * as githubTables from '../../../src/main/github/tables'
import { exportArchive } from '../../../src/main/history/export/archive'
import { notArchived } from '../../../src/main/history/export/archive-rows'
import { importArchive, previewArchive } from '../../../src/main/history/import/archive-import'
import { jsonColumns, wordColumns } from '../../../src/main/history/import/row-check'
import { createTransfers } from '../../../src/main/history/transfer/transfer'
import * as organizationTables from '../../../src/main/organization/tables'
import * as repositoryTables from '../../../src/main/repository/tables'
import * as sessionTables from '../../../src/main/session/tables'
import * as taskTables from '../../../src/main/task/tables'
import * as userTables from '../../../src/main/user/tables'
import { FoundryError } from '../../../src/shared/errors'
import { type ArchiveTable, archiveTables } from '../../../src/shared/export-format'
import { bundle } from '../../support/bundle'
import { openTestDatabase, type TestDatabase } from '../../support/database'
import {
  addUser,
  contentOf,
  contextOf,
  idOf,
  insert,
  organizationRows,
  packedIn,
  packPlace,
  type Rows,
  USER,
} from '../../support/transfer'

let from: TestDatabase
let to: TestDatabase
const ORGANIZATION = idOf('org', 1)
const LOCAL = idOf('org', 500)
const place = { userId: idOf('user', 2), localOrganizationId: LOCAL, now: 99 }

async function emptyApp(): Promise<TestDatabase> {
  const data = await openTestDatabase()
  addUser(data.database, place.userId)
  insert(data.database, [
    ['organizations', { id: LOCAL, kind: 'local', name: 'This computer', created_at: 1 }],
  ])
  return data
}

beforeEach(async () => {
  from = await openTestDatabase()
  addUser(from.database, USER)
  to = await emptyApp()
})
afterEach(async () => {
  await from.close()
  await to.close()
})

const archivePath = (): string => join(from.directory, 'acme.foundry')

async function pack(mask = false, organizationId = ORGANIZATION): Promise<string> {
  const request = { organizationId, mask, path: archivePath(), now: 7, appVersion: '1.0.0' }
  await exportArchive(from.database.commands.$client, request, contextOf(from.database))
  return archivePath()
}

const unpack = (target = to) =>
  importArchive(target.database.commands.$client, archivePath(), place, contextOf(target.database))

const snakeCase = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** What is there without the organization of this computer. */
function contentWithoutLocal(data: TestDatabase): Record<string, string[]> {
  const content = contentOf(data.database)
  return { ...content, organizations: (content['organizations'] ?? []).filter((row) => !row.includes(LOCAL)) }
}

const simple: Rows = [
  [
    'organizations',
    {
      id: ORGANIZATION,
      kind: 'organization',
      name: 'Acme',
      created_at: 5,
      host: 'github.com',
      github_id: '77',
      login: 'acme',
    },
  ],
  [
    'repositories',
    {
      id: idOf('repo', 1),
      organization_id: ORGANIZATION,
      name: 'parser',
      created_at: 1,
      last_used_at: 1,
      local_path: '/home/me/parser',
      github_id: '900',
      permission_policy: '{"rules":[]}',
      scripts_trusted: 'abc',
    },
  ],
  [
    'tasks',
    {
      id: idOf('task', 1),
      organization_id: ORGANIZATION,
      repository_id: idOf('repo', 1),
      head_repository: idOf('repo', 1),
      branch: 'fix',
      title: 'Fix it',
      prompt: 'Fix',
      materialized_at: 2,
      created_at: 2,
      updated_at: 3,
    },
  ],
  [
    'sessions',
    {
      id: idOf('session', 1),
      task_id: idOf('task', 1),
      name: 'First',
      agent_id: 'claude',
      options: '{}',
      created_at: 2,
    },
  ],
  [
    'turns',
    {
      id: idOf('turn', 1),
      session_id: idOf('session', 1),
      task_id: idOf('task', 1),
      prompt: 'Fix',
      started_at: 2,
      ended_at: 3,
      stop_reason: 'end_turn',
    },
  ],
  ...[0, 1, 2].map((index): Rows[number] => [
    'session_events',
    {
      session_id: idOf('session', 1),
      first_index: index,
      last_index: index,
      turn_id: idOf('turn', 1),
      at: 2,
      payload: JSON.stringify({ type: 'prompt', text: `Words ${index}` }),
    },
  ]),
]

it('comes back row by row, and a second import changes nothing', async () => {
  // Invariant: what is in an organization is what is there after an export and an import into an empty app.
  await fc.assert(
    fc.asyncProperty(organizationRows, async (rows) => {
      const source = await openTestDatabase()
      const target = await emptyApp()
      try {
        addUser(source.database, USER)
        insert(source.database, rows)
        const path = join(source.directory, 'a.foundry')
        const request = { organizationId: ORGANIZATION, mask: false, path, now: 7, appVersion: '1' }
        await exportArchive(source.database.commands.$client, request, contextOf(source.database))
        const client = target.database.commands.$client
        const first = await importArchive(client, path, place, contextOf(target.database))
        expect(contentWithoutLocal(target)).toEqual(contentOf(source.database))
        expect(packedIn(target.database)).toEqual(packedIn(source.database))
        expect(first).toMatchObject({ kind: 'imported', conflictCount: 0, unknown: {}, leftOut: [] })
        const before = contentOf(target.database)
        const again = await importArchive(client, path, place, contextOf(target.database))
        expect(again).toMatchObject({ added: {}, kept: {}, leftOut: [], conflictCount: 0 })
        expect(contentOf(target.database)).toEqual(before)
      } finally {
        await source.close()
        await target.close()
      }
    }),
    { numRuns: 8 },
  )
})

it('leaves out where things lie, whose tokens read them, and what was allowed to run', async () => {
  insert(from.database, [
    [
      'accounts',
      {
        id: idOf('account', 1),
        host: 'github.com',
        api_url: 'x',
        github_id: '5',
        login: 'ada-the-account',
        source: 'pasted',
        created_at: 1,
        checked_at: 1,
      },
    ],
    ...simple,
  ])
  from.database.commands.$client.prepare('UPDATE organizations SET account_id = ?').run(idOf('account', 1))
  const text = gunzipSync(readFileSync(await pack())).toString()
  expect(text).not.toMatch(/ada-the-account|account_0|\/home\/me|permission_policy|scripts_trusted/)
  expect(text).toContain('Words 2')
})

it('shows what it would bring before it does', async () => {
  insert(from.database, simple)
  await pack()
  const look = () =>
    previewArchive(to.database.commands.$client, archivePath(), place, contextOf(to.database))
  const before = contentOf(to.database)
  expect(await look()).toMatchObject({
    organization: 'acme',
    into: null,
    tasks: 1,
    events: 3,
    newTasks: ['Fix it'],
    added: { organizations: 1, repositories: 1, tasks: 1, sessions: 1, turns: 1, session_events: 3 },
    same: {},
  })
  expect(contentOf(to.database)).toEqual(before)
  await unpack()
  expect(await look()).toMatchObject({ into: 'Acme', added: {}, newTasks: [], kept: {} })
})

it('finds the same repository and branch under other ids, and puts sessions to the task that has the branch', async () => {
  insert(from.database, simple)
  await pack()
  const [org, repo, task] = [idOf('org', 40), idOf('repo', 40), idOf('task', 40)]
  insert(to.database, [
    [
      'organizations',
      {
        id: org,
        kind: 'organization',
        name: 'Acme',
        created_at: 5,
        host: 'github.com',
        github_id: '77',
        login: 'acme',
      },
    ],
    [
      'repositories',
      {
        id: repo,
        organization_id: org,
        name: 'parser',
        created_at: 1,
        last_used_at: 1,
        github_id: '900',
        local_path: '/here',
      },
    ],
    [
      'tasks',
      {
        id: task,
        organization_id: org,
        repository_id: repo,
        head_repository: repo,
        branch: 'fix',
        title: 'Of the pull request',
        prompt: '',
        created_at: 2,
        updated_at: 3,
      },
    ],
  ])
  const report = await unpack()
  expect(report).toMatchObject({ organizationId: org, conflictCount: 1 })
  const client = to.database.commands.$client
  expect(client.prepare('SELECT id, title, prompt, materialized_at FROM tasks').all()).toEqual([
    // It is worked on since, and still called what it was here.
    { id: task, title: 'Of the pull request', prompt: 'Fix', materialized_at: 2 },
  ])
  expect(client.prepare('SELECT task_id FROM sessions').pluck().all()).toEqual([task])
  expect(client.prepare('SELECT local_path FROM repositories').pluck().all()).toEqual(['/here'])
  expect(await unpack()).toMatchObject({ added: {} })
})

it('keeps both where a session went on here and there', async () => {
  insert(from.database, simple)
  await pack()
  await unpack()
  const add = (data: TestDatabase, text: string): void =>
    insert(data.database, [
      [
        'session_events',
        {
          session_id: idOf('session', 1),
          first_index: 3,
          last_index: 3,
          turn_id: idOf('turn', 1),
          at: 4,
          payload: JSON.stringify({ type: 'prompt', text }),
        },
      ],
    ])
  add(from, 'There')
  add(to, 'Here')
  await pack()
  const report = await unpack()
  expect(report).toMatchObject({ added: { sessions: 1, turns: 1, session_events: 4 } })
  const client = to.database.commands.$client
  const texts = client
    .prepare(
      `SELECT s.name, e.payload FROM session_events e JOIN sessions s ON s.id = e.session_id WHERE e.first_index = 3`,
    )
    .all()
  expect(texts).toEqual(
    expect.arrayContaining([
      { name: 'First', payload: '{"type":"prompt","text":"Here"}' },
      { name: 'First (imported)', payload: '{"type":"prompt","text":"There"}' },
    ]),
  )
  expect(await unpack()).toMatchObject({ added: {} })
  expect(client.pragma('foreign_key_check')).toEqual([])
})

it('never changes what is here', async () => {
  insert(from.database, simple)
  await pack()
  await unpack()
  const client = to.database.commands.$client
  client.exec(`UPDATE tasks SET title = 'Renamed here', updated_at = 50; UPDATE sessions SET name = 'Mine'`)
  const before = contentOf(to.database)
  expect(await unpack()).toMatchObject({ added: {}, kept: { tasks: 1, sessions: 1 } })
  expect(contentOf(to.database)).toEqual(before)
})

/** More of the session than fits into one write. */
const long = (from: number, until: number): Rows =>
  Array.from({ length: until - from }, (_, nth): Rows[number] => [
    'session_events',
    {
      session_id: idOf('session', 1),
      first_index: from + nth,
      last_index: from + nth,
      turn_id: null,
      at: 3,
      payload: JSON.stringify({ type: 'prompt', text: `Long ${nth}` }),
    },
  ])

it('leaves nothing of a task that came half, and goes on at the next time', async () => {
  insert(from.database, [...simple, ...long(3, 300)])
  await pack()
  const before = contentOf(to.database)
  let writes = 0
  const context = contextOf(to.database)
  const cut = importArchive(to.database.commands.$client, archivePath(), place, {
    ...context,
    async step() {
      if (writes > 0) throw new FoundryError('cancelled', 'Stopped.')
    },
    async write(all) {
      writes += 1
      return context.write(all)
    },
  })
  await expect(cut).rejects.toMatchObject({ kind: 'cancelled' })
  const client = to.database.commands.$client
  expect(client.prepare('SELECT count(*) FROM tasks').pluck().get()).toBe(0)
  expect(client.prepare('SELECT count(*) FROM session_events').pluck().get()).toBe(0)
  expect(contentOf(to.database)['sessions']).toEqual(before['sessions'])
  await unpack()
  expect(contentWithoutLocal(to)).toEqual(contentOf(from.database))
})

/** An import that is killed at a write: nothing of it is taken back. */
async function killedAt(write: number, fresh: boolean): Promise<void> {
  const context = contextOf(to.database)
  let writes = 0
  const killed = importArchive(to.database.commands.$client, archivePath(), place, {
    ...context,
    async write(all) {
      writes += 1
      if (writes >= write) throw new Error('killed')
      return context.write(all)
    },
  })
  await expect(killed).rejects.toThrow('killed')
  const tasks = to.database.commands.$client.prepare('SELECT count(*) FROM tasks').pluck().get()
  expect(tasks).toBe(fresh ? 0 : 1)
}

it.each([2, 3, 4, 5])('goes on after it was killed at write %d, as if it had not been', async (write) => {
  insert(from.database, [...simple, ...long(3, 250)])
  await pack()
  await killedAt(write, true)
  expect(await unpack()).toMatchObject({ conflictCount: 0, leftOut: [] })
  expect(contentWithoutLocal(to)).toEqual(contentOf(from.database))
})

/** A second session of the task, which the one here does not know. */
const second: Rows = [
  [
    'sessions',
    {
      id: idOf('session', 2),
      task_id: idOf('task', 1),
      name: 'Second',
      agent_id: 'codex',
      options: '{}',
      created_at: 8,
    },
  ],
  [
    'turns',
    {
      id: idOf('turn', 2),
      session_id: idOf('session', 2),
      task_id: idOf('task', 1),
      prompt: 'x',
      started_at: 8,
      ended_at: 9,
      stop_reason: 'end_turn',
    },
  ],
  ...Array.from({ length: 200 }, (_, index): Rows[number] => [
    'session_events',
    {
      session_id: idOf('session', 2),
      first_index: index,
      last_index: index,
      turn_id: idOf('turn', 2),
      at: 9,
      payload: JSON.stringify({ type: 'prompt', text: `More ${index}` }),
    },
  ]),
]

it('takes a half session back out of a task that stays, and goes on after it was killed there', async () => {
  insert(from.database, simple)
  await pack()
  await unpack()
  const before = contentOf(to.database)
  insert(from.database, second)
  await pack()
  const context = contextOf(to.database)
  let writes = 0
  const stopped = importArchive(to.database.commands.$client, archivePath(), place, {
    ...context,
    async step() {
      if (writes > 1) throw new FoundryError('cancelled', 'Stopped.')
    },
    async write(all) {
      writes += 1
      return context.write(all)
    },
  })
  await expect(stopped).rejects.toMatchObject({ kind: 'cancelled' })
  expect(contentOf(to.database)).toEqual(before)
  await killedAt(2, false)
  await unpack()
  expect(contentWithoutLocal(to)).toEqual(contentOf(from.database))
})

it.each<[string, (text: string) => string, string]>([
  ['of a newer version', (text) => text.replace('"version":1', '"version":2'), 'unsupported'],
  ['whose end is missing', (text) => text.slice(0, text.indexOf('\n{"end"') + 1), 'invalid_input'],
  ['that was changed', (text) => text.replace('Words 1', 'Words 7'), 'invalid_input'],
  ['that is something else', () => '{"hello":1}\n', 'invalid_input'],
  ['that is empty', () => '', 'invalid_input'],
])('refuses an archive %s, and changes nothing before', async (_what, change, kind) => {
  insert(from.database, simple)
  await pack()
  const before = contentOf(to.database)
  writeFileSync(archivePath(), gzipSync(change(gunzipSync(readFileSync(archivePath())).toString())))
  await expect(unpack()).rejects.toMatchObject({ kind })
  expect(contentOf(to.database)).toEqual(before)
})

it('refuses what is no archive at all', async () => {
  writeFileSync(archivePath(), 'These are words.')
  await expect(unpack()).rejects.toMatchObject({ kind: 'invalid_input' })
  await expect(
    importArchive(to.database.commands.$client, join(from.directory, 'none'), place, contextOf(to.database)),
  ).rejects.toMatchObject({ kind: 'not_found' })
})

/** Writes lines as an archive that says of itself that it is whole. */
function seal(body: readonly string[]): void {
  const text = `${body.join('\n')}\n`
  const sha256 = createHash('sha256').update(text).digest('hex')
  writeFileSync(
    archivePath(),
    gzipSync(`${text}${JSON.stringify({ end: { counts: {}, sha256, secrets: [] } })}\n`),
  )
}

it('takes no row that this app could not have written', async () => {
  insert(from.database, simple)
  await pack()
  const lines = gunzipSync(readFileSync(archivePath())).toString().split('\n').slice(0, -2)
  const session = { task_id: idOf('task', 1), name: 'x', agent_id: 'x', options: '{}', created_at: 1 }
  const event = { first_index: 0, last_index: 0, turn_id: null, at: 1, payload: '{}' }
  const bad: [string, Record<string, unknown>][] = [
    ['sessions', { ...session, id: idOf('session', 8), options: 'no JSON' }],
    ['session_events', { ...event, session_id: idOf('session', 8) }],
    ['sessions', { ...session, id: idOf('session', 9), created_at: 'yesterday' }],
    ['sessions', { ...session, id: idOf('session', 9), name: null }],
    ['session_events', { ...event, session_id: idOf('session', 1), first_index: 99.5 }],
    ['checkpoints', { id: idOf('checkpoint', 1), task_id: idOf('task', 1), diff_encoding: 'magic' }],
  ]
  seal([...lines, ...bad.map(([t, r]) => JSON.stringify({ t, r }))])
  expect(await unpack()).toMatchObject({
    leftOut: [
      '3 rows of sessions that cannot be read',
      '1 rows of session_events that belong to nothing here',
      '1 rows of session_events that cannot be read',
      '1 rows of checkpoints that cannot be read',
    ],
  })
  expect(contentWithoutLocal(to)).toEqual(contentOf(from.database))
})

it.each([
  ['is missing', (line: string) => line.replace('"t":"organizations"', '"t":"others"')],
  ['is of no kind', (line: string) => line.replace('"kind":"organization"', '"kind":"empire"')],
])('refuses an archive whose organization %s', async (_what, change) => {
  insert(from.database, simple)
  await pack()
  const before = contentOf(to.database)
  const [head = '', ...lines] = gunzipSync(readFileSync(archivePath())).toString().split('\n').slice(0, -2)
  seal([head, ...lines.map(change)])
  await expect(unpack()).rejects.toMatchObject({ kind: 'invalid_input' })
  expect(contentOf(to.database)).toEqual(before)
})

const tables = Object.values({
  ...auditTables,
  ...githubTables,
  ...organizationTables,
  ...repositoryTables,
  ...sessionTables,
  ...taskTables,
  ...userTables,
}).map((table) => getTableConfig(table))

it('holds every table, or says why not', () => {
  const all = from.database.commands.$client
    .prepare<[], string>(`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`)
    .pluck()
    .all()
  // Of a table that is new: put it into archiveTables and its rows into archive-rows, or name the reason why it stays.
  expect([...archiveTables, ...Object.keys(notArchived)].toSorted()).toEqual(all.toSorted())
})

it('knows the columns in which only JSON, or only some words, may stand', () => {
  const json: Record<string, string[]> = {}
  const words: Record<string, Record<string, string[]>> = {}
  for (const { name, columns } of tables) {
    if (!archiveTables.includes(name as ArchiveTable)) continue
    for (const column of columns) {
      const column_name = snakeCase(column.name)
      if (column.dataType === 'json' && column.columnType === 'SQLiteTextJson')
        (json[name] ??= []).push(column_name)
      if (column.enumValues !== undefined) (words[name] ??= {})[column_name] = column.enumValues
    }
  }
  expect(jsonColumns).toEqual(json)
  expect(wordColumns).toEqual(words)
})

it('passes by what a later version adds, and what is hostile', async () => {
  insert(from.database, simple)
  await pack()
  const lines = gunzipSync(readFileSync(archivePath())).toString().split('\n')
  const at = lines.findIndex((line) => line.startsWith('{"t":"tasks"'))
  const evil = {
    id: '../../evil',
    organization_id: ORGANIZATION,
    repository_id: idOf('repo', 1),
    head_repository: idOf('repo', 1),
    branch: '--upload-pack=x',
    title: 'Evil',
    prompt: '',
    created_at: 1,
    updated_at: 1,
  }
  lines.splice(
    at,
    0,
    JSON.stringify({ t: 'moods', r: { a: 1 } }),
    JSON.stringify({ t: 'constructor', r: {} }),
    JSON.stringify({ t: 'tasks', r: evil }),
  )
  const changed = lines.map((line) =>
    line.includes('"t":"repositories"')
      ? line.replace(
          '"origin_url":null',
          '"origin_url":"ext::sh -c evil","mood":"good","permission_policy":"{}"',
        )
      : line,
  )
  seal(changed.slice(0, -2))
  const report = await unpack()
  expect(report).toMatchObject({
    unknown: { moods: 1, constructor: 1, 'repositories.mood': 1 },
    leftOut: ['1 tasks that cannot be read'],
  })
  const client = to.database.commands.$client
  expect(client.prepare('SELECT origin_url, permission_policy FROM repositories').all()).toEqual([
    { origin_url: null, permission_policy: null },
  ])
  expect(client.prepare('SELECT title FROM tasks').pluck().all()).toEqual(['Fix it'])
})

it('masks secrets where that is wanted, over rows of one message too', async () => {
  const secret = ['gh', 'p_', 'aZ3kQ9xT7bLm2PwR5vYc8NdF4gHj6SuE1iKo'].join('')
  const chunk = (index: number, text: string): Rows[number] => [
    'session_events',
    {
      session_id: idOf('session', 1),
      first_index: index,
      last_index: index,
      turn_id: idOf('turn', 1),
      at: 2,
      payload: JSON.stringify({
        type: 'update',
        update: { sessionUpdate: 'agent_message_chunk', content: { type: 'text', text } },
      }),
    },
  ]
  insert(from.database, [
    ...simple,
    chunk(3, `It is ${secret.slice(0, 12)}`),
    chunk(4, `${secret.slice(12)}, keep it`),
  ])
  const report = await exportArchive(
    from.database.commands.$client,
    { organizationId: ORGANIZATION, mask: true, path: archivePath(), now: 7, appVersion: '1' },
    contextOf(from.database),
  )
  expect(report).toMatchObject({ secrets: [{ kind: 'github-token', count: 1 }] })
  const text = gunzipSync(readFileSync(archivePath())).toString()
  expect(text).not.toContain(secret.slice(0, 12))
  expect(text).not.toContain(secret.slice(12))
  await unpack()
  const payloads = to.database.commands.$client
    .prepare('SELECT payload FROM session_events WHERE first_index >= 3 ORDER BY first_index')
    .pluck()
    .all()
  expect(payloads.join()).toContain('It is [masked github-token #1]')
  expect(payloads.join()).toContain(', keep it')
})

it('works on a thread, and leaves no file when it is stopped', async () => {
  insert(from.database, simple)
  const script = pathToFileURL(await bundle('src/main/history/transfer/worker.ts', 'transfer-worker'))
  const run = (data: TestDatabase) =>
    createTransfers({
      script,
      directory: data.directory,
      nativeBinding: undefined,
      database: data.database,
      packs: packPlace(data.database),
    })
  const order = {
    type: 'archive',
    organizationId: ORGANIZATION,
    mask: false,
    path: archivePath(),
    now: 7,
    appVersion: '1',
  } as const
  const options = { signal: new AbortController().signal, progress: () => undefined }
  expect(await run(from).run(order, options)).toMatchObject({ kind: 'exported', tasks: 1, events: 3 })
  const touched: string[] = []
  await run(to).run(
    { type: 'import', path: archivePath(), ...place },
    { ...options, touched: ({ tasks }) => touched.push(...tasks.keys()) },
  )
  expect(touched).toEqual([idOf('task', 1)])
  expect(contentWithoutLocal(to)).toEqual(contentOf(from.database))
  insert(from.database, long(3, 8000))
  const stopped = new AbortController()
  const cut = run(from).run(
    { ...order, path: join(from.directory, 'cut.foundry') },
    { signal: stopped.signal, progress: () => stopped.abort() },
  )
  await expect(cut).rejects.toThrow(/./)
  expect((await readdir(from.directory)).filter((name) => name.includes('cut'))).toEqual([])
})
