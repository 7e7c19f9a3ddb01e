// What many turns cost, and a huge checkout: real git, real files and a real database, without a window. Git runs beside
// the sandbox, as it does while that is not running.
import { appendFile, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { SessionId, TaskId, TurnId } from '@shared/ids'
import { createCheckpointStore } from '../src/main/task/checkpoints'
import { FileWatch } from '../src/main/task/file-watch'
import { takeCheckpoint, takeCheckpointOfBefore } from '../src/main/task/git/checkpoint'
import { readFileDiffs } from '../src/main/task/git/diff'
import { readGitState } from '../src/main/task/git/state'
import type { Span } from '../src/main/task/provenance/attribution'
import { createTaskProvenance } from '../src/main/task/provenance/provenance'
import { createLocalCheckoutGit, createLocalGit } from '../src/main/sandbox/git/local-git'
import { scheduleTimer } from '../src/main/sandbox/schedule'
import { openTestDatabase } from '../tests/support/database'
import { inFolder } from './lib/folder'
import { bench, say } from './lib/report'
import { generateRepository } from './lib/repository'
import { median } from './lib/statistics'

const TASK: TaskId = 'task_00000000-0000-4000-8000-000000000001'
const SESSION: SessionId = 'session_00000000-0000-4000-8000-000000000001'
const localGit = createLocalGit()

await bench('turns', async ({ quick }) => ({
  ...(await inFolder((folder) => manyTurns(folder, quick ? 200 : 1000))),
  ...(await inFolder((folder) => hugeCheckout(folder, quick ? 20_000 : 100_000))),
}))

async function timed<Value>(run: () => Promise<Value>): Promise<[number, Value]> {
  const start = performance.now()
  const value = await run()
  return [performance.now() - start, value]
}

async function git(folder: string, ...args: string[]): Promise<string> {
  const result = await localGit(args, { cwd: folder })
  if (result.exitCode !== 0) throw new Error(`git ${args.join(' ')}: ${result.stderr}`)
  return result.stdout.trim()
}

/** Each turn writes a file of its own and changes one that all turns change; every tenth is committed. */
async function manyTurns(folder: string, turns: number): Promise<Record<string, number>> {
  say(`${turns} turns in a checkout of 2,000 files`)
  const repository = join(folder, 'repository')
  await generateRepository(repository, 2000)
  const base = await git(repository, 'rev-parse', 'HEAD')
  const checkout = createLocalCheckoutGit(localGit, repository)
  const database = await openTestDatabase()
  const store = createCheckpointStore(database.database, Date.now)
  const spans: Span[] = []
  const took: number[] = []
  const common: string[] = Array.from({ length: 200 }, (_, nth) => `line ${nth}`)
  for (let nth = 0; nth < turns; nth++) {
    const turnId: TurnId = `turn_00000000-0000-4000-8000-${String(nth).padStart(12, '0')}`
    const startedAt = Date.now()
    common.splice((nth * 37) % common.length, 1, `changed by ${nth}`, `added by ${nth}`)
    const own = Array.from({ length: 30 }, (_, one) => `line ${one} of turn ${nth}\n`)
    const file = join(repository, `turns/${nth % 50}/${nth}.txt`)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, own.join(''))
    await writeFile(join(repository, 'common.txt'), common.map((one) => `${one}\n`).join(''))
    const [ms] = await timed(async () => {
      const parent = store.latest(TASK)?.commit ?? base
      const tree = await takeCheckpoint(checkout, { sessionId: SESSION, turnId, parent })
      await store.add({ taskId: TASK, sessionId: SESSION, turnId, reason: 'turn', unsure: [] }, tree)
    })
    took.push(ms)
    spans.push({ id: turnId, sessionId: SESSION, startedAt, endedAt: Date.now() })
    if (nth % 10 === 9) {
      await git(repository, 'add', '--all')
      await git(
        repository,
        '-c',
        'user.name=Bench',
        '-c',
        'user.email=bench@example.org',
        'commit',
        '--quiet',
        '--message',
        `Turn ${nth}`,
      )
    }
  }
  const [pageMs] = await timed(async () => store.page(TASK, null, 101))
  const provenance = createTaskProvenance({
    checkpoints: store,
    look: (_taskId, run) => run(checkout, { baseCommit: base }),
    isReady: () => true,
    spans: () => spans,
    author: () => ({ sessionName: 'Session', agentId: 'claude', modelId: null, prompt: 'Prompt' }),
    edits: async () => [],
    cwd: () => repository,
    unsureNow: () => [],
  })
  const ask = (from: number, to: number | null) =>
    provenance.lines(TASK, {
      comparison: 'base',
      path: 'common.txt',
      oldPath: null,
      side: 'new',
      from,
      to,
      calls: to !== null,
    })
  const [firstLineMs] = await timed(() => ask(10, 10))
  const [lineMs] = await timed(() => ask(20, 20))
  const [fileMs, lines] = await timed(() => ask(1, null))
  const [turnMs, left] = await timed(() => provenance.turn(TASK, spans[0]?.id ?? 'turn_00000000'))
  say(`${lines.length} pieces of one file; ${left.alive} of ${left.written} lines of the first turn`)
  const size = Number(database.database.events.$client.pragma('page_count', { simple: true })) * 4096
  await database.close()
  return {
    turns,
    checkpointFirstMs: median(took.slice(0, 20)),
    checkpointLastMs: median(took.slice(-20)),
    turnListMs: pageMs,
    lineFirstMs: firstLineMs,
    lineMs,
    fileLinesMs: fileMs,
    turnLinesMs: turnMs,
    databaseMb: size / 1e6,
  }
}

async function hugeCheckout(folder: string, files: number): Promise<Record<string, number>> {
  const changed = files / 20
  say(`a checkout of ${files} files, of which ${changed} are changed`)
  const repository = join(folder, 'repository')
  await generateRepository(repository, files)
  const base = await git(repository, 'rev-parse', 'HEAD')
  const checkout = createLocalCheckoutGit(localGit, repository)
  const [cleanMs] = await timed(() => readGitState(checkout, { baseCommit: base }))
  for (let nth = 0; nth < changed; nth++)
    await appendFile(
      join(repository, `src/part-${Math.floor(nth / 5)}/file-${nth * 20}.ts`),
      `// Changed\n// ${nth}\nexport const value = ${nth}\n`,
    )
  const [statusMs, state] = await timed(() => readGitState(checkout, { baseCommit: base }))
  const first = state.uncommitted.slice(0, 12).map(({ path, oldPath }) => ({ path, oldPath }))
  const [diffsMs] = await timed(() =>
    readFileDiffs(checkout, {
      comparison: 'uncommitted',
      baseCommit: base,
      files: first,
      ignoreSpace: false,
    }),
  )
  say(`${state.uncommitted.length} of ${state.uncommittedTotal} are listed`)
  const options = { sessionId: SESSION, turnId: 'turn_1', parent: base }
  const [checkpointMs, tree] = await timed(() => takeCheckpoint(checkout, options))
  const before = { sessionId: SESSION, turnId: 'turn_2', parent: tree.commit, moment: Date.now() }
  const [beforeMs] = await timed(() => takeCheckpointOfBefore(checkout, before))
  const watch = new FileWatch({
    cwd: repository,
    run: checkout.run,
    schedule: scheduleTimer,
    now: Date.now,
    look: () => readGitState(checkout, { baseCommit: base }),
    failed: (problem) => say(`not watched: ${problem.message}`),
    reportError: (error, what) => say(`${what}: ${String(error)}`),
  })
  const [watchMs] = await timed(() => watch.start())
  const folders = watch.size
  watch.close()
  return {
    files,
    changed,
    statusCleanMs: cleanMs,
    statusMs,
    listed: state.uncommitted.length,
    firstDiffsMs: diffsMs,
    hugeCheckpointMs: checkpointMs,
    beforeTurnMs: beforeMs,
    watchMs,
    folders,
  }
}
