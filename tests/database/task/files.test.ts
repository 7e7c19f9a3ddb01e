import { createReach } from '../../../src/main/task/reach'
import { nothingKept } from '../../support/packs'
import { execFile } from 'node:child_process'
import {
  chmod,
  mkdir,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  unlink,
  watch,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { CheckpointId, TaskId, TurnId } from '../../../src/shared/ids'
import { MOST_FILE_BYTES, PLACES_A_PAGE } from '../../../src/shared/file-limits'
import type { FileContent, FoundPlace, SearchRequest } from '../../../src/shared/files'
import { createLocalCheckoutGit } from '../../../src/main/sandbox/git/local-git'
import type { CheckoutGit } from '../../../src/main/sandbox/git/types'
import { createTaskChanges } from '../../../src/main/task/changes'
import { createCheckpointStore } from '../../../src/main/task/checkpoints'
import { createTaskFiles } from '../../../src/main/task/files/files'
import { takeCheckpoint } from '../../../src/main/task/git/checkpoint'
import { createSerial } from '../../../src/main/task/serial'
import { openTestDatabase } from '../../support/database'
import { createRepository, createWorld, failure, sandboxGit } from '../git/world'

const execute = promisify(execFile)
const taskId: TaskId = 'task_00000000-0000-4000-8000-000000000001'
const text = (content: string) => new TextEncoder().encode(content)

async function createTask(
  files: Record<string, string | Uint8Array> = { 'a.txt': 'one\n', 'src/b.ts': 'b\n' },
) {
  const test = await openTestDatabase()
  onTestFinished(() => test.close())
  const world = await createWorld()
  const repo = await createRepository(world, 'repo', files)
  const base = await world.run(repo, 'rev-parse', 'HEAD')
  let time = 1000
  const now = () => (time += 20_000)
  const store = createCheckpointStore(test.database, now)
  const sandbox = sandboxGit(world, repo)
  const beside = createLocalCheckoutGit(world.git, repo)
  const state = { gone: false, stored: null as CheckoutGit | null, git: sandbox }
  const edited: string[] = []
  const serial = createSerial()
  const take = async (reason: 'turn' | 'before_overwrite', turnId: string | null) =>
    store.add(
      { taskId, sessionId: null, turnId: turnId as TurnId | null, reason },
      await takeCheckpoint(sandbox, {
        sessionId: taskId,
        turnId: turnId ?? `${reason}-${now()}`,
        parent: store.latest(taskId)?.commit ?? base,
      }),
    )
  const look = async <Value>(_taskId: TaskId, run: (git: CheckoutGit) => Promise<Value>) => {
    if (state.gone) return run(createLocalCheckoutGit(world.git, join(world.root, 'nowhere')))
    return run(state.git)
  }
  const reach = createReach({ look, store: async () => state.stored })
  const changes = createTaskChanges({
    baseOf: () => null,
    checkpoints: store,
    serial,
    reach,
    pack: nothingKept,
    isArchived: () => false,
    look: (id, run) => look(id, (git) => run(git, { baseCommit: base })),
    work: (id, run) => look(id, (git) => run(git, { baseCommit: base })),
    record: async () => null,
    isWorking: () => false,
    promptsOf: () => new Map(),
    audit: () => undefined,
    changed: async () => undefined,
  })
  const taskFiles = createTaskFiles({
    checkpoints: store,
    recorded: (id, at) => changes.recorded(id, at),
    serial,
    now,
    look,
    work: look,
    reach,
    pack: nothingKept,
    record: () => take('before_overwrite', null),
    edited: (_taskId, path) => edited.push(path),
  })
  const write = (path: string, content: string | Uint8Array, version: string | null, overwrites = false) =>
    taskFiles.write(taskId, {
      path,
      bytes: typeof content === 'string' ? text(content) : content,
      version,
      overwrites,
    })
  return {
    world,
    repo,
    state,
    sandbox,
    beside,
    edited,
    store,
    files: taskFiles,
    write,
    endTurn: (id: string) => take('turn', id),
    read: (path: string, at: CheckpointId | null = null) => taskFiles.read(taskId, at, path, null),
    put: (path: string, content: string | Uint8Array) => world.write(join(repo, path), content),
  }
}

function versionIn(content: FileContent): string {
  if (content.kind !== 'file') throw new Error(`It is ${content.kind}, and no file`)
  return content.version
}

describe.each(['sandbox', 'beside'] as const)('files as they are, looked at %s', (way) => {
  it('tells what is at a path, whatever that is', async () => {
    const task = await createTask({ 'a.txt': 'one\n', 'src/b.ts': 'b\n', 'tool.sh': '#!/bin/sh\n' })
    task.state.git = task[way]
    const { repo, read } = task
    await chmod(join(repo, 'tool.sh'), 0o755)
    await chmod(join(repo, 'src/b.ts'), 0o444)
    await symlink('../a.txt', join(repo, 'src/link'))
    await symlink('/etc/passwd', join(repo, 'out'))
    await symlink('..', join(repo, 'up'))
    await symlink('src', join(repo, 'in'))
    await symlink('.git', join(repo, 'git'))
    await symlink('gone', join(repo, 'dangling'))
    await task.world.run(repo, 'init', '-q', 'inner')
    await writeFile(join(repo, 'huge.bin'), Buffer.alloc(MOST_FILE_BYTES + 1))
    const weird = '-n \n "x" $(touch pwned) `y` \\.txt'
    await writeFile(join(repo, weird), 'weird\n')

    expect(await read('a.txt')).toMatchObject({
      kind: 'file',
      bytes: text('one\n'),
      executable: false,
      writable: true,
    })
    expect(await read('tool.sh')).toMatchObject({ kind: 'file', executable: true })
    expect(await read(weird)).toMatchObject({ kind: 'file', bytes: text('weird\n') })
    expect(await read('in/b.ts')).toMatchObject({ kind: 'file', bytes: text('b\n') })
    expect(await read('src')).toEqual({ kind: 'folder' })
    expect(await read('inner')).toEqual({ kind: 'submodule', commit: null })
    expect(await read('src/link')).toEqual({ kind: 'link', target: '../a.txt', leadsTo: 'a.txt' })
    expect(await read('out')).toEqual({ kind: 'link', target: '/etc/passwd', leadsTo: null })
    expect(await read('dangling')).toEqual({ kind: 'link', target: 'gone', leadsTo: 'gone' })
    expect(await read('up/home/.gitconfig')).toEqual({ kind: 'outside' })
    expect(await read('git/config')).toEqual({ kind: 'outside' })
    expect(await read('huge.bin')).toEqual({ kind: 'large', size: MOST_FILE_BYTES + 1 })
    expect(await read('nothing/here.txt')).toEqual({ kind: 'missing' })
    expect(await read('a.txt/x')).toEqual({ kind: 'missing' })
    for (const path of [
      '../repo/a.txt',
      '/etc/passwd',
      'src/../a.txt',
      '.git/config',
      'x/.GIT/y',
      'a//b',
      '',
    ])
      expect(await failure(Promise.resolve().then(() => read(path)))).toMatchObject({
        kind: 'invalid_input',
      })
    await expect(stat(join(repo, 'pwned'))).rejects.toThrow('ENOENT')
    const version = versionIn(await read('a.txt'))
    expect(await task.files.read(taskId, null, 'a.txt', version)).toEqual({ kind: 'same' })
  })

  it('lists a folder, whatever its names are', async () => {
    const task = await createTask({ 'a.txt': 'one\n', 'src/b.ts': 'b\n', '.gitignore': 'dist\n*.log\n' })
    task.state.git = task[way]
    const { repo, put } = task
    await put('dist/out.js', '')
    await put('x.log', '')
    await put('item10', '')
    await put('item9', '')
    await put('new\nline -x', '')
    await symlink('a.txt', join(repo, 'link'))
    await task.world.run(repo, 'init', '-q', 'inner')
    const listed = await task.files.folder(taskId, null, '')
    expect(listed.cut).toBe(false)
    expect(
      listed.entries.map(({ name, kind, ignored }) => `${name} ${kind}${ignored ? ' ignored' : ''}`),
    ).toEqual([
      'dist folder ignored',
      'inner submodule',
      'src folder',
      '.gitignore file',
      'a.txt file',
      'item9 file',
      'item10 file',
      'link link',
      'new\nline -x file',
      'x.log file ignored',
    ])
    expect((await task.files.folder(taskId, null, 'src')).entries).toEqual([
      { name: 'b.ts', kind: 'file', ignored: false },
    ])
    expect(await failure(task.files.folder(taskId, null, 'none'))).toMatchObject({ kind: 'not_found' })
    await symlink('..', join(repo, 'up'))
    expect(await failure(task.files.folder(taskId, null, 'up'))).toMatchObject({ kind: 'invalid_input' })
  })
})

it('shows files of a turn from the checkout, from the store, and from what was recorded', async () => {
  const task = await createTask({
    'a.txt': 'one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\n',
    'src/b.ts': 'b\n',
  })
  const { repo, put, files, read, world } = task
  await put('a.txt', 'one\ntwo\nthree\nfour\nFIVE\nsix\nseven\neight\nnine\n')
  await put('src/new.ts', 'new\nfile')
  await symlink('../a.txt', join(repo, 'src/link'))
  const { id: at } = await task.endTurn('turn_1')
  await put('a.txt', 'later\n')
  await rm(join(repo, 'src'), { recursive: true })

  const seen = async () => ({
    a: await read('a.txt', at),
    link: await read('src/link', at),
    none: await read('none', at),
    folder: (await files.folder(taskId, at, 'src')).entries.map(({ name, kind }) => `${name} ${kind}`),
    found: (await files.find(taskId, 'new', { at, folders: false, most: 50 })).paths,
  })
  const whole = {
    a: {
      kind: 'file',
      bytes: text('one\ntwo\nthree\nfour\nFIVE\nsix\nseven\neight\nnine\n'),
      writable: false,
    },
    link: { kind: 'link', target: '../a.txt', leadsTo: 'a.txt' },
    none: { kind: 'missing' },
    folder: ['b.ts file', 'link link', 'new.ts file'],
    found: ['src/new.ts'],
  }
  expect(await seen()).toMatchObject(whole)
  const request: SearchRequest = {
    words: 'FIVE',
    regex: false,
    matchCase: true,
    wholeWords: false,
    ignored: false,
    include: [],
    exclude: [],
  }
  const search = () => files.search(taskId, { at, searchId: '1', request, from: 0 })
  expect((await search()).places).toMatchObject([{ path: 'a.txt', line: 5, text: 'FIVE', marks: [[0, 4]] }])

  // The checkout is gone; its store still holds the commit.
  const store = join(world.root, 'store.git')
  await world.run(world.root, 'init', '-q', '--bare', store)
  await world.run(store, 'fetch', '-q', repo, '+refs/*:refs/foundry/task/*')
  task.state.gone = true
  task.state.stored = createLocalCheckoutGit(world.git, store)
  expect(await seen()).toMatchObject(whole)
  expect((await search()).places).toHaveLength(1)

  // So is the store: what the turn changed is all that is known.
  task.state.stored = null
  expect(await read('a.txt', at)).toEqual({
    kind: 'parts',
    whole: false,
    parts: [{ first: 2, lines: ['two', 'three', 'four', 'FIVE', 'six', 'seven', 'eight'] }],
  })
  expect(await read('src/new.ts', at)).toEqual({
    kind: 'parts',
    whole: true,
    parts: [{ first: 1, lines: ['new', 'file'] }],
  })
  expect(await files.folder(taskId, at, '')).toEqual({
    cut: false,
    partial: true,
    entries: [
      { name: 'src', kind: 'folder', ignored: false },
      { name: 'a.txt', kind: 'file', ignored: false },
    ],
  })
  expect(await failure(search())).toMatchObject({ kind: 'not_found' })
  expect(await failure(read('a.txt'))).toMatchObject({ kind: 'not_found' })
})

describe('writing', () => {
  it('writes what still is what was read, and keeps what the file may be used for', async () => {
    const { repo, read, write, edited, put } = await createTask()
    await chmod(join(repo, 'a.txt'), 0o751)
    const version = versionIn(await read('a.txt'))
    const written = await write('a.txt', 'two\r\nno end', version)
    expect(written).toEqual({ outcome: 'written', version: versionIn(await read('a.txt')) })
    expect(await readFile(join(repo, 'a.txt'), 'utf8')).toBe('two\r\nno end')
    expect((await stat(join(repo, 'a.txt'))).mode & 0o777).toBe(0o751)
    expect(edited).toEqual(['a.txt'])
    const name = ' -rf * "x" $(touch pwned)\n.txt'
    await put(name, 'x')
    expect(await write(name, 'y', versionIn(await read(name)))).toMatchObject({ outcome: 'written' })
    expect(await readFile(join(repo, name), 'utf8')).toBe('y')
    await expect(stat(join(repo, 'pwned'))).rejects.toThrow('ENOENT')
  })

  it('leaves alone what is another file by now, in whatever way', async () => {
    const { repo, read, write, put, edited } = await createTask()
    const version = versionIn(await read('a.txt'))
    await put('a.txt', 'theirs\n')
    expect(await write('a.txt', 'mine\n', version)).toMatchObject({
      outcome: 'conflict',
      current: { kind: 'file', bytes: text('theirs\n') },
    })
    expect(await readFile(join(repo, 'a.txt'), 'utf8')).toBe('theirs\n')
    expect(await write('a.txt', 'mine\n', null)).toMatchObject({ outcome: 'conflict' })
    await unlink(join(repo, 'a.txt'))
    expect(await write('a.txt', 'mine\n', version)).toEqual({
      outcome: 'conflict',
      current: { kind: 'missing' },
    })
    await symlink('src/b.ts', join(repo, 'a.txt'))
    expect(await write('a.txt', 'mine\n', version)).toMatchObject({
      outcome: 'conflict',
      current: { kind: 'link' },
    })
    expect(await readlink(join(repo, 'a.txt'))).toBe('src/b.ts')
    expect(await readFile(join(repo, 'src/b.ts'), 'utf8')).toBe('b\n')
    await unlink(join(repo, 'a.txt'))
    await mkdir(join(repo, 'a.txt'))
    expect(await write('a.txt', 'mine\n', version)).toEqual({
      outcome: 'conflict',
      current: { kind: 'folder' },
    })
    expect(edited).toEqual([])
  })

  it('never leaves the checkout, nor writes into what git keeps of it', async () => {
    const { world, repo, write } = await createTask()
    await symlink(world.home, join(repo, 'home'))
    await symlink('.git', join(repo, 'git'))
    expect(await write('home/new.txt', 'x', null)).toEqual({
      outcome: 'conflict',
      current: { kind: 'outside' },
    })
    expect(await write('git/hooks/pre-commit', 'x', null)).toEqual({
      outcome: 'conflict',
      current: { kind: 'outside' },
    })
    expect(await failure(write('.git/config', 'x', null))).toMatchObject({ kind: 'invalid_input' })
    await expect(stat(join(world.home, 'new.txt'))).rejects.toThrow('ENOENT')
  })

  it.skipIf(process.getuid?.() === 0)('refuses where it may not write', async () => {
    const { repo, read, write } = await createTask()
    await chmod(join(repo, 'a.txt'), 0o444)
    expect(await failure(write('a.txt', 'x', versionIn(await read('a.txt'))))).toMatchObject({
      kind: 'read_only',
    })
  })

  it('makes a file again that was deleted, and secures what it overwrites', async () => {
    const { repo, read, write, store, put } = await createTask()
    expect(await write('src/new.ts', 'new\n', null)).toMatchObject({ outcome: 'written' })
    expect(await readFile(join(repo, 'src/new.ts'), 'utf8')).toBe('new\n')
    expect(await failure(write('none/new.ts', 'new\n', null))).toMatchObject({ kind: 'not_found' })
    await put('src/b.ts', 'theirs\n')
    await write('src/b.ts', 'mine\n', versionIn(await read('src/b.ts')), true)
    const [checkpoint] = store.page(taskId, null, 1)
    expect(checkpoint).toMatchObject({ reason: 'before_overwrite' })
    if (checkpoint === undefined) throw new Error('Nothing was secured')
    expect(await read('src/b.ts', checkpoint.id)).toMatchObject({ bytes: text('theirs\n') })
  })

  it('gives back any bytes that were not edited', async () => {
    const { repo, read, write } = await createTask()
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        const before = versionIn(await read('a.txt'))
        await write('a.txt', bytes, before)
        expect(new Uint8Array(await readFile(join(repo, 'a.txt')))).toEqual(bytes)
      }),
      { numRuns: 15 },
    )
  })
})

describe('searching', () => {
  const plain: SearchRequest = {
    words: '',
    regex: false,
    matchCase: false,
    wholeWords: false,
    ignored: false,
    include: [],
    exclude: [],
  }
  async function createSearch(content: Record<string, string | Uint8Array>) {
    const task = await createTask({ '.gitignore': 'ignored\n', ...content })
    const search = (request: Partial<SearchRequest>, from = 0) =>
      task.files.search(taskId, { at: null, searchId: 'one', request: { ...plain, ...request }, from })
    const places = async (request: Partial<SearchRequest>) =>
      (await search(request)).places.map(({ path, line }) => `${path}:${line}`)
    return { ...task, search, places }
  }

  it('finds words as they are, words alone, in one case, by expression, and by path', async () => {
    const { places, search, put } = await createSearch({
      'src/a.ts': 'const needle = 1\n// Needles\nneedle (1)\n',
      'src/deep/b.js': 'NEEDLE\r\n',
      'docs/Ü.md': 'Straße ÄNDERN\n',
      'binary.bin': Buffer.from('needle\0'),
    })
    await put('new file.ts', 'a needle\n')
    await put('ignored/c.ts', 'needle\n')
    await put('line\nend.ts', 'other words\n')
    expect(await places({ words: 'needle' })).toEqual([
      'new file.ts:1',
      'src/a.ts:1',
      'src/a.ts:2',
      'src/a.ts:3',
      'src/deep/b.js:1',
    ])
    expect(await places({ words: 'needle', matchCase: true, wholeWords: true })).toEqual([
      'new file.ts:1',
      'src/a.ts:1',
      'src/a.ts:3',
    ])
    expect(await places({ words: 'needle (1)' })).toEqual(['src/a.ts:3'])
    expect(await places({ words: String.raw`needle\s\(\d`, regex: true })).toEqual(['src/a.ts:3'])
    expect(await places({ words: '-e needle' })).toEqual([])
    expect(await places({ words: 'needle', include: ['*.ts'], exclude: ['new*'] })).toEqual([
      'src/a.ts:1',
      'src/a.ts:2',
      'src/a.ts:3',
    ])
    expect(await places({ words: 'needle', include: ['deep'] })).toEqual(['src/deep/b.js:1'])
    expect(await places({ words: 'needle', include: ['/deep'] })).toEqual([])
    expect(await places({ words: 'needle', exclude: ['src/', '*.ts'] })).toEqual([])
    expect(await places({ words: 'needle', ignored: true, include: ['ignored'] })).toEqual(['ignored/c.ts:1'])
    expect(await places({ words: 'other words' })).toEqual(['line\nend.ts:1'])
    expect(await places({ words: 'ändern' })).toEqual(['docs/Ü.md:1'])
    expect(await places({ words: 'nothing of that' })).toEqual([])
    expect((await search({ words: 'needle', include: ['b.js'] })).places).toEqual([
      { path: 'src/deep/b.js', line: 1, text: 'NEEDLE', marks: [[0, 6]], before: 0, cut: false },
    ])
    expect(await failure(search({ words: '(', regex: true }))).toMatchObject({ kind: 'invalid_input' })
  })

  it('marks every place of a line, and shows of a long one what is around the first', async () => {
    const { search } = await createSearch({
      'a.txt': 'x one one x\n',
      'min.js': `${'a'.repeat(400_000)}one${'b'.repeat(400_000)}\n`,
      'end.txt': 'one',
    })
    const { places, next } = await search({ words: 'one' })
    expect(next).toBeNull()
    const [a, end, min] = places
    expect(a?.marks).toEqual([
      [2, 5],
      [6, 9],
    ])
    expect(end).toMatchObject({ text: 'one', cut: false })
    expect(min?.before).toBe(400_000 - 60)
    expect(min?.text.slice(...(min.marks[0] ?? []))).toBe('one')
    expect(min?.cut).toBe(true)
    expect(min?.text.length).toBe(400)
  })

  it('hands out pages that together are all there is, once', async () => {
    const line = (number: number) => `needle ${number}\n`
    const lines = Array.from({ length: PLACES_A_PAGE * 2 + 40 }, (_, number) => line(number))
    const { search } = await createSearch({
      'a.txt': lines.slice(0, 300).join(''),
      'b.txt': lines.slice(300).join(''),
    })
    const found: string[] = []
    let from: number | null = 0
    let pages = 0
    while (from !== null) {
      const page: Awaited<ReturnType<typeof search>> = await search({ words: 'needle' }, from)
      found.push(...page.places.map(({ text: shown }) => `${shown}\n`))
      from = page.next
      pages += 1
    }
    expect(pages).toBe(3)
    expect(found).toEqual(lines)
  })

  it('goes on behind lines that are longer than a page', async () => {
    const { search } = await createSearch({
      'a.js': `needle ${'x'.repeat(1_400_000)}\n`,
      'b.txt': 'needle\n',
    })
    const first = await search({ words: 'needle' })
    expect(first.places).toMatchObject([{ path: 'a.js', line: 1, cut: true }])
    const second = await search({ words: 'needle' }, first.next ?? Number.NaN)
    expect(second).toMatchObject({ places: [{ path: 'b.txt', line: 1 }], next: null })
  })

  /** Does something else where git is to search. */
  async function searchWith({ world, repo, state }: Awaited<ReturnType<typeof createTask>>, instead: string) {
    const bin = join(world.root, 'bin')
    const git = (await execute('sh', ['-c', 'command -v git'])).stdout.trim()
    await world.write(
      join(bin, 'git'),
      `#!/bin/sh\ncase " $* " in *" grep "*) ${instead} ;; esac\nexec ${git} "$@"\n`,
    )
    await chmod(join(bin, 'git'), 0o755)
    state.git = sandboxGit(world, repo, { PATH: `${bin}:${world.environment['PATH'] ?? ''}` })
  }

  it('tells what it has found while it goes on, and all of it with its page', async () => {
    const task = await createTask()
    const { world, files } = task
    const gate = join(world.root, 'gate')
    await execute('mkfifo', [gate])
    const found = (path: string, line: number) => `printf '${path}\\000${line}\\000a needle\\n'`
    await searchWith(
      task,
      `${found('a.ts', 1)}; ${found('a.ts', 7)}; printf 'b.ts\\000'; read -r _ <'${gate}'; printf '2\\000a needle\\n'; exit 0`,
    )
    let ended = false
    const page = files
      .search(taskId, { at: null, searchId: 'early', request: { ...plain, words: 'needle' }, from: 0 })
      .finally(() => {
        ended = true
      })
    const early: FoundPlace[] = []
    // However git's writes fall into batches.
    while (early.length < 2) {
      const batch = await files.found('early', early.length)
      expect(batch).toMatchObject({ ended: false })
      early.push(...batch.places)
    }
    expect(early).toMatchObject([
      { path: 'a.ts', line: 1, text: 'a needle' },
      { path: 'a.ts', line: 7 },
    ])
    expect(ended).toBe(false)
    const second = files.found('early', 2)
    await writeFile(gate, 'go on\n')
    expect((await page).places).toEqual([...early, expect.objectContaining({ path: 'b.ts', line: 2 })])
    // Whoever waits for more is told that there is no more to wait for.
    expect(await second).toMatchObject({ ended: true })
    expect(await files.found('early', 0)).toEqual({ places: [], ended: true })
  })

  it('tells what it has found where git has to be asked in another way', async () => {
    const task = await createTask()
    const { world, files } = task
    const gate = join(world.root, 'gate')
    await execute('mkfifo', [gate])
    const refused = `echo 'fatal: not compiled with USE_LIBPCRE' >&2; exit 128`
    await searchWith(
      task,
      `case " $* " in *" --perl-regexp "*) ${refused} ;; esac; printf 'a.ts\\0001\\0a needle\\n'; read -r _ <'${gate}'; exit 0`,
    )
    const request = { ...plain, words: 'need.e', regex: true }
    const page = files.search(taskId, { at: null, searchId: 'other', request, from: 0 })
    const { places, ended } = await files.found('other', 0)
    expect({ places, ended }).toMatchObject({ places: [{ path: 'a.ts', line: 1 }], ended: false })
    await writeFile(gate, 'go on\n')
    expect((await page).places).toEqual(places)
  })

  it('tells nothing of a search that was stopped beyond what it had found', async () => {
    const task = await createTask()
    const { files } = task
    await searchWith(task, `printf 'a.ts\\0001\\0a needle\\n'; exec sleep 600`)
    const page = failure(
      files.search(taskId, { at: null, searchId: 'half', request: { ...plain, words: 'needle' }, from: 0 }),
    )
    const { places } = await files.found('half', 0)
    expect(places).toMatchObject([{ path: 'a.ts', line: 1 }])
    const more = files.found('half', 1)
    files.stopSearch('half')
    expect(await page).toMatchObject({ kind: 'cancelled' })
    expect(await more).toEqual({ places: [], ended: true })
  })

  it('ends when nobody waits any more, also what it runs', async () => {
    const task = await createTask()
    const { world, repo, state, files } = task
    // A git that would search for ever, and says that it began.
    const began = join(world.root, 'began')
    await searchWith(task, `echo $$ >'${began}'; exec sleep 600`)
    const watcher = watch(world.root)
    const ended = failure(
      files.search(taskId, { at: null, searchId: 'slow', request: { ...plain, words: 'x' }, from: 0 }),
    )
    let pid = 0
    for await (const { filename } of watcher) {
      if (filename !== 'began') continue
      pid = Number(await readFile(began, 'utf8'))
      if (pid > 0) break
    }
    files.stopSearch('slow')
    expect(await ended).toMatchObject({ kind: 'cancelled' })
    expect(() => process.kill(pid, 0)).toThrow('ESRCH')
    expect((await readdir(join(repo, '.git'))).filter((name) => name.startsWith('foundry'))).toEqual([])

    // One that is stopped before it began never begins.
    state.git = sandboxGit(world, repo)
    const never = failure(
      files.search(taskId, { at: null, searchId: 'never', request: { ...plain, words: 'one' }, from: 0 }),
    )
    files.stopSearch('never')
    expect(await never).toMatchObject({ kind: 'cancelled' })
  })
})
