import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { deflateSync } from 'node:zlib'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TranscriptEvent } from '@shared/domain'
import type { SessionId, TaskId, TurnId } from '@shared/ids'
import { newId } from '../../../src/main/database'
import { openForReading } from '../../../src/main/history/search/find-thread'
import { Finder, RANKED, Superseded } from '../../../src/main/history/search/finder'
import { IndexWriter } from '../../../src/main/history/search/index-writer'
import { indexPage, prepareSessionReader } from '../../../src/main/history/search/session-stream'
import { PARTITION_ROWS, partitions } from '../../../src/main/history/search/schema'
import { EventLog } from '../../../src/main/session/event-log'
import { bundle } from '../../support/bundle'
import { seededRandom } from '../../support/seeded-random'
import { openTestDatabase, type TestDatabase } from '../../support/database'
import { openIndex, readIndex, type OpenIndex } from '../../support/search-index'
import { ManualClock } from '../../unit/session/clock'

let data: TestDatabase
let clock: ManualClock
let log: EventLog
let index: OpenIndex
let opened: { close(): void }[] = []

beforeEach(async () => {
  data = await openTestDatabase()
  clock = new ManualClock()
  log = createLog()
  index = openIndex(data.directory, now)
  opened = []
  insert('organizations', {
    id: 'organization_1',
    kind: 'local',
    name: 'On this computer',
    created_at: 1,
    state: 'ok',
  })
  addRepository('repo_1', 'parser')
})
afterEach(async () => {
  for (const one of opened) one.close()
  index.close()
  await data.close()
})

const now = (): number => clock.now()

function createLog(): EventLog {
  const own: EventLog = new EventLog({
    database: data.database,
    // One that was killed does nothing any more.
    clock: { now, after: (milliseconds, work) => clock.after(milliseconds, () => own === log && work()) },
    permission: () => null,
    writeFailed: (error) => {
      if (error !== null) throw new Error('The log could not write', { cause: error })
    },
  })
  return own
}

function insert(table: string, row: Record<string, unknown>): void {
  const columns = Object.keys(row)
  data.database.commands.$client
    .prepare(
      `INSERT INTO ${table} (${columns.map((name) => `"${name}"`).join()}) VALUES (${columns.map(() => '?').join()})`,
    )
    .run(Object.values(row))
}

const run = (sql: string, ...values: unknown[]): void =>
  void data.database.commands.$client.prepare(sql).run(...values)

function addRepository(id: string, name: string): void {
  insert('repositories', {
    id,
    organization_id: 'organization_1',
    name,
    local_path: `/home/${name}`,
    created_at: 1,
    last_used_at: 1,
  })
}

function addTask(title: string, more: Record<string, unknown> = {}): TaskId {
  const id = newId('task') as TaskId
  insert('tasks', {
    id,
    organization_id: 'organization_1',
    repository_id: 'repo_1',
    head_repository: 'repo_1',
    branch: `foundry/${id}`,
    title,
    prompt: '',
    created_at: clock.now(),
    updated_at: clock.now(),
    ...more,
  })
  return id
}

function addSession(taskId: TaskId, agent = 'claude'): SessionId {
  const id = newId('session') as SessionId
  insert('sessions', { id, task_id: taskId, name: 'A session', agent_id: agent, created_at: clock.now() })
  return id
}

function addDiff(taskId: TaskId, diff: string, at = clock.now()): string {
  const id = newId('checkpoint')
  insert('checkpoints', {
    id,
    task_id: taskId,
    commit: 'a',
    parent: 'b',
    created_at: at,
    files: 1,
    added: 1,
    removed: 0,
    diff: deflateSync(diff),
    diff_encoding: 'deflate',
    diff_truncated: 0,
  })
  return id
}

const update = (fields: Record<string, unknown>): TranscriptEvent => ({ type: 'update', update: fields })
const chunk = (text: string): TranscriptEvent =>
  update({ sessionUpdate: 'agent_message_chunk', content: { type: 'text', text } })
const tool = (fields: Record<string, unknown>): TranscriptEvent =>
  update({ sessionUpdate: 'tool_call', ...fields })
const turn = newId('turn') as TurnId

/** What a search finds now, as kind and shown text. */
async function find(text: string): Promise<string[]> {
  return (await page(text)).hits.map(
    ({ kind, title, snippet, path }) =>
      `${kind}: ${[title, path, snippet]
        .map((pieces) => pieces.map((one) => (one.marked ? `[${one.text}]` : one.text)).join(''))
        .filter(Boolean)
        .join(' | ')}`,
  )
}

async function page(text: string, cursor: string | null = null) {
  await index.catchUp()
  return finder().find(text, cursor, () => false)
}

function finder(): Finder {
  const connection = openForReading({ directory: data.directory, nativeBinding: undefined })
  opened.push(connection)
  return new Finder(connection, now)
}

/** What a new index would say. */
async function rebuilt(): Promise<string[]> {
  for (const suffix of ['', '-wal', '-shm'])
    rmSync(join(data.directory, `other.db${suffix}`), { force: true })
  const other = openIndex(data.directory, now, 'other.db')
  try {
    await other.catchUp()
    return readIndex(other.connection)
  } finally {
    other.close()
  }
}

describe('what was said and done', () => {
  it('is found in prompts, messages, thoughts and tool calls, with marks', async () => {
    const session = addSession(addTask('Fix the parser'))
    log.append(session, turn, { type: 'prompt', text: 'Why does getUserName fail?' })
    log.append(
      session,
      turn,
      update({
        sessionUpdate: 'agent_thought_chunk',
        content: { type: 'text', text: 'Perhaps the user is gone' },
      }),
    )
    log.append(
      session,
      turn,
      tool({
        title: 'Read user.ts',
        kind: 'read',
        status: 'completed',
        rawInput: { path: '/work/src/user.ts' },
        content: [{ type: 'content', content: { type: 'text', text: 'export const a = 1' } }],
      }),
    )
    log.append(session, turn, chunk('The user was **null**.'))
    log.flush()
    const found = await find('user ')
    expect(found.toSorted()).toEqual([
      'message: The [user] was **null**.',
      'prompt: Why does get[User]Name fail?',
      'thought: Perhaps the [user] is gone',
      'tool: Read [user].ts | /work/src/[user].ts | export const a = 1',
    ])
    // What was said before what a machine thought.
    expect(found.at(-1)).toContain('thought')
    expect(await find('user kind:thought')).toHaveLength(1)
    expect(await find('user -kind:tool -null ')).toHaveLength(2)
    expect(await find('path:src/user.ts')).toHaveLength(1)
  })

  it('is found after an import, which writes what is old and the task last', async () => {
    addTask('Of today')
    await index.catchUp()
    const taskId = newId('task') as TaskId
    log.append(addSession(taskId), turn, { type: 'prompt', text: 'Words from another computer' })
    log.flush()
    await index.catchUp()
    addTask('Of long ago', { id: taskId, created_at: 5, updated_at: 6 })
    await index.catchUp()
    index.indexer.compare()
    expect(await find('another computer')).toEqual(['prompt: Words from [another] [computer]'])
    expect(await find('long ago')).toHaveLength(1)
  })

  it('is found in tasks, branches, pull requests, comments, diffs and the audit log', async () => {
    const taskId = addTask('Speed up the cache', { branch: 'foundry/quick-cache', prompt: 'It is slow' })
    insert('pull_requests', {
      repository_id: 'repo_1',
      number: 12,
      organization_id: 'organization_1',
      node_id: 'n',
      title: 'A quicker cache',
      body: 'It was quadratic before',
      state: 'open',
      is_draft: 0,
      url: 'https://github.com/a/b/pull/12',
      author: 'ada',
      head_ref: 'quick-cache',
      base_ref: 'main',
      requested_reviewers: '[]',
      labels: '[{"name":"perf","color":"fff"}]',
      comments: 0,
      checks: 'none',
      mergeable: 'unknown',
      checked_at: 1,
      created_at: 1,
      updated_at: 1,
      generation: 1,
    })
    await index.catchUp()
    expect(await find('hydra')).toEqual([])
    const comment = { id: 'c', author: 'grace', body: 'This hydra has heads', createdAt: 1 }
    insert('pull_request_reviews', {
      repository_id: 'repo_1',
      number: 12,
      organization_id: 'organization_1',
      json: JSON.stringify({
        reviews: [{ author: 'grace', body: 'Mostly fine', state: 'approved' }],
        threads: [{ path: 'src/cache.ts', comments: [comment] }],
      }),
      read_at: 2,
    })
    await index.catchUp()
    expect(await find('hydra')).toHaveLength(1)
    expect(await find('kind:pr "mostly fine"')).toHaveLength(1)
    insert('users', { id: 'user_1', name: 'You', created_at: 1 })
    insert('review_comments', {
      id: newId('comment'),
      user_id: 'user_1',
      task_id: taskId,
      path: 'src/cache.ts',
      from_side: 'new',
      from_line: 3,
      to_side: 'new',
      to_line: 3,
      excerpt: 'x',
      text: 'Why quadratic?',
      created_at: 5,
    })
    addDiff(
      taskId,
      'diff --git a/src/cache.ts b/src/cache.ts\nindex 1..2 100644\n--- a/src/cache.ts\n+++ b/src/cache.ts\n@@ -8,2 +8,3 @@\n one\n+const quadratic = false\n two\n',
    )
    insert('audit_events', {
      at: 7,
      actor: 'system',
      kind: 'task.title.changed',
      organization_id: 'organization_1',
      task_id: taskId,
      payload: '{"title":"not quadratic"}',
    })
    expect(await find('quadratic ')).toEqual([
      'pull_request: #12 A quicker cache | quick-cache ada perf It was [quadratic] before grace Mostly fine grace This hydra has heads',
      'comment: src/cache.ts | Why [quadratic]?',
      'diff: src/cache.ts | @@ -8,2 +8,3 @@ one +const [quadratic] = false two',
      'activity: task title changed | not [quadratic]',
    ])
    expect(await find('branch:x quick-cache kind:task ')).toEqual([])
    expect(await find('quick-cache kind:task')).toEqual([
      'task: Speed up the cache | foundry/[quick-cache] It is slow',
    ])
    expect(await find('author:ada')).toHaveLength(1)
    expect(await find('author:system')).toEqual(['activity: task title changed | not quadratic'])
    expect((await page('quadratic kind:diff')).hits[0]).toMatchObject({
      taskId,
      repositoryName: 'parser',
      file: { path: 'src/cache.ts', line: 9 },
    })
  })

  it('is found while it is still being said, whole, and once', async () => {
    const session = addSession(addTask('Talk'))
    log.append(session, turn, chunk('The answer begins with alpha'))
    log.flush()
    expect(await find('alpha ')).toHaveLength(1)
    log.append(session, turn, chunk(' and ends with omega'))
    log.flush()
    expect(await find('omega ')).toEqual(['message: The answer begins with alpha and ends with [omega]'])
    expect(await find('alpha ')).toHaveLength(1)
    log.append(
      session,
      turn,
      update({ sessionUpdate: 'tool_call_update', toolCallId: 'c', title: 'Run', status: 'in_progress' }),
    )
    log.flush()
    expect(await find('title:x Run kind:tool ')).toEqual([])
    log.append(
      session,
      turn,
      update({
        sessionUpdate: 'tool_call_update',
        toolCallId: 'c',
        status: 'in_progress',
        rawOutput: 'gamma',
      }),
    )
    log.append(session, turn, chunk('done'))
    log.flush()
    expect(await find('gamma ')).toHaveLength(1)
    expect(readIndex(index.connection)).toEqual(await rebuilt())
  })

  it('is found in output that was cut', async () => {
    const session = addSession(addTask('Long'))
    const output = `${'line of output\n'.repeat(20_000)}needle at the end`
    log.append(
      session,
      turn,
      tool({
        title: 'Run',
        status: 'failed',
        content: [{ type: 'content', content: { type: 'text', text: output } }],
      }),
    )
    await log.settle()
    expect(await find('needle ')).toHaveLength(1)
    expect((await find('needle '))[0]).toContain('[needle] at the end')
    expect(await find('has:error')).toHaveLength(1)
    expect(await find('has:error -needle ')).toEqual([])
  })

  it('is narrowed down by repository, task, agent, model, state and time', async () => {
    addRepository('repo_2', 'lexer')
    const old = addTask('An old task', { archived_at: 1 })
    const other = addTask('Another', { repository_id: 'repo_2', head_repository: 'repo_2' })
    clock.pass(1)
    log.append(addSession(old), turn, chunk('common words'))
    clock.pass(3 * 24 * 3600 * 1000)
    log.append(addSession(other, 'codex'), turn, chunk('common words too'))
    log.flush()
    run(`UPDATE sessions SET model_id = 'gpt-6' WHERE agent_id = 'codex'`)
    expect(await find('common ')).toHaveLength(2)
    expect(await find('common repo:lexer')).toEqual(['message: [common] words too'])
    expect(await find('common -repo:lexer')).toEqual(['message: [common] words'])
    expect(await find('common agent:codex model:gpt')).toHaveLength(1)
    expect(await find('common is:archived')).toEqual(['message: [common] words'])
    expect(await find('common task:"old task"')).toEqual(['message: [common] words'])
    expect(await find('common org:"On this computer"')).toHaveLength(2)
    expect(await find('common after:1d')).toEqual(['message: [common] words too'])
    expect(await find('common -after:1d')).toEqual(['message: [common] words'])
    expect(await find('common repo:nothing')).toEqual([])
    expect((await page('common is:archived')).hits[0]?.archived).toBe(true)
  })

  it('comes in pages: best first among the newest, then the older ones', async () => {
    const session = addSession(addTask('Much'))
    for (let nth = 0; nth < 750; nth++) {
      log.append(session, turn, { type: 'prompt', text: `ordinary words number ${nth}` })
      clock.pass(1)
    }
    log.flush()
    const seen: string[] = []
    let cursor: string | null = null
    await index.catchUp()
    const asked = finder()
    do {
      const found = await asked.find('ordinary ', cursor, () => false)
      expect(found.rankedAmong).not.toBeNull()
      seen.push(...found.hits.map(({ id }) => id))
      cursor = found.cursor
    } while (cursor !== null)
    expect(seen).toHaveLength(750)
    expect(new Set(seen).size).toBe(750)
    const newest = seen.slice(0, RANKED).map(Number)
    expect(Math.min(...newest)).toBeGreaterThan(Math.max(...seen.slice(RANKED).map(Number)))
  })

  it('is found across the tables its words are in, and leaves them with its task', async () => {
    const taskId = addTask('Much')
    const session = addSession(taskId)
    // The next row has the last number but five of the first table.
    index.connection
      .prepare('INSERT INTO search_rows (id, scope, kind, key, at) VALUES (?, -1, 0, 0, 0)')
      .run(PARTITION_ROWS - 6)
    index.close()
    index = openIndex(data.directory, now)
    for (let nth = 0; nth < 20; nth++)
      log.append(session, turn, { type: 'prompt', text: `ordinary words ${nth}` })
    log.flush()
    const { hits } = await page('ordinary ')
    expect(new Set(hits.map(({ row }) => row))).toEqual(new Set(Array.from({ length: 20 }, (_, nth) => nth)))
    expect(partitions(index.connection)).toEqual([1, 0])
    expect(await find('words after:1d 3')).toHaveLength(1)
    run('UPDATE tasks SET deleted_at = 5 WHERE id = ?', taskId)
    expect(await find('ordinary ')).toEqual([])
  })

  it('stops looking when something else is looked for', async () => {
    const session = addSession(addTask('Much'))
    for (let nth = 0; nth < 50; nth++) log.append(session, turn, { type: 'prompt', text: `ordinary ${nth}` })
    log.flush()
    await index.catchUp()
    await expect(finder().find('ordinary', null, () => true)).rejects.toBeInstanceOf(Superseded)
  })
})

describe('what is gone', () => {
  it('leaves the index with its task, and a task that is being deleted is not found', async () => {
    const taskId = addTask('Doomed words')
    const session = addSession(taskId)
    for (let nth = 0; nth < 1200; nth++) log.append(session, turn, { type: 'prompt', text: `doomed ${nth}` })
    log.flush()
    addDiff(
      taskId,
      'diff --git a/doomed.ts b/doomed.ts\n--- a/doomed.ts\n+++ b/doomed.ts\n@@ -1 +1 @@\n-doomed\n+saved\n',
    )
    expect((await page('doomed ')).hits).toHaveLength(50)
    run('UPDATE tasks SET deleted_at = 5 WHERE id = ?', taskId)
    expect(await find('doomed ')).toEqual([])
    expect(readIndex(index.connection)).toEqual([])
  })

  it('is not in the way of what is said after it', async () => {
    const keep = addSession(addTask('Kept'))
    const taskId = addTask('Doomed')
    const session = addSession(taskId)
    log.append(keep, turn, chunk('first words'))
    for (let nth = 0; nth < 20; nth++) log.append(session, turn, { type: 'prompt', text: `doomed ${nth}` })
    log.flush()
    await index.catchUp()
    // The numbers of the deleted rows are given to the next ones.
    run('DELETE FROM session_events WHERE session_id = ?', session)
    run('DELETE FROM sessions WHERE id = ?', session)
    run('DELETE FROM tasks WHERE id = ?', taskId)
    log.append(keep, turn, { type: 'prompt', text: 'second words' })
    log.flush()
    expect(await find('second ')).toHaveLength(1)
    expect(await find('doomed ')).toEqual([])
    expect(readIndex(index.connection)).toEqual(await rebuilt())
  })
})

describe('the index', () => {
  type Action =
    | { type: 'say'; session: number; kind: 'chunk' | 'prompt' | 'tool' | 'update' | 'end'; word: string }
    | {
        type:
          | 'flush'
          | 'look'
          | 'step'
          | 'kill'
          | 'delete'
          | 'session'
          | 'settle'
          | 'diff'
          | 'activity'
          | 'rollback'
      }
    | { type: 'rename'; word: string }

  const word = fc.constantFrom('alpha', 'betaGamma', 'snake_case', 'src/a.ts', '你好世界', 'x'.repeat(9000))
  const action: fc.Arbitrary<Action> = fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        type: fc.constant('say' as const),
        session: fc.nat(4),
        kind: fc.constantFrom(
          'chunk' as const,
          'prompt' as const,
          'tool' as const,
          'update' as const,
          'end' as const,
        ),
        word,
      }),
    },
    { weight: 4, arbitrary: fc.constantFrom({ type: 'flush' as const }, { type: 'settle' as const }) },
    { weight: 4, arbitrary: fc.constantFrom({ type: 'look' as const }, { type: 'step' as const }) },
    { weight: 2, arbitrary: fc.constantFrom({ type: 'kill' as const }, { type: 'rollback' as const }) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        { type: 'delete' as const },
        { type: 'session' as const },
        { type: 'diff' as const },
        { type: 'activity' as const },
      ),
    },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('rename' as const), word }) },
  )

  it('is what a new one would be, whatever happened and whenever it was killed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 80 }), async (actions) => {
        let sessions = [addSession(addTask('One')), addSession(addTask('Two'))]
        const taskOf = (session: SessionId) =>
          data.database.commands.$client
            .prepare('SELECT task_id FROM sessions WHERE id = ?')
            .pluck()
            .get(session) as TaskId
        for (const one of actions) {
          clock.pass(10)
          const target = sessions[0]
          switch (one.type) {
            case 'say': {
              const session = sessions[one.session % Math.max(1, sessions.length)]
              if (session === undefined) break
              if (one.kind === 'chunk') log.append(session, turn, chunk(`${one.word} `))
              else if (one.kind === 'prompt') log.append(session, turn, { type: 'prompt', text: one.word })
              else if (one.kind === 'tool')
                log.append(session, turn, tool({ toolCallId: 'c', title: one.word, status: 'pending' }))
              else if (one.kind === 'update')
                log.append(
                  session,
                  turn,
                  update({
                    sessionUpdate: 'tool_call_update',
                    toolCallId: `c${one.word.length % 2}`,
                    status: one.word.length > 9 ? 'completed' : 'in_progress',
                    rawOutput: one.word.repeat(5),
                  }),
                )
              else log.closeRows(session)
              break
            }
            case 'flush':
              log.flush()
              break
            case 'settle':
              await log.settle()
              break
            case 'look':
              index.indexer.look()
              break
            case 'step':
              if (index.indexer.busy) await index.indexer.step()
              break
            case 'kill':
              index.close()
              index = openIndex(data.directory, now)
              break
            case 'rollback':
              // The app was killed: what was in memory only is gone, and what is on disk stays as it is.
              log = createLog()
              break
            case 'delete':
              if (target === undefined) break
              run('UPDATE tasks SET deleted_at = 1, updated_at = ? WHERE id = ?', clock.now(), taskOf(target))
              sessions = sessions.slice(1)
              break
            case 'session':
              sessions.push(addSession(addTask('More')))
              break
            case 'diff':
              if (target !== undefined)
                addDiff(
                  taskOf(target),
                  'diff --git a/x.ts b/x.ts\n--- a/x.ts\n+++ b/x.ts\n@@ -1 +1 @@\n-old\n+new\n',
                )
              break
            case 'activity':
              insert('audit_events', {
                at: clock.now(),
                actor: 'user_local',
                kind: 'task.created',
                payload: '{"branch":"b"}',
              })
              break
            case 'rename':
              if (target !== undefined)
                run(
                  'UPDATE tasks SET title = ?, updated_at = ? WHERE id = ?',
                  one.word,
                  clock.now(),
                  taskOf(target),
                )
          }
        }
        await log.settle()
        await index.catchUp()
        await index.catchUp()
        expect(readIndex(index.connection)).toEqual(await rebuilt())
      }),
      { numRuns: 40 },
    )
  }, 120_000)

  it('is what a new one would be after its process was killed at random moments while agents spoke', async () => {
    const kills = 12
    const random = seededRandom(Number(process.env['KILL_SEED'] ?? 7))
    const script = await bundle('tests/support/crash/index-process.ts', 'index-process')
    const sessions = Array.from({ length: 6 }, (_, nth) => addSession(addTask(`Task ${nth}`)))
    const speak = (): void => {
      for (const session of sessions) {
        log.append(session, turn, chunk(`words ${Math.floor(random() * 1000)} `))
        if (random() < 0.2)
          log.append(session, turn, { type: 'prompt', text: `prompt ${'long '.repeat(300)}` })
      }
      log.flush()
    }
    index.close()
    for (let kill = 0; kill < kills; kill++) {
      const child = spawn(process.execPath, [script, data.directory], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const lines = createInterface({ input: child.stdout })
      await once(lines, 'line')
      // Some of them in the middle of a transaction, some at rest.
      const until = performance.now() + random() * 250
      while (performance.now() < until) {
        speak()
        await new Promise((resolve) => setImmediate(resolve))
      }
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    await log.settle()
    index = openIndex(
      data.directory,
      now,
      'derived.db',
      String(statSync(join(data.directory, 'foundry.db')).ino),
    )
    await index.catchUp()
    expect(index.connection.pragma('integrity_check', { simple: true })).toBe('ok')
    expect(readIndex(index.connection)).toEqual(await rebuilt())
  })

  it('takes nothing for settled that is written while a page of it is read', async () => {
    const session = addSession(addTask('One'))
    for (let nth = 0; nth < 99; nth++) log.append(session, turn, { type: 'prompt', text: `prompt ${nth}` })
    log.append(session, turn, chunk('begun '))
    log.flush()
    const reader = prepareSessionReader(index.source)
    const writer = new IndexWriter(index.connection)
    index.connection.exec('BEGIN IMMEDIATE')
    indexPage(
      writer,
      {
        ...reader,
        next(sessionId, from) {
          log.append(session, turn, chunk('and ended'))
          log.append(session, turn, { type: 'prompt', text: 'the next one' })
          log.flush()
          return reader.next(sessionId, from)
        },
      },
      writer.scope('session', session),
    )
    writer.finish()
    index.connection.exec('COMMIT')
    await log.settle()
    index.close()
    index = openIndex(data.directory, now)
    await index.catchUp()
    expect(readIndex(index.connection)).toEqual(await rebuilt())
  })

  it('is made anew by a version that reads it differently, and for another file', async () => {
    log.append(addSession(addTask('One')), turn, chunk('words'))
    log.flush()
    await index.catchUp()
    const before = readIndex(index.connection)
    index.connection.exec('UPDATE search_state SET version = 0')
    index.close()
    index = openIndex(data.directory, now)
    expect(readIndex(index.connection)).toEqual([])
    expect(index.indexer.progress.building).toBe(true)
    await index.catchUp()
    expect(readIndex(index.connection)).toEqual(before)
    expect(index.indexer.progress.building).toBe(false)
  })

  it('costs nothing while nothing is stored', async () => {
    log.append(addSession(addTask('One')), turn, chunk('words'))
    log.flush()
    await index.catchUp()
    index.indexer.look()
    expect(index.indexer.busy).toBe(false)
  })

  it('cannot be written by those who search', () => {
    const connection = openForReading({ directory: data.directory, nativeBinding: undefined })
    opened.push(connection)
    expect(() => connection.exec('DELETE FROM derived.search_rows')).toThrow(/readonly/)
    expect(() => connection.exec('DELETE FROM tasks')).toThrow(/readonly/)
  })
})
