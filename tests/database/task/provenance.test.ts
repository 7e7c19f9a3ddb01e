import { rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import type { SessionId, TaskId, TurnId } from '../../../src/shared/ids'
import type { LineOrigin } from '../../../src/shared/provenance'
import { createTaskChanges } from '../../../src/main/task/changes'
import { createCheckpointStore } from '../../../src/main/task/checkpoints'
import type { Edit, Span } from '../../../src/main/task/provenance/attribution'
import { createTaskProvenance, type LineRequest } from '../../../src/main/task/provenance/provenance'
import { createRecording } from '../../../src/main/task/recording'
import { createSerial } from '../../../src/main/task/serial'
import { openTestDatabase } from '../../support/database'
import { createRepository, createWorld, failure, sandboxGit } from '../git/world'

const taskId: TaskId = 'task_00000000-0000-4000-8000-000000000001'
const sessionOf = (nth: number): SessionId => `session_00000000-0000-4000-8000-00000000000${nth}`
const turnOf = (nth: number): TurnId => `turn_00000000-0000-4000-8000-00000000000${nth}`

async function createTask(files: Record<string, string> = { 'a.txt': 'one\ntwo\nthree\n' }) {
  const test = await openTestDatabase()
  onTestFinished(() => test.close())
  const world = await createWorld()
  const repo = await createRepository(world, 'repo', files)
  const base = await world.run(repo, 'rev-parse', 'HEAD')
  let last = 0
  // Times as they are: what was touched before a turn is told by the times of files.
  const now = () => (last = Math.max(last + 1, Date.now()))
  const store = createCheckpointStore(test.database, now)
  const git = sandboxGit(world, repo)
  const serial = createSerial()
  const spans: Span[] = []
  const edits = new Map<TurnId, Edit[]>()
  const state = { gone: false }
  const problems: unknown[] = []
  const look: Parameters<typeof createTaskProvenance>[0]['look'] = async (_taskId, run) => {
    if (state.gone) throw new Error('There is no checkout to look at')
    return run(git, { baseCommit: base })
  }
  const recording = createRecording({
    checkpoints: store,
    serial,
    schedule: () => () => {},
    now,
    withGit: look,
    baseOf: () => base,
    runningTurns: () => spans.filter(({ endedAt }) => endedAt === null).length,
    reportError: (error) => problems.push(error),
  })
  const provenance = createTaskProvenance({
    checkpoints: store,
    look,
    isReady: () => !state.gone,
    spans: () => spans,
    author: (id) => ({
      sessionName: `session of ${id}`,
      agentId: 'claude',
      modelId: 'm',
      prompt: `prompt of ${id}`,
    }),
    edits: async ({ id }) => edits.get(id) ?? [],
    cwd: () => repo,
    unsureNow: () => recording.beforeTurn.unsure(taskId),
  })
  const changes = createTaskChanges({
    isReady: () => true,
    baseOf: () => null,
    checkpoints: store,
    serial,
    look,
    work: look,
    record: recording.ofFiles,
    isWorking: () => false,
    promptsOf: () => new Map(),
    audit: () => {},
    changed: async () => undefined,
  })
  const spanOf = (nth: number) => {
    const span = spans.find(({ id }) => id === turnOf(nth))
    if (span === undefined) throw new Error(`There is no turn ${nth}`)
    return span
  }
  const write = (path: string, ...lines: string[]) =>
    world.write(join(repo, path), lines.map((one) => `${one}\n`).join(''))
  return {
    world,
    repo,
    base,
    store,
    state,
    changes,
    provenance,
    recording,
    problems,
    spans,
    write,
    /** The files are as old as a person's are who then goes to type a prompt. */
    async rest() {
      const mark = join(repo, '.git', 'mark')
      const touch = async () => {
        await writeFile(mark, '')
        return (await stat(mark)).ctimeMs
      }
      const start = await touch()
      while ((await touch()) < start + 40);
    },
    /** With the look that is taken then. */
    async begin(nth: number, session = nth) {
      spans.push({ id: turnOf(nth), sessionId: sessionOf(session), startedAt: now(), endedAt: null })
      recording.beforeTurn.began(taskId)
      recording.beforeTurn.toolBegan(taskId)
      await serial(taskId, async () => {})
    },
    async end(nth: number) {
      const span = spanOf(nth)
      span.endedAt = now()
      return recording.ofTurn(taskId, span.sessionId, span.id)
    },
    edit(nth: number, toolCallId: string, path: string, text: Edit['text']) {
      const list = edits.get(turnOf(nth)) ?? []
      edits.set(turnOf(nth), [
        ...list,
        { toolCallId, title: `Edit ${path}`, row: list.length, path: join(repo, path), text },
      ])
    },
    async told(request: Partial<LineRequest> & { to: number }): Promise<string[]> {
      const origins = await provenance.lines(taskId, {
        comparison: 'base',
        path: 'a.txt',
        oldPath: null,
        side: 'new',
        from: 1,
        calls: true,
        ...request,
      })
      return origins.map(say)
    },
  }
}

/** An origin in short: which lines, what it is, which turns with which calls. */
function say({ from, to, kind, turns, maybeByHand }: LineOrigin): string {
  const who = turns.map(({ nth, calls }) => {
    const by = calls.map(({ toolCallId, evidence }) => (evidence === 'edit' ? toolCallId : `(${toolCallId})`))
    return `${nth}${by.length === 0 ? '' : `:${by.join('+')}`}`
  })
  return [`${from}-${to}`, kind, ...who, ...(maybeByHand ? ['or by hand'] : [])].join(' ')
}

it('tells turn, tool call, hand and base apart, also once it is committed, and when the checkout is gone', async () => {
  const task = await createTask()
  await task.begin(1)
  await task.write('a.txt', 'one', 'by edit', 'two', 'by command', 'three')
  task.edit(1, 'call_1', 'a.txt', { old: 'one\n', new: 'one\nby edit\n' })
  await task.end(1)
  await task.world.run(task.repo, 'commit', '--quiet', '--all', '-m', 'Committed')

  await task.write('a.txt', 'one', 'by edit', 'two', 'by command', 'three', 'by hand')
  await task.rest()
  await task.begin(2)
  await task.write('a.txt', 'one', 'by edit', 'two', 'by command', 'three', 'by hand', 'second')
  const second = await task.end(2)
  await task.write('a.txt', 'since', 'one', 'by edit', 'two', 'by command', 'three', 'by hand', 'second')

  expect(await task.told({ to: 8 })).toEqual([
    '1-1 outside',
    '2-2 before',
    '3-3 turn 1:call_1',
    '4-4 before',
    '5-5 turn 1',
    '6-6 before',
    '7-7 outside',
    '8-8 turn 2',
  ])
  expect(task.problems).toEqual([])
  task.state.gone = true
  const { id } = second
  expect(await task.told({ comparison: { from: null, to: id }, from: 5, to: 7 })).toEqual([
    '5-5 before',
    '6-6 outside',
    '7-7 turn 2',
  ])
  const [origin] = await task.provenance.lines(taskId, {
    comparison: { turn: id },
    path: 'a.txt',
    oldPath: null,
    side: 'new',
    from: 7,
    to: 7,
    calls: true,
  })
  expect(origin?.turns[0]).toMatchObject({
    turnId: turnOf(2),
    sessionId: sessionOf(2),
    agentId: 'claude',
    modelId: 'm',
    prompt: `prompt of ${turnOf(2)}`,
  })
})

it('says which files nobody looked at before a turn, where the agent was there first', async () => {
  const task = await createTask({ 'a.txt': 'one\n', 'b.txt': 'b\n', 'c.txt': 'c\n' })
  await task.begin(1)
  await task.end(1)
  await task.write('a.txt', 'one', 'by hand')
  await rm(join(task.repo, 'c.txt'))
  await task.rest()
  // The look is taken when the agent has written already.
  task.spans.push({ id: turnOf(2), sessionId: sessionOf(2), startedAt: Date.now(), endedAt: null })
  task.recording.beforeTurn.began(taskId)
  await task.write('b.txt', 'b', 'by the agent')
  await task.end(2)
  expect(task.problems).toEqual([])
  expect(await task.told({ to: 2 })).toEqual(['1-1 before', '2-2 outside'])
  expect(await task.told({ path: 'b.txt', to: 2 })).toEqual(['1-1 before', '2-2 turn 2 or by hand'])
  expect(await task.told({ path: 'c.txt', side: 'old', to: 1 })).toEqual(['1-1 turn 2 or by hand'])
})

it('does not take an old time of a file for an old change', async () => {
  const task = await createTask()
  await task.begin(1)
  await task.end(1)
  task.spans.push({ id: turnOf(2), sessionId: sessionOf(2), startedAt: Date.now(), endedAt: null })
  task.recording.beforeTurn.began(taskId)
  // As an archive is unpacked: the time of the content is another than that of the change.
  await task.write('a.txt', 'one', 'unpacked', 'two', 'three')
  await utimes(join(task.repo, 'a.txt'), 1000, 1000)
  await task.end(2)
  expect(await task.told({ to: 2 })).toEqual(['1-1 before', '2-2 turn 2 or by hand'])
})

it('shows turns that overlap as shared, unless one of them recorded the edit', async () => {
  const task = await createTask()
  await task.begin(1)
  await task.begin(2)
  await task.write('a.txt', 'one', 'anybody', 'two', 'of two', 'three')
  task.edit(2, 'call_2', 'a.txt', { old: 'two\nthree\n', new: 'two\nof two\nthree\n' })
  await task.end(1)
  await task.write('a.txt', 'one', 'anybody', 'two', 'of two', 'three', 'alone')
  await task.end(2)
  expect(await task.told({ to: 6 })).toEqual([
    '1-1 before',
    '2-2 shared 1 2',
    '3-3 before',
    '4-4 turn 2:call_2',
    '5-5 before',
    '6-6 turn 2',
  ])
  expect(await task.provenance.turn(taskId, turnOf(1))).toMatchObject({ written: 2, alive: 2, shared: 2 })
  expect(await task.provenance.turn(taskId, turnOf(2))).toMatchObject({ written: 3, alive: 3, shared: 2 })
})

it('names a tool call that named the file only, and does not take the same line elsewhere for it', async () => {
  const task = await createTask()
  await task.begin(1)
  await task.write('a.txt', 'one', '}', 'two', 'three', 'x', '}', 'y')
  task.edit(1, 'call_far', 'a.txt', { old: 'x\ny\n', new: 'x\n}\ny\n' })
  task.edit(1, 'call_named', 'a.txt', null)
  await task.end(1)
  expect(await task.told({ to: 7 })).toEqual([
    '1-1 before',
    '2-2 turn 1:(call_named)',
    '3-4 before',
    '5-5 turn 1:(call_named)',
    '6-6 turn 1:call_far',
    '7-7 turn 1:(call_named)',
  ])
})

it('follows lines that were discarded and came back to who wrote them, and says who removed others', async () => {
  const task = await createTask()
  await task.begin(1)
  await task.write('a.txt', 'one', 'first', 'three')
  task.edit(1, 'call_1', 'a.txt', { old: 'two', new: 'first' })
  await task.end(1)
  const request = {
    action: 'discard' as const,
    comparison: 'uncommitted' as const,
    part: 'file' as const,
    version: null,
  }
  const { undo } = await task.changes.apply(taskId, { ...request, files: [{ path: 'a.txt', oldPath: null }] })
  expect(await task.told({ to: 3 })).toEqual(['1-3 before'])
  if (undo === null) throw new Error('Nothing to take back')
  await task.changes.undo(taskId, undo)
  expect(await task.told({ to: 3 })).toEqual(['1-1 before', '2-2 turn 1:call_1', '3-3 before'])
  expect(await task.told({ side: 'old', from: 1, to: 3, comparison: 'uncommitted' })).toEqual([
    '1-1 kept',
    '2-2 turn 1:call_1',
    '3-3 kept',
  ])
})

it('finds the lines of a turn that are left, in files that were renamed, changed by others, or removed', async () => {
  const task = await createTask({ 'a.txt': 'one\ntwo\nthree\n', 'gone.txt': 'g\n' })
  await task.begin(1)
  await task.write('a.txt', 'one', 'A', 'B', 'C', 'two', 'three', 'D')
  await task.write('gone.txt', 'g', 'h')
  await task.write('new.txt', 'n1', 'n2')
  await task.end(1)
  expect(await task.provenance.turn(taskId, turnOf(1))).toMatchObject({ written: 7, alive: 7, inFiles: true })
  await rename(join(task.repo, 'a.txt'), join(task.repo, 'b.txt'))
  await rm(join(task.repo, 'gone.txt'))
  await task.begin(2)
  await task.write('b.txt', 'one', 'A', 'C', 'two', 'three', 'D')
  await task.end(2)
  await task.write('new.txt', 'n2')
  const left = await task.provenance.turn(taskId, turnOf(1))
  expect(left).toEqual({
    written: 7,
    alive: 4,
    shared: 0,
    inFiles: true,
    incomplete: false,
    files: [
      {
        path: 'b.txt',
        lines: 3,
        ranges: [
          { from: 2, to: 3 },
          { from: 6, to: 6 },
        ],
      },
      { path: 'new.txt', lines: 1, ranges: [{ from: 1, to: 1 }] },
    ],
  })
  task.state.gone = true
  expect(await task.provenance.turn(taskId, turnOf(1))).toMatchObject({ alive: 5, inFiles: false })
  expect(await failure(task.provenance.turn(taskId, turnOf(9)))).toMatchObject({ kind: 'not_found' })
})

it('says so where the record of a turn was cut', async () => {
  const task = await createTask({ 'a.txt': 'one\n', 'b.txt': 'b\n' })
  await task.begin(1)
  await task.write('a.txt', 'one', 'first')
  await task.end(1)
  const origin = { taskId, sessionId: sessionOf(2), turnId: turnOf(2), reason: 'turn' as const }
  await task.begin(2)
  const commit = task.store.latest(taskId)?.commit ?? ''
  await task.store.add(origin, {
    commit,
    parent: commit,
    diff: Buffer.from(''),
    diffTruncated: true,
    files: 9,
    added: 9,
    removed: 0,
  })
  const [span] = task.spans.slice(-1)
  if (span !== undefined) span.endedAt = Date.now()
  expect(await task.told({ to: 2 })).toEqual(['1-2 unknown'])
  expect(await task.provenance.turn(taskId, turnOf(1))).toMatchObject({
    written: 1,
    alive: 0,
    incomplete: true,
  })
})
