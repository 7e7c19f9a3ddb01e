import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import type { CheckpointId, SessionId, TaskId, TurnId } from '../../../src/shared/ids'
import { createTaskChanges, type TaskChanges } from '../../../src/main/task/changes'
import { createCheckpointStore, type CheckpointOrigin } from '../../../src/main/task/checkpoints'
import { takeCheckpoint } from '../../../src/main/task/git/checkpoint'
import { createSerial } from '../../../src/main/task/serial'
import { openTestDatabase } from '../../support/database'
import { createRepository, createWorld, failure, sandboxGit } from '../git/world'

const taskId: TaskId = 'task_00000000-0000-4000-8000-000000000001'
const otherTask: TaskId = 'task_00000000-0000-4000-8000-000000000002'
const session: SessionId = 'session_00000000-0000-4000-8000-000000000001'

async function createTask() {
  const test = await openTestDatabase()
  onTestFinished(() => test.close())
  const world = await createWorld()
  const repo = await createRepository(world, 'repo', { 'a.txt': 'one\n', 'b.txt': 'b\n' })
  const base = await world.run(repo, 'rev-parse', 'HEAD')
  let time = 1000
  const now = () => (time += 1)
  const store = createCheckpointStore(test.database, now)
  const git = sandboxGit(world, repo)
  const state = { working: false, gone: false }
  const audited: string[] = []
  const take = (origin: CheckpointOrigin) =>
    takeCheckpoint(git, {
      sessionId: origin.sessionId ?? origin.taskId,
      turnId: origin.turnId ?? `${origin.reason}-${now()}`,
      parent: store.latest(taskId)?.commit ?? base,
    })
  const changes: TaskChanges = createTaskChanges({
    isReady: () => true,
    baseOf: () => null,
    checkpoints: store,
    serial: createSerial(),
    look: async (_taskId, run) => {
      if (state.gone) throw new Error('There is no checkout to look at')
      return run(git, { baseCommit: base })
    },
    work: (_taskId, run) => run(git, { baseCommit: base }),
    async record(_taskId, _git, reason) {
      const origin = { taskId, sessionId: null, turnId: null, reason }
      const tree = await take(origin)
      return store.latest(taskId) !== null && tree.files === 0 ? null : store.add(origin, tree)
    },
    isWorking: () => state.working,
    promptsOf: (turnIds) => new Map(turnIds.map((id) => [id, `prompt of ${id}`])),
    audit: (_taskId, kind) => audited.push(kind),
    changed: async () => undefined,
  })
  const endTurn = async (turnId: string) => {
    const origin = { taskId, sessionId: session, turnId: turnId as TurnId, reason: 'turn' as const }
    return store.add(origin, await take(origin))
  }
  return { repo, changes, state, audited, endTurn, world }
}

it('lists turns in pages with their prompts, and shows what each changed when the checkout is gone', async () => {
  const { repo, changes, state, endTurn } = await createTask()
  const ids: CheckpointId[] = []
  for (let turn = 0; turn < 103; turn++) {
    await writeFile(join(repo, 'a.txt'), `turn ${turn}\n`)
    ids.unshift((await endTurn(`turn_${turn}`)).id)
  }
  const first = changes.checkpoints(taskId, null)
  expect(first.more).toBe(true)
  expect(first.entries.map(({ id }) => id)).toEqual(ids.slice(0, 100))
  expect(first.entries[0]).toMatchObject({
    reason: 'turn',
    prompt: 'prompt of turn_102',
    files: 1,
    added: 1,
    removed: 1,
  })
  const rest = changes.checkpoints(taskId, ids[99] ?? null)
  expect(rest).toMatchObject({ more: false })
  expect(rest.entries.map(({ id }) => id)).toEqual(ids.slice(100))

  state.gone = true
  const [newest] = ids
  if (newest === undefined) throw new Error('No turn was recorded')
  expect(await changes.list(taskId, { turn: newest })).toMatchObject({
    total: 1,
    files: [{ path: 'a.txt', kind: 'modified', added: 1, removed: 1 }],
  })
  const [diff] = await changes.diffs(taskId, {
    comparison: { turn: newest },
    files: [{ path: 'a.txt', oldPath: null }],
    ignoreSpace: false,
  })
  expect(diff?.patch).toContain('-turn 101\n+turn 102\n')
  expect(await failure(changes.list(otherTask, { turn: newest }))).toMatchObject({ kind: 'not_found' })
})

it('compares any two turns, the start of the branch and the files as they are', async () => {
  const { repo, changes, endTurn } = await createTask()
  await writeFile(join(repo, 'a.txt'), 'first\n')
  const first = await endTurn('turn_1')
  await writeFile(join(repo, 'new.txt'), 'second\n')
  const second = await endTurn('turn_2')
  await rm(join(repo, 'b.txt'))
  const names = async (from: CheckpointId | null, to: CheckpointId | null) =>
    (await changes.list(taskId, { from, to })).files.map(({ kind, path }) => `${kind} ${path}`)
  expect(await names(null, second.id)).toEqual(['modified a.txt', 'added new.txt'])
  expect(await names(first.id, second.id)).toEqual(['added new.txt'])
  expect(await names(second.id, first.id)).toEqual(['deleted new.txt'])
  expect(await names(second.id, null)).toEqual(['deleted b.txt'])
})

it('restores all files or some, records both states, and takes it back', async () => {
  const { repo, changes, state, audited, endTurn } = await createTask()
  const read = (path: string) => readFile(join(repo, path), 'utf8')
  await writeFile(join(repo, 'a.txt'), 'first\n')
  const first = await endTurn('turn_1')
  await writeFile(join(repo, 'a.txt'), 'second\n')
  await writeFile(join(repo, 'new.txt'), 'new\n')
  await endTurn('turn_2')
  await writeFile(join(repo, 'mine.txt'), 'mine\n')

  state.working = true
  expect(await failure(changes.restore(taskId, first.id, null))).toMatchObject({ kind: 'conflict' })
  state.working = false
  const { undo } = await changes.restore(taskId, first.id, null)
  expect(await read('a.txt')).toBe('first\n')
  await expect(read('mine.txt')).rejects.toThrow('ENOENT')
  expect(changes.checkpoints(taskId, null).entries.map(({ reason }) => reason)).toEqual([
    'restored',
    'before_restore',
    'turn',
    'turn',
  ])
  expect(await failure(changes.undo(otherTask, undo))).toMatchObject({ kind: 'not_found' })
  await changes.undo(taskId, undo)
  expect([await read('a.txt'), await read('new.txt'), await read('mine.txt')]).toEqual([
    'second\n',
    'new\n',
    'mine\n',
  ])
  expect(await failure(changes.undo(taskId, undo))).toMatchObject({ kind: 'not_found' })

  await changes.restore(taskId, first.id, [{ path: 'a.txt', oldPath: null }])
  expect([await read('a.txt'), await read('new.txt')]).toEqual(['first\n', 'new\n'])
  expect(audited).toEqual(['task.files.restored', 'task.files.restored'])
})

it('restores one part of a file to a turn, as the files differ from it, and takes it back', async () => {
  const { repo, changes, endTurn } = await createTask()
  const lines = Array.from({ length: 30 }, (_, number) => `line ${number}\n`)
  const write = (content: readonly string[]) => writeFile(join(repo, 'a.txt'), content.join(''))
  await write(lines)
  const turn = await endTurn('turn_1')
  await write(lines.with(2, 'two\n').with(25, 'twenty-five\n'))
  const comparison = { from: turn.id, to: null }
  const files = [{ path: 'a.txt', oldPath: null }]
  const [diff] = await changes.diffs(taskId, { comparison, files, ignoreSpace: false })
  const request = {
    action: 'discard' as const,
    comparison,
    files,
    part: { hunk: 1 },
    version: diff?.version ?? null,
  }
  const { undo } = await changes.apply(taskId, request)
  expect(await readFile(join(repo, 'a.txt'), 'utf8')).toBe(lines.with(2, 'two\n').join(''))
  await changes.undo(taskId, undo ?? '')
  expect(await readFile(join(repo, 'a.txt'), 'utf8')).toContain('twenty-five')
  expect(await failure(changes.apply(taskId, { ...request, comparison: { turn: turn.id } }))).toMatchObject({
    kind: 'invalid_input',
  })
})

it('discards with a way back, and puts the index back as it was', async () => {
  const { repo, changes, world, audited } = await createTask()
  await writeFile(join(repo, 'a.txt'), 'two\n')
  await writeFile(join(repo, 'new.txt'), 'new\n')
  const files = [
    { path: 'a.txt', oldPath: null },
    { path: 'new.txt', oldPath: null },
  ]
  const whole = { comparison: 'uncommitted' as const, files, part: 'file' as const, version: null }
  const discarded = await changes.apply(taskId, { action: 'discard', ...whole })
  expect(await world.run(repo, 'status', '--porcelain')).toBe('')
  await changes.undo(taskId, discarded.undo ?? '')
  expect(await world.run(repo, 'status', '--porcelain')).toBe(' M a.txt\n?? new.txt'.trimEnd())
  expect(await readFile(join(repo, 'new.txt'), 'utf8')).toBe('new\n')

  const staged = await changes.apply(taskId, { action: 'stage', ...whole })
  expect(await world.run(repo, 'status', '--porcelain')).toBe('M  a.txt\nA  new.txt')
  await changes.undo(taskId, staged.undo ?? '')
  expect(await world.run(repo, 'status', '--porcelain')).toBe(' M a.txt\n?? new.txt')
  expect(audited).toEqual(['task.files.discarded'])
})

it('puts suggested lines in place, takes them back, and waits for no agent', async () => {
  const { repo, changes, state, audited } = await createTask()
  await writeFile(join(repo, 'a.txt'), 'zero\none\n')
  await writeFile(join(repo, 'new.txt'), 'mine\n')
  const request = { path: 'a.txt', line: 1, expected: ['one'], replacement: ['eins', 'zwei'] }
  const { undo, line } = await changes.replace(taskId, request)
  expect(line).toBe(2)
  expect(await readFile(join(repo, 'a.txt'), 'utf8')).toBe('zero\neins\nzwei\n')
  expect(audited).toEqual(['task.suggestion.applied'])
  await writeFile(join(repo, 'new.txt'), 'mine, later\n')
  await changes.undo(taskId, undo)
  expect(await readFile(join(repo, 'a.txt'), 'utf8')).toBe('zero\none\n')
  expect(await readFile(join(repo, 'new.txt'), 'utf8')).toBe('mine, later\n')
  state.working = true
  expect(await failure(changes.replace(taskId, request))).toMatchObject({ kind: 'conflict' })
})
