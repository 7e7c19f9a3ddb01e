import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { exportArchive } from '../../../src/main/history/export/archive'
import { importArchive } from '../../../src/main/history/import/archive-import'
import type { ChangeList, CheckpointEntry, FileDiff, FileVersions } from '../../../src/shared/changes'
import type { Job, TaskDetail } from '../../../src/shared/domain'
import type { FileContent, FolderContent } from '../../../src/shared/files'
import type { KeptTalk, Pack } from '../../../src/shared/packs'
import type { CheckDetail } from '../../../src/shared/reviews'
import { addThread, reply, setCheck } from '../../support/github/reviews'
import { say } from '../../support/github/rest-issues'
import { openTestDatabase } from '../../support/database'
import { addUser, contextOf, idOf, insert } from '../../support/transfer'
import { createPublishWorld, type PublishWorld } from './world'

const lines = (from: number, to: number, mark = ''): string =>
  Array.from({ length: to - from }, (_, nth) => `line ${from + nth}${mark}\n`).join('')
const pixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

/** What is kept where nobody set anything. */
const packs = {
  onArchive: true,
  files: true,
  images: true,
  checks: true,
  conversations: true,
  fileKilobytes: 512,
  imageKilobytes: 4096,
  taskMegabytes: 50,
  totalMegabytes: 1000,
}

const text = (bytes: Uint8Array | null | undefined): string | null =>
  bytes == null ? null : Buffer.from(bytes).toString('utf8')

const rowsOf = (world: PublishWorld, sql: string): unknown =>
  world.opened.database.commands.$client.prepare(sql).all()

async function archive(world: PublishWorld, taskId: string): Promise<void> {
  await world.app.call('task.archiveMany', { taskIds: [taskId] })
  await world.app.until<Job>(
    `task:${taskId}`,
    'job',
    ({ kind, state }) => kind === 'task.pack' && state === 'succeeded',
  )
}

/** Neither the checkout nor the store of the repository are there any more, nor does anybody answer. */
async function takeAllAway(world: PublishWorld, taskId: string): Promise<void> {
  await world.app.call('task.prune', { taskIds: [taskId] })
  await world.app.until<TaskDetail>(`task:${taskId}`, 'task', ({ sandbox }) => sandbox === null)
  const kept = "SELECT count(*) AS count FROM jobs WHERE kind = 'task.pack' AND state = 'succeeded'"
  await expect.poll(() => rowsOf(world, kept), { timeout: 30_000 }).toEqual([{ count: 2 }])
  for (const part of ['stores', 'tasks'])
    await rm(join(world.directory, part), { recursive: true, force: true })
  world.github.faults.add(() => true, { kind: 'reset' }, { times: Infinity })
}

/** What the app has put in packs goes through an archive to an empty app as it is. */
async function comesBack(world: PublishWorld): Promise<void> {
  const target = await openTestDatabase()
  onTestFinished(() => target.close())
  const local = idOf('org', 500)
  const user = idOf('user', 2)
  addUser(target.database, user)
  insert(target.database, [['organizations', { id: local, kind: 'local', name: 'Here', created_at: 1 }]])
  const path = join(target.directory, 'a.foundry')
  const { database } = world.opened
  await exportArchive(
    database.commands.$client,
    { organizationId: world.organization.id, mask: false, path, now: 1, appVersion: '1' },
    contextOf(database),
  )
  const report = await importArchive(
    target.database.commands.$client,
    path,
    { userId: user, localOrganizationId: local, now: 2 },
    contextOf(target.database),
  )
  expect(report).toMatchObject({ leftOut: ['1 prompts that waited to be sent'], unknown: {} })
  const stored = [
    'SELECT * FROM task_packs',
    'SELECT * FROM pack_entries ORDER BY task_id, kind, state, path',
    'SELECT * FROM pack_blobs ORDER BY hash',
    'SELECT * FROM pack_blob_parts ORDER BY hash, part',
  ]
  const client = target.database.commands.$client
  expect(stored.map((sql) => client.prepare(sql).all())).toEqual(stored.map((sql) => rowsOf(world, sql)))
}

describe('what is kept of a task for offline reading', () => {
  it('answers for files, pictures, diffs and folders when checkout and store are gone', async () => {
    const world = await createPublishWorld({
      'README.md': '# Engine\n',
      'src/long.txt': lines(1, 400),
      'src/huge.txt': lines(1, 200_000),
    })
    const task = await world.createTask()
    await task.write('src/long.txt', lines(1, 200) + 'changed\n' + lines(201, 400))
    await task.write('src/huge.txt', lines(1, 90_000) + 'changed\n' + lines(90_001, 200_000))
    await task.write('logo.png', pixel.toString('latin1'))
    await archive(world, task.taskId)
    await takeAllAway(world, task.taskId)
    const call = <Value>(operation: string, input: object = {}) =>
      world.app.call<Value>(operation, { taskId: task.taskId, ...input })

    const { entries } = await call<{ entries: CheckpointEntry[] }>('task.checkpoints', { before: null })
    // The newest was taken when the checkout went, and changed nothing.
    const newest = entries[0]?.id
    const at = entries.find(({ files }) => files > 0)?.id
    const turn = { turn: at }
    const long = { path: 'src/long.txt', oldPath: null }
    const versions = await call<FileVersions>('task.fileVersions', { comparison: turn, ...long })
    expect(text(versions.before)).toBe(lines(1, 400))
    expect(text(versions.after)).toContain('line 199\nchanged\nline 201\n')
    // The branch against its base, under both of its names.
    for (const comparison of ['base', { from: null, to: newest }]) {
      const list = await call<ChangeList>('task.changedFiles', { comparison })
      expect(list.files.map(({ path }) => path).toSorted()).toEqual([
        'logo.png',
        'src/huge.txt',
        'src/long.txt',
      ])
      const [diff] = await call<FileDiff[]>('task.fileDiffs', {
        comparison,
        files: [long],
        ignoreSpace: false,
      })
      expect(diff?.patch).toContain('+changed')
      expect(text((await call<FileVersions>('task.fileVersions', { comparison, ...long })).before)).toBe(
        lines(1, 400),
      )
    }
    // What lies between any two recorded states, and before and after it.
    const between = { from: at, to: newest }
    expect((await call<ChangeList>('task.changedFiles', { comparison: between })).files).toEqual([])
    const unchanged = await call<FileVersions>('task.fileVersions', { comparison: between, ...long })
    expect(text(unchanged.before)).toContain('line 199\nchanged\nline 201\n')
    expect(text(unchanged.after)).toBe(text(unchanged.before))
    // Of one that is too long, a hundred lines around each change are in the diff itself, and the rest is said to be missing.
    const huge = { path: 'src/huge.txt', oldPath: null }
    const [wide] = await call<FileDiff[]>('task.fileDiffs', {
      comparison: turn,
      files: [huge],
      ignoreSpace: false,
    })
    expect(wide?.patch).toContain(' line 89920\n')
    await expect(call('task.fileVersions', { comparison: turn, ...huge })).rejects.toMatchObject({
      kind: 'not_found',
      message: expect.stringContaining('longer than files that are kept whole') as string,
    })
    const read = async (path: string, of: string | undefined = at) =>
      (await call<{ content: FileContent }>('files.read', { at: of, path, known: null })).content
    expect(await read('src/huge.txt')).toMatchObject({ kind: 'parts' })
    const whole = await read('src/long.txt')
    expect(whole.kind === 'file' ? text(whole.bytes) : null).toContain('changed\n')
    expect((await read('logo.png')).kind).toBe('file')
    const folder = await call<FolderContent>('files.folder', { at, folder: 'src' })
    expect(folder.entries.map(({ name }) => name)).toEqual(['huge.txt', 'long.txt'])

    const pack = await call<Pack>('packs.read')
    expect(pack.keptAt).not.toBeNull()
    expect(new Set(pack.leftOut.map(({ path, reason }) => `${path} ${reason}`))).toEqual(
      new Set(['src/huge.txt too_long']),
    )

    // An update that reads nothing loses nothing.
    const again = await call<Job>('packs.keep')
    await world.app.until<Job>(
      `task:${task.taskId}`,
      'job',
      ({ id, endedAt }) => id === again.id && endedAt !== null,
    )
    expect(text((await call<FileVersions>('task.fileVersions', { comparison: turn, ...long })).before)).toBe(
      lines(1, 400),
    )

    // Another computer gets the same, and here it is here already.
    await comesBack(world)

    // A checkpoint of another computer came in beside those here: what it has of other files is not guessed.
    const foreign = 'checkpoint_00000000-0000-7000-8000-000000000099'
    const comeIn = (parent: string) =>
      `INSERT OR REPLACE INTO checkpoints (id, task_id, "commit", parent, created_at, files, added, removed, diff, diff_encoding, diff_truncated)
       SELECT '${foreign}', task_id, '${'9'.repeat(40)}', ${parent}, created_at + 1, 0, 0, 0, diff, diff_encoding, 0
       FROM checkpoints WHERE id <> '${foreign}' ORDER BY created_at DESC LIMIT 1`
    const { $client } = world.opened.database.commands
    $client.exec(comeIn('"commit"'))
    expect((await read('src/long.txt', foreign)).kind).toBe('file')
    $client.exec(comeIn(`'${'8'.repeat(40)}'`))
    expect((await read('src/long.txt', foreign)).kind).toBe('missing')
    expect((await read('src/long.txt')).kind).toBe('file')

    expect(await call('task.deletionPlan')).toMatchObject({ packBytes: pack.bytes })
    await call('task.delete', { discard: true })
    await expect
      .poll(() => rowsOf(world, 'SELECT count(*) AS count FROM pack_entries'), { timeout: 30_000 })
      .toEqual([{ count: 0 }])
    expect(rowsOf(world, 'SELECT count(*) AS count FROM pack_blobs')).toEqual([{ count: 0 }])
    // Contents go a part at a time.
    await expect
      .poll(() => rowsOf(world, 'SELECT count(*) AS count FROM pack_blob_parts'), { timeout: 30_000 })
      .toEqual([{ count: 0 }])
  }, 120_000)

  it('names what has no room, and keeps it once there is', async () => {
    const world = await createPublishWorld(undefined, {
      packs: { ...packs, taskMegabytes: 1 },
    })
    const task = await world.createTask()
    for (const nth of [1, 2, 3, 4]) await task.write(`noise-${nth}.bin`, randomBytes(250_000).toString('hex'))
    await archive(world, task.taskId)
    const read = () => world.app.call<Pack>('packs.read', { taskId: task.taskId })
    const first = await read()
    expect(first.bytes).toBeLessThanOrEqual(1024 * 1024)
    expect(first.leftOut.length).toBeGreaterThan(0)
    expect(new Set(first.leftOut.map(({ reason }) => reason))).toEqual(new Set(['task_limit']))
    await world.app.call('app.updateSettings', { packs: { ...packs, taskMegabytes: 50 } })
    const job = await world.app.call<Job>('packs.keep', { taskId: task.taskId })
    await world.app.until<Job>(
      `task:${task.taskId}`,
      'job',
      ({ id, endedAt }) => id === job.id && endedAt !== null,
    )
    expect((await read()).leftOut).toEqual([])

    await world.app.call('packs.remove', { taskId: task.taskId })
    expect(await world.app.call('packs.read', { taskId: task.taskId })).toBeNull()
    expect(rowsOf(world, 'SELECT count(*) AS count FROM pack_blobs')).toEqual([{ count: 0 }])
  }, 120_000)

  it('holds all pages of what was said, and the logs of checks, and says what it does not hold', async () => {
    const world = await createPublishWorld({
      'engine.txt': lines(1, 20),
      'logo.png': pixel.toString('latin1'),
    })
    const { model, engine, ben, octavia, github } = world
    const pull = model.openPullRequest(engine, {
      title: 'Words',
      author: ben,
      headRef: 'words',
      body: 'Look: ![logo](logo.png) and ![far](https://pictures.example.org/a.png)',
    })
    await github.git.folder(engine)
    await world.theirs('words', { 'engine.txt': lines(1, 20, '!') })
    await github.git.folder(engine)
    const first = addThread(model, pull, { author: ben, path: 'engine.txt', line: 1, body: 'First' })
    for (let nth = 0; nth < 45; nth += 1) reply(model, first, octavia, `Reply ${nth}`)
    for (let nth = 0; nth < 60; nth += 1)
      addThread(model, pull, { author: ben, path: 'engine.txt', line: 2, body: `Thread ${nth}` })
    for (let nth = 0; nth < 130; nth += 1) say(model, pull, ben, `Comment ${nth}`)
    const log = Array.from({ length: 3000 }, (_, nth) => `2026-03-01T12:00:00.0000000Z line ${nth}`).join(
      '\n',
    )
    setCheck(model, pull, 'build', {
      conclusion: 'failure',
      title: 'It failed',
      summary: 'Look',
      annotations: [],
      log,
    })
    await world.app.call('organization.sync', { organizationId: world.organization.id })
    const task = await world.startPull(pull.number)
    await archive(world, task.taskId)
    const before = await task.standing()
    github.faults.add(() => true, { kind: 'reset' }, { times: Infinity })

    const standing = await task.standing()
    expect(standing).toMatchObject({ kept: true, mayMerge: false, head: before.head })
    const check = standing.checks.find(({ name }) => name === 'build')
    const detail = await world.app.call<CheckDetail>('task.check', {
      taskId: task.taskId,
      checkId: check?.id ?? 0,
    })
    expect(detail.keptAt).toBeTypeOf('number')
    expect(detail.log?.text.split('\n')).toHaveLength(3000)

    const pages: KeptTalk[] = []
    for (let page: number | null = 0; page !== null; page = pages.at(-1)?.next ?? null)
      pages.push(await world.app.call<KeptTalk>('packs.talk', { taskId: task.taskId, page }))
    expect(pages[0]?.pull?.body).toContain('![logo]')
    expect(pages.flatMap(({ comments }) => comments.map(({ body }) => body))).toEqual(
      Array.from({ length: 130 }, (_, nth) => `Comment ${nth}`),
    )
    const threads = pages.flatMap((page) => page.threads)
    expect(threads).toHaveLength(61)
    expect(threads.find(({ id }) => id === first.nodeId)?.comments).toHaveLength(46)

    const pack = await world.app.call<Pack>('packs.read', { taskId: task.taskId })
    expect(pack.leftOut.map(({ kind, reason, detail: why }) => `${kind} ${reason} ${why}`)).toEqual([
      'image other_host pictures.example.org',
    ])
    expect(rowsOf(world, "SELECT count(*) AS count FROM pack_entries WHERE path = 'logo.png'")).toEqual([
      { count: 1 },
    ])
    await comesBack(world)
  }, 120_000)

  it('is put together without GitHub, says what is missing, and is completed on demand', async () => {
    const world = await createPublishWorld({ 'engine.txt': lines(1, 20) })
    const { model, engine, ben, octavia, github } = world
    const pull = model.openPullRequest(engine, { title: 'Words', author: ben, headRef: 'words' })
    await github.git.folder(engine)
    await world.theirs('words', { 'engine.txt': lines(1, 20, '!') })
    addThread(model, pull, { author: octavia, path: 'engine.txt', line: 1, body: 'First' })
    setCheck(model, pull, 'build', {
      conclusion: 'success',
      title: 'Well',
      summary: '',
      annotations: [],
      log: null,
    })
    await world.app.call('organization.sync', { organizationId: world.organization.id })
    const task = await world.startPull(pull.number)
    const read = () => world.app.call<Pack>('packs.read', { taskId: task.taskId })

    const noNetwork = github.faults.add(() => true, { kind: 'reset' }, { times: Infinity })
    await archive(world, task.taskId)
    const alone = await read()
    expect(alone.keptAt).not.toBeNull()
    expect(alone.leftOut.map(({ kind, reason }) => `${kind} ${reason}`).toSorted()).toEqual([
      'reviews not_told',
      'standing not_told',
    ])

    noNetwork()
    const job = await world.app.call<Job>('packs.keep', { taskId: task.taskId })
    await world.app.until<Job>(
      `task:${task.taskId}`,
      'job',
      ({ id, endedAt }) => id === job.id && endedAt !== null,
    )
    expect((await read()).leftOut).toEqual([])
    expect(
      (await world.app.call<KeptTalk>('packs.talk', { taskId: task.taskId, page: 0 })).threads,
    ).toHaveLength(1)
  }, 60_000)
})
