import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { exportArchive } from '../../../src/main/history/export/archive'
import { importArchive, previewArchive } from '../../../src/main/history/import/archive-import'
import { RowWriter } from '../../../src/main/history/transfer/row-writer'
import { createPackContents } from '../../../src/main/task/packs/contents'
import { FoundryError } from '../../../src/shared/errors'
import type { PackPolicy } from '../../../src/shared/keeping-policy'
import { openTestDatabase, type TestDatabase } from '../../support/database'
import { commit, noise, packRows, pullContent, talkContent, type Thing } from '../../support/pack-rows'
import {
  addUser,
  contentOf,
  contextOf,
  idOf,
  insert,
  packedIn,
  packPlace,
  type Rows,
  USER,
} from '../../support/transfer'

let from: TestDatabase
let to: TestDatabase
const ORGANIZATION = idOf('org', 1)
const LOCAL = idOf('org', 500)
const TASK = idOf('task', 1)
const place = { userId: idOf('user', 2), localOrganizationId: LOCAL, now: 99 }
/** Put together here, so that nothing takes this file for one with a token in it. */
const SECRET = ['gh', 'p_', 'aZ3kQ9xT7bLm2PwR5vYc8NdF4gHj6SuE1iKo'].join('')

const row = (id: string, branch: string, more: Record<string, string | number> = {}): Rows[number] => [
  'tasks',
  {
    id,
    organization_id: ORGANIZATION,
    repository_id: idOf('repo', 1),
    head_repository: idOf('repo', 1),
    branch,
    title: branch,
    prompt: 'Fix',
    materialized_at: 2,
    archived_at: 3,
    created_at: 2,
    updated_at: 3,
    ...more,
  },
]
const parents: Rows = [
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
      github_id: '900',
    },
  ],
]

const file = (path: string, content: Uint8Array, nth = 1): Thing => ({
  kind: 'file',
  state: commit(nth),
  path,
  mode: '100644',
  content,
})

beforeEach(async () => {
  from = await openTestDatabase()
  addUser(from.database, USER)
  insert(from.database, [...parents, row(TASK, 'fix')])
  to = await openTestDatabase()
  addUser(to.database, place.userId)
  insert(to.database, [['organizations', { id: LOCAL, kind: 'local', name: 'This computer', created_at: 1 }]])
})
afterEach(async () => {
  await from.close()
  await to.close()
})

const archivePath = (): string => join(from.directory, 'acme.foundry')
const archiveText = (): string => gunzipSync(readFileSync(archivePath())).toString()

async function pack(mask = false) {
  const request = { organizationId: ORGANIZATION, mask, path: archivePath(), now: 7, appVersion: '1' }
  return exportArchive(from.database.commands.$client, request, contextOf(from.database))
}

function unpack(policy: Partial<PackPolicy> = {}) {
  const writer = new RowWriter(to.database, packPlace(to.database, policy))
  const context = contextOf(to.database, { write: (writes) => writer.write(writes) })
  return importArchive(to.database.commands.$client, archivePath(), place, context)
}
const look = () => previewArchive(to.database.commands.$client, archivePath(), place, contextOf(to.database))

const entriesOf = ({ database }: TestDatabase) =>
  database.commands.$client
    .prepare<[], Record<string, unknown>>('SELECT * FROM pack_entries ORDER BY task_id, kind, state, path')
    .all()
const packsOf = ({ database }: TestDatabase) =>
  database.commands.$client
    .prepare<[], Record<string, unknown>>('SELECT * FROM task_packs ORDER BY task_id')
    .all()

async function contentAt(data: TestDatabase, path: string, nth = 1): Promise<string | null> {
  const hash = data.database.commands.$client
    .prepare<[string, string], string>('SELECT hash FROM pack_entries WHERE path = ? AND state = ?')
    .pluck()
    .get(path, commit(nth))
  const bytes = await createPackContents(data.database).read(hash ?? '')
  return bytes === null ? null : Buffer.from(bytes).toString('latin1')
}

/** Nothing is stored that no entry names, and nothing is named that is not stored. */
function expectWhole(data: TestDatabase): void {
  const column = (sql: string) => data.database.commands.$client.prepare<[], string>(sql).pluck().all()
  const named = column('SELECT DISTINCT hash FROM pack_entries WHERE hash IS NOT NULL ORDER BY 1')
  expect(column('SELECT hash FROM pack_blobs ORDER BY 1')).toEqual(named)
  expect(column('SELECT DISTINCT hash FROM pack_blob_parts ORDER BY 1')).toEqual(named)
}

it('masks secrets in what is kept, each with its tag, and leaves files as they are around them', async () => {
  const other = ['s3cr', 'et-of-the-Gate-91'].join('')
  const things: Thing[] = [
    file('.env', Buffer.from(`# keys\nGITHUB_TOKEN=${SECRET}\n`)),
    file('package.json', Buffer.from(`{ "a":  1,\n"note": "${SECRET}" }\n`)),
    file('old.txt', Buffer.from(`caf\xe9 ${SECRET} \xff`, 'latin1')),
    // What nothing around it tells: it was learned from another text.
    file('plain.txt', Buffer.from(`The word is ${other}.`)),
    file(`notes/${SECRET}.txt`, Buffer.from('x')),
    file('picture.png', Buffer.from([137, 80, 0, 255])),
    {
      kind: 'image',
      state: `https://p.example/?t=${SECRET}`,
      path: '',
      reason: 'other_host',
      detail: `p.example ${SECRET}`,
    },
    { kind: 'pull', state: '', path: '', content: pullContent(`Use "${SECRET}" and PASSWORD=${other}`) },
  ]
  insert(from.database, packRows(TASK, things))
  const hashes = entriesOf(from).flatMap(({ hash }) => (typeof hash === 'string' ? [hash] : []))
  const report = await pack(true)
  const text = archiveText()
  const decoded = text.replaceAll(/\{"b":"([^"]*)"\}/g, (_all, base64: string) =>
    Buffer.from(base64, 'base64').toString('latin1'),
  )
  for (const secret of [SECRET, other, ...hashes]) expect(decoded).not.toContain(secret)
  expect(report).toMatchObject({ secretCount: 2 })
  expect(await unpack()).toMatchObject({ leftOut: [], added: { pack_entries: 8 } })
  const tag = '[masked github-token #1]'
  expect(await contentAt(to, '.env')).toBe(`# keys\nGITHUB_TOKEN=${tag}\n`)
  expect(await contentAt(to, 'package.json')).toBe(`{ "a":  1,\n"note": "${tag}" }\n`)
  expect(await contentAt(to, 'old.txt')).toBe(`caf\xe9 ${tag} \xff`)
  expect(await contentAt(to, 'plain.txt')).toMatch(/^The word is \[masked [a-z-]+ #1\]\.$/)
  expect(await contentAt(to, `notes/${tag}.txt`)).toBe('x')
  expect(await contentAt(to, 'picture.png')).toBe('\x89P\0\xff')
  expect(entriesOf(to)).toContainEqual(
    expect.objectContaining({
      kind: 'image',
      state: `https://p.example/?t=${tag}`,
      detail: `p.example ${tag}`,
    }),
  )
  // Lengths are those of what is there.
  for (const { path, bytes } of entriesOf(to).filter(({ kind }) => kind === 'file'))
    expect((await contentAt(to, String(path)))?.length).toBe(bytes)
  expectWhole(to)
})

it('holds a content once a task, before what names it, and says what could not be read', async () => {
  const [same, broken] = [noise(400_000), noise(900, 3)]
  insert(from.database, [row(idOf('task', 2), 'other')])
  const stored = new Set<string>()
  insert(from.database, [
    ...packRows(TASK, [file('a.bin', same), file('b.bin', same), file('c.bin', broken)], { stored }),
    ...packRows(idOf('task', 2), [file('z.bin', same)], { stored }),
  ])
  const hash = createHash('sha256').update(broken).digest('hex')
  from.database.commands.$client.prepare('DELETE FROM pack_blob_parts WHERE hash = ?').run(hash)
  await pack()
  const lines = archiveText()
    .split('\n')
    .filter((line) => line.includes('"t":"pack_'))
    .map((line) => JSON.parse(line) as { t: string; r: Record<string, unknown> })
  expect(
    lines.map(({ t, r }) => [t, r['n'] ?? r['path'], r['content'] === null ? r['reason'] : null]),
  ).toEqual([
    ['pack_contents', 1, null],
    ['pack_entries', 'a.bin', null],
    ['pack_entries', 'b.bin', null],
    ['pack_entries', 'c.bin', 'unreadable'],
    ['pack_contents', 2, null],
    ['pack_entries', 'z.bin', null],
  ])
  expect(await unpack()).toMatchObject({ leftOut: [], added: { pack_entries: 4, task_packs: 2 } })
  expect(await contentAt(to, 'c.bin')).toBeNull()
  expect(packsOf(to).map((one) => one['left_out'])).toEqual([1, 0])
  expectWhole(to)
})

it.each<[string, Partial<PackPolicy>, string]>([
  ['one task', { taskMegabytes: 1 }, 'task_limit'],
  ['all', { totalMegabytes: 1 }, 'total_limit'],
])('takes no more than packs of %s may, and says so', async (_what, policy, reason) => {
  const long = [1, 2, 3].map((nth) => file(`${nth}.bin`, noise(450_000, nth)))
  insert(from.database, packRows(TASK, [...long, file('short', Buffer.from('short'))]))
  await pack()
  const report = await unpack(policy)
  expect(report).toMatchObject({
    leftOut: ['1 contents of packs that have no room (Settings > Storage says how much there is)'],
    added: { pack_entries: 4 },
  })
  // What came first, and what still fits.
  expect(entriesOf(to).map(({ path, reason: why, bytes }) => [path, why, bytes])).toEqual([
    ['1.bin', null, 450_000],
    ['2.bin', null, 450_000],
    ['3.bin', reason, 450_000],
    ['short', null, 5],
  ])
  expect(packsOf(to)).toEqual([expect.objectContaining({ left_out: 1, kept_at: 9 })])
  expectWhole(to)
  const before = entriesOf(to)
  expect(await unpack(policy)).toMatchObject({
    added: {},
    same: { pack_entries: 3 },
    kept: { pack_entries: 1 },
  })
  expect(entriesOf(to)).toEqual(before)
})

it('never changes what is kept here, adds what is not, and counts anew', async () => {
  insert(
    from.database,
    packRows(TASK, [
      file('a', Buffer.from('there')),
      file('b', Buffer.from('both')),
      file('c', Buffer.from('new')),
    ]),
  )
  insert(to.database, [
    ...parents,
    row(TASK, 'fix'),
    ...packRows(TASK, [file('a', Buffer.from('here')), file('b', Buffer.from('both'))], {
      keptAt: 50,
      run: 49,
    }),
  ])
  await pack()
  expect(await look()).toMatchObject({ added: { pack_entries: 1 }, same: { pack_entries: 1 } })
  expect(await unpack()).toMatchObject({
    added: { pack_entries: 1 },
    same: { pack_entries: 1 },
    kept: { pack_entries: 1, task_packs: 1 },
  })
  expect([await contentAt(to, 'a'), await contentAt(to, 'b'), await contentAt(to, 'c')]).toEqual([
    'here',
    'both',
    'new',
  ])
  expect(packsOf(to)).toEqual([{ task_id: TASK, run: 49, kept_at: 50, bytes: 11, left_out: 0 }])
  expectWhole(to)
})

it('goes to the task that has the branch, and mixes no two conversations', async () => {
  const talk = (page: number, body: string): Thing => ({
    kind: 'reviews',
    state: String(page),
    path: '',
    content: talkContent(body),
  })
  insert(
    from.database,
    packRows(TASK, [file('a', Buffer.from('a')), talk(0, 'There'), talk(1, 'There, more')]),
  )
  const here = idOf('task', 40)
  insert(to.database, [...parents, row(here, 'fix'), ...packRows(here, [talk(0, 'Here')])])
  await pack()
  expect(await unpack()).toMatchObject({ conflictCount: 1, leftOut: [] })
  expect(entriesOf(to).map((one) => [one['task_id'], one['kind'], one['state']])).toEqual([
    [here, 'file', commit(1)],
    [here, 'reviews', '0'],
  ])
  expectWhole(to)
})

it('gives nothing to a task that is being deleted', async () => {
  insert(from.database, packRows(TASK, [file('a', Buffer.from('a'))]))
  insert(to.database, [...parents, row(TASK, 'fix', { deleted_at: 9 })])
  await pack()
  expect(await unpack()).toMatchObject({
    leftOut: [
      '1 rows of task_packs that belong to nothing here',
      '1 rows of pack_entries that belong to nothing here',
    ],
  })
  expect([entriesOf(to), packsOf(to)]).toEqual([[], []])
  expectWhole(to)
})

const many = Array.from({ length: 12 }, (_, nth) => file(`${nth}.bin`, noise(70_000, nth + 1)))

/** An import that ends at a write: stopped by a person, which takes back what is half, or killed. */
async function endsAt(write: number, how: 'stopped' | 'killed'): Promise<void> {
  const context = contextOf(to.database)
  let writes = 0
  const cut = importArchive(to.database.commands.$client, archivePath(), place, {
    ...context,
    async step() {
      if (how === 'stopped' && writes >= write) throw new FoundryError('cancelled', 'Stopped.')
    },
    async write(all) {
      writes += 1
      if (how === 'killed' && writes > write) throw new Error('killed')
      return context.write(all)
    },
  })
  await expect(cut).rejects.toThrow(how === 'stopped' ? 'Stopped.' : 'killed')
}

it.each([2, 5, 9])(
  'leaves nothing of the pack of a new task when it is stopped at write %d',
  async (write) => {
    insert(from.database, packRows(TASK, many))
    await pack()
    await endsAt(write, 'stopped')
    expect([entriesOf(to), packsOf(to), packedIn(to.database)]).toEqual([[], [], [[], []]])
    await unpack()
    expect(packedIn(to.database)).toEqual(packedIn(from.database))
  },
)

it.each([2, 5, 9])('goes on after it was killed at write %d, as if it had not been', async (write) => {
  insert(from.database, packRows(TASK, many))
  await pack()
  await endsAt(write, 'killed')
  expect(entriesOf(to).length).toBeGreaterThan(0)
  expect(packsOf(to)).toEqual([])
  expectWhole(to)
  expect(await unpack()).toMatchObject({ leftOut: [] })
  const { organizations: _own, ...content } = contentOf(to.database)
  expect(contentOf(from.database)).toMatchObject(content)
  expect(packedIn(to.database)).toEqual(packedIn(from.database))
})

it('takes back the pack of a task that is here, and keeps what came to one that had a pack', async () => {
  insert(from.database, packRows(TASK, many))
  await pack()
  insert(to.database, [...parents, row(TASK, 'fix')])
  await endsAt(4, 'stopped')
  expect([entriesOf(to), packedIn(to.database)]).toEqual([[], [[], []]])
  insert(to.database, packRows(TASK, [file('mine', Buffer.from('mine'))]))
  await endsAt(4, 'stopped')
  const contents = createPackContents(to.database)
  expect(entriesOf(to).length).toBeGreaterThan(1)
  expect(packsOf(to)).toEqual([
    expect.objectContaining({ bytes: contents.bytesOf(TASK as `task_${string}`) }),
  ])
  expectWhole(to)
  await unpack()
  expect(entriesOf(to)).toHaveLength(13)
})

/** Writes lines as an archive that says of itself that it is whole. */
function seal(body: readonly string[]): void {
  const text = `${body.join('\n')}\n`
  const sha256 = createHash('sha256').update(text).digest('hex')
  writeFileSync(
    archivePath(),
    gzipSync(`${text}${JSON.stringify({ end: { counts: {}, sha256, secrets: [] } })}\n`, { level: 1 }),
  )
}

it('takes nothing into a pack that this app could not have put there', async () => {
  insert(from.database, packRows(TASK, [file('good', Buffer.from('good'))]))
  await pack()
  const lines = archiveText().split('\n').slice(0, -2)
  const blob = (text: string) => ({ b: Buffer.from(text).toString('base64') })
  const entry = {
    task_id: TASK,
    kind: 'file',
    state: commit(1),
    path: 'a',
    content: 2,
    mode: '100644',
    reason: null,
    detail: null,
    run: 1,
  }
  const bare = { ...entry, content: null, mode: null, bytes: 0 }
  const refused: [string, Record<string, unknown>][] = [
    ['pack_contents', { n: 1, content: blob('again') }],
    ['pack_contents', { n: 2, content: blob('fine') }],
    ['pack_entries', { ...entry, content: 1 }],
    ['pack_entries', { ...entry, content: 7 }],
    ['pack_entries', { ...entry, content: 'x' }],
    ['pack_entries', { ...entry, kind: 'mood' }],
    ['pack_entries', { ...entry, path: '../../etc/passwd' }],
    ['pack_entries', { ...entry, path: 'a/.git/config' }],
    ['pack_entries', { ...entry, path: '/a' }],
    ['pack_entries', { ...entry, path: '' }],
    ['pack_entries', { ...entry, path: 'a\0b' }],
    ['pack_entries', { ...entry, path: 'a'.repeat(70_000) }],
    ['pack_entries', { ...entry, state: 'HEAD' }],
    ['pack_entries', { ...entry, mode: '777' }],
    ['pack_entries', { ...entry, mode: null }],
    ['pack_entries', { ...entry, run: -1 }],
    ['pack_entries', { ...entry, reason: 'too_long' }],
    ['pack_entries', { ...entry, kind: 'cut', path: '', mode: null }],
    ['pack_entries', { ...entry, kind: 'image', path: '', mode: null }],
    // Whoever reads it would take it for what a check said.
    ['pack_entries', { ...entry, kind: 'check', state: '12', path: '', mode: null }],
    ['pack_entries', { ...entry, kind: 'base', state: 'diff', path: '', mode: null, detail: 'x' }],
    ['pack_entries', { ...bare, mode: '100644' }],
    ['pack_entries', { ...bare, reason: 'mood' }],
    ['pack_entries', { ...bare, bytes: -5 }],
    ['pack_entries', { ...bare, bytes: 1.5 }],
    ['pack_entries', { ...bare, kind: 'standing', state: '', path: '' }],
    ['pack_entries', { ...bare, task_id: idOf('task', 9) }],
    ['task_packs', { task_id: TASK, run: 1, kept_at: 2 }],
    ['pack_contents', { n: 3, content: 'no bytes' }],
    ['pack_contents', { n: 4.5, content: blob('x') }],
  ]
  const fine: [string, Record<string, unknown>][] = [
    ['pack_entries', { ...entry, hash: 'f'.repeat(64), bytes: 77 }],
    ['pack_entries', { ...bare, path: 'was-not-there' }],
  ]
  const at = lines.findLastIndex((line) => line.includes('"t":"pack_entries"')) + 1
  lines.splice(
    at,
    0,
    ...[...refused.slice(0, 2), ...fine, ...refused.slice(2)].map(([t, r]) => JSON.stringify({ t, r })),
  )
  seal(lines)
  expect(await unpack()).toMatchObject({
    added: { task_packs: 1, pack_entries: 3 },
    unknown: {},
    leftOut: [
      '3 contents of packs that cannot be read',
      '24 rows of pack_entries that cannot be read',
      '1 rows of pack_entries that belong to nothing here',
      '1 rows of task_packs that belong to nothing here',
    ],
  })
  expect(entriesOf(to).map(({ path, bytes, reason }) => [path, bytes, reason])).toEqual([
    ['a', 4, null],
    ['good', 4, null],
    ['was-not-there', 0, null],
  ])
  expectWhole(to)
})

it('takes no entry without its pack, and no content that is longer than any', async () => {
  insert(from.database, packRows(TASK, [file('good', Buffer.from('good'))]))
  await pack()
  const text = archiveText()
  seal(
    text
      .split('\n')
      .slice(0, -2)
      .filter((line) => !line.includes('"t":"task_packs"')),
  )
  expect(await unpack()).toMatchObject({ leftOut: ['1 rows of pack_entries that belong to nothing here'] })
  expectWhole(to)
  const long = Buffer.alloc(64 * 1024 * 1024 + 1).toString('base64')
  seal(
    text
      .replace(/("t":"pack_contents","r":\{"n":1,"content":\{"b":")[^"]*/, `$1${long}`)
      .split('\n')
      .slice(0, -2),
  )
  expect(await unpack()).toMatchObject({
    leftOut: ['1 contents of packs that cannot be read', '1 rows of pack_entries that cannot be read'],
  })
  expectWhole(to)
})

it('is on its way as far as its contents are', async () => {
  insert(from.database, packRows(TASK, [file('a', noise(1_000_000)), file('b', noise(3_000_000, 2))]))
  const steps: number[] = []
  const request = { organizationId: ORGANIZATION, mask: true, path: archivePath(), now: 7, appVersion: '1' }
  await exportArchive(
    from.database.commands.$client,
    request,
    contextOf(from.database, {
      async step(done) {
        steps.push(done)
      },
    }),
  )
  expect(steps).toEqual(steps.toSorted((one, other) => one - other))
  expect(steps.at(-1)).toBe(1)
  const widest = Math.max(...steps.map((done, nth) => done - (steps[nth - 1] ?? 0)))
  expect(widest).toBeGreaterThan(0.3)
})
