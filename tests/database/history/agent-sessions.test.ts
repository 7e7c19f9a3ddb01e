import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openConnection } from '../../../src/main/database'
import { readClaudeSession } from '../../../src/main/history/import/agents/claude-code'
import { readCodexSession } from '../../../src/main/history/import/agents/codex'
import { findSessions } from '../../../src/main/history/import/agents/find-sessions'
import { importAgents } from '../../../src/main/history/import/agents/import-agents'
import { readOpenCodeSession } from '../../../src/main/history/import/agents/opencode'
import { foreignAgents } from '../../../src/shared/transfer'
import { openTestDatabase, type TestDatabase } from '../../support/database'
import { contentOf, contextOf, idOf, insert } from '../../support/transfer'

let data: TestDatabase
let home: string
const LOCAL = idOf('org', 500)
const homes = () => ({
  claude: join(home, 'claude'),
  codex: join(home, 'codex'),
  opencode: join(home, 'opencode'),
})

beforeEach(async () => {
  data = await openTestDatabase()
  home = await mkdtemp(join(tmpdir(), 'foundry-agents-'))
  insert(data.database, [
    ['organizations', { id: LOCAL, kind: 'local', name: 'This computer', created_at: 1 }],
  ])
})
afterEach(async () => {
  await data.close()
  await rm(home, { recursive: true, force: true })
})

async function put(path: string, content: string | object): Promise<void> {
  const file = join(home, path)
  await mkdir(join(file, '..'), { recursive: true })
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content))
}
const lines = (...all: object[]): string => `${all.map((line) => JSON.stringify(line)).join('\n')}\n`
const run = () =>
  importAgents(
    data.database.commands.$client,
    { homes: homes(), agents: [...foreignAgents], localOrganizationId: LOCAL, now: 5 },
    undefined,
    contextOf(data.database),
  )
const all = (sql: string): unknown[] => data.database.commands.$client.prepare(sql).all()
const payloads = (): Record<string, unknown>[] =>
  data.database.commands.$client
    .prepare<[], string>('SELECT payload FROM session_events ORDER BY session_id, first_index')
    .pluck()
    .all()
    .map((json) => JSON.parse(json) as Record<string, unknown>)

const claude = (fields: object, second = 0): object => ({
  parentUuid: null,
  isSidechain: false,
  cwd: '/home/me/parser',
  sessionId: 's',
  version: '2.1.37',
  gitBranch: 'fix-login',
  timestamp: `2026-02-01T10:00:${String(second).padStart(2, '0')}.000Z`,
  ...fields,
})
const CLAUDE = lines(
  { type: 'summary', summary: 'Login on Safari', leafUuid: 'x' },
  { type: 'file-history-snapshot', messageId: 'x', snapshot: {} },
  claude({ type: 'user', uuid: 'u1', message: { role: 'user', content: 'Fix the login' } }, 1),
  claude(
    { type: 'user', uuid: 'u0', isMeta: true, message: { role: 'user', content: 'Caveat: not for people' } },
    1,
  ),
  claude(
    {
      type: 'assistant',
      uuid: 'a1',
      message: {
        id: 'm1',
        model: 'claude-opus-4',
        content: [
          { type: 'thinking', thinking: 'Hm', signature: 's' },
          { type: 'text', text: 'I look.' },
        ],
      },
    },
    2,
  ),
  claude(
    {
      type: 'assistant',
      uuid: 'a2',
      message: {
        id: 'm1',
        model: 'claude-opus-4',
        content: [
          {
            type: 'tool_use',
            id: 't1',
            name: 'Edit',
            input: { file_path: '/home/me/parser/a.ts', old_string: 'a', new_string: 'b' },
          },
        ],
      },
    },
    3,
  ),
  claude(
    {
      type: 'user',
      uuid: 'u2',
      toolUseResult: {},
      message: {
        role: 'user',
        content: [{ type: 'tool_result', tool_use_id: 't1', content: [{ type: 'text', text: 'done' }] }],
      },
    },
    4,
  ),
  claude({ type: 'user', uuid: 'u2', message: { role: 'user', content: 'the same entry once more' } }, 4),
  claude(
    {
      type: 'assistant',
      uuid: 'a3',
      isSidechain: true,
      message: { content: [{ type: 'text', text: 'of a sub-agent' }] },
    },
    5,
  ),
  claude({ type: 'hologram', uuid: 'h1', data: 1 }, 6),
  claude(
    {
      type: 'user',
      uuid: 'u3',
      message: { role: 'user', content: [{ type: 'text', text: '[Request interrupted by user]' }] },
    },
    7,
  ),
  claude({ type: 'user', uuid: 'u4', message: { role: 'user', content: 'Go on' } }, 8),
)
const codex = (type: string, payload: object, second = 0): object => ({
  timestamp: `2026-03-01T10:00:${String(second).padStart(2, '0')}.000Z`,
  type,
  payload,
})
const CODEX_ID = '019b109f-bc18-7291-9cbf-10cbe0c51250'
const CODEX = lines(
  codex('session_meta', {
    id: CODEX_ID,
    cwd: '/home/me/elsewhere',
    cli_version: '0.65.0',
    git: { branch: 'main', repository_url: 'git@github.com:acme/parser.git' },
  }),
  codex('response_item', {
    type: 'message',
    role: 'developer',
    content: [{ type: 'input_text', text: 'rules' }],
  }),
  codex('response_item', {
    type: 'message',
    role: 'user',
    content: [{ type: 'input_text', text: '<environment_context>x</environment_context>' }],
  }),
  codex(
    'response_item',
    { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Add a test' }] },
    1,
  ),
  codex('event_msg', { type: 'user_message', message: 'Add a test' }, 1),
  codex('turn_context', { cwd: '/home/me/elsewhere', model: 'gpt-5-codex' }, 1),
  codex('event_msg', { type: 'agent_reasoning', text: 'Plan' }, 2),
  codex(
    'response_item',
    { type: 'reasoning', summary: [{ type: 'summary_text', text: 'Plan' }], encrypted_content: 'x' },
    2,
  ),
  codex(
    'response_item',
    {
      type: 'function_call',
      name: 'shell',
      arguments: '{"command":["bash","-lc","npm test"]}',
      call_id: 'c1',
    },
    3,
  ),
  codex(
    'response_item',
    {
      type: 'function_call_output',
      call_id: 'c1',
      output: '{"output":"2 failed","metadata":{"exit_code":1}}',
    },
    4,
  ),
  codex(
    'response_item',
    {
      type: 'function_call',
      name: 'update_plan',
      arguments: '{"plan":[{"step":"Write it","status":"completed"}]}',
      call_id: 'c2',
    },
    5,
  ),
  codex(
    'response_item',
    { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Done.' }] },
    6,
  ),
  codex('event_msg', { type: 'token_count', info: {} }, 6),
)

it('reads a session of Claude Code as a person saw it', async () => {
  await put('claude/projects/-home-me-parser/11111111-aaaa.jsonl', `${CLAUDE}{"half`)
  const report = await run()
  expect(report).toMatchObject({
    read: { claude: 1 },
    skippedCount: 0,
    tasks: 1,
    unknown: { 'claude hologram': 1, 'messages of sub-agents': 1 },
  })
  expect(all('SELECT name, agent_id, created_at FROM sessions')).toEqual([
    { name: 'Login on Safari', agent_id: 'claude', created_at: Date.parse('2026-02-01T10:00:01Z') },
  ])
  expect(all('SELECT prompt, model_id, stop_reason FROM turns ORDER BY started_at')).toEqual([
    { prompt: 'Fix the login', model_id: 'claude-opus-4', stop_reason: 'cancelled' },
    { prompt: 'Go on', model_id: 'claude-opus-4', stop_reason: 'end_turn' },
  ])
  expect(payloads()).toMatchObject([
    { type: 'prompt', text: 'Fix the login' },
    { update: { sessionUpdate: 'agent_thought_chunk', content: { text: 'Hm' } } },
    { update: { sessionUpdate: 'agent_message_chunk', messageId: 'm1', content: { text: 'I look.' } } },
    {
      update: {
        sessionUpdate: 'tool_call',
        toolCallId: 't1',
        kind: 'edit',
        content: [{ type: 'diff', oldText: 'a', newText: 'b' }],
      },
    },
    { update: { sessionUpdate: 'tool_call_update', toolCallId: 't1', status: 'completed' } },
    { update: { sessionUpdate: 'claude hologram' } },
    { type: 'turn_ended', stopReason: 'cancelled' },
    { type: 'prompt', text: 'Go on' },
    { type: 'turn_ended' },
  ])
})

it('reads a session of Codex, and of its oldest versions', async () => {
  await put(`codex/sessions/2026/03/01/rollout-2026-03-01T10-00-00-${CODEX_ID}.jsonl`, CODEX)
  await put(
    'codex/sessions/2025/05/01/rollout-2025-05-01-old.jsonl',
    lines(
      { id: 'old', timestamp: '2025-05-01T10:00:00.000Z', instructions: null, git: { branch: 'old' } },
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Old prompt' }] },
      { record_type: 'state' },
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Old answer' }] },
    ),
  )
  expect(await run()).toMatchObject({ read: { codex: 2 }, unknown: {}, skippedCount: 0 })
  expect(
    all(
      'SELECT name, turns.model_id FROM sessions JOIN turns ON turns.session_id = sessions.id ORDER BY name',
    ),
  ).toEqual([
    { name: 'Add a test', model_id: 'gpt-5-codex' },
    { name: 'Old prompt', model_id: null },
  ])
  expect(payloads()).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        update: expect.objectContaining({
          sessionUpdate: 'agent_thought_chunk',
          content: { type: 'text', text: 'Plan' },
        }),
      }),
      expect.objectContaining({
        update: expect.objectContaining({
          toolCallId: 'c1',
          title: 'shell bash -lc npm test',
          kind: 'execute',
        }),
      }),
      expect.objectContaining({ update: expect.objectContaining({ toolCallId: 'c1', status: 'failed' }) }),
      expect.objectContaining({
        update: { sessionUpdate: 'plan', entries: [{ content: 'Write it', status: 'completed' }] },
      }),
      { type: 'prompt', text: 'Old prompt' },
    ]),
  )
  expect(payloads().filter(({ type }) => type === 'prompt')).toHaveLength(2)
})

async function putOpenCode(): Promise<void> {
  const storage = 'opencode/storage'
  await put(`${storage}/session/p1/ses_1.json`, {
    id: 'ses_1',
    projectID: 'p1',
    directory: '/home/me/parser',
    title: 'In files',
    time: { created: 1000, updated: 2000 },
  })
  await put(`${storage}/session/p1/ses_2.json`, {
    id: 'ses_2',
    parentID: 'ses_1',
    directory: '/home/me/parser',
    title: 'Sub',
  })
  await put(`${storage}/message/ses_1/msg_1.json`, { id: 'msg_1', role: 'user', time: { created: 1000 } })
  await put(`${storage}/message/ses_1/msg_2.json`, {
    id: 'msg_2',
    role: 'assistant',
    providerID: 'openai',
    modelID: 'gpt',
    time: { created: 1500, completed: 1900 },
  })
  await put(`${storage}/part/msg_1/prt_1.json`, { type: 'text', text: 'Look at it' })
  await put(`${storage}/part/msg_1/prt_2.json`, { type: 'text', text: 'hidden', synthetic: true })
  await put(`${storage}/part/msg_2/prt_1.json`, { type: 'step-start' })
  await put(`${storage}/part/msg_2/prt_2.json`, { type: 'reasoning', text: 'Thinking' })
  await put(`${storage}/part/msg_2/prt_3.json`, {
    type: 'tool',
    tool: 'bash',
    callID: 'c9',
    state: { status: 'error', input: { command: 'ls' }, error: 'no such' },
  })
  await put(`${storage}/part/msg_2/prt_4.json`, { type: 'text', text: 'There it is.' })
  const db = openConnection(join(home, 'opencode/opencode.db'), { synchronous: 'NORMAL' })
  db.exec(`CREATE TABLE session (id TEXT PRIMARY KEY, project_id TEXT, parent_id TEXT, directory TEXT, title TEXT, time_created INTEGER, time_updated INTEGER);
    CREATE TABLE message (id TEXT PRIMARY KEY, session_id TEXT, time_created INTEGER, data TEXT);
    CREATE TABLE part (id TEXT PRIMARY KEY, message_id TEXT, session_id TEXT, data TEXT);
    INSERT INTO session VALUES ('ses_9', 'p', NULL, '/home/me/parser', 'In the database', 5000, 6000);
    INSERT INTO message VALUES ('msg_a', 'ses_9', 5000, '{"role":"user","time":{"created":5000}}');
    INSERT INTO message VALUES ('msg_b', 'ses_9', 5001, '{"role":"assistant","modelID":"gpt","time":{"created":5001}}');
    INSERT INTO part VALUES ('prt_a', 'msg_a', 'ses_9', '{"type":"text","text":"From the database"}');
    INSERT INTO part VALUES ('prt_b', 'msg_b', 'ses_9', '{"type":"text","text":"Answer"}');`)
  db.close()
}

it('reads sessions of OpenCode from its database and from its files', async () => {
  await putOpenCode()
  const report = await run()
  expect(report).toMatchObject({
    read: { opencode: 2 },
    skippedCount: 1,
    skipped: [{ reason: 'It is the session of a sub-agent.' }],
  })
  expect(all('SELECT name FROM sessions ORDER BY name')).toEqual([
    { name: 'In files' },
    { name: 'In the database' },
  ])
  expect(payloads()).toEqual(
    expect.arrayContaining([
      { type: 'prompt', text: 'Look at it' },
      { type: 'prompt', text: 'From the database' },
      expect.objectContaining({ update: expect.objectContaining({ toolCallId: 'c9', status: 'failed' }) }),
    ]),
  )
})

it('does not write where agents have their files, and imports nothing twice', async () => {
  await put('claude/projects/-p/a.jsonl', CLAUDE)
  await put(`codex/sessions/2026/03/01/rollout-2026-${CODEX_ID}.jsonl`, CODEX)
  await putOpenCode()
  const print = async (): Promise<string> => {
    const hash = createHash('sha256')
    for (const entry of (await readdir(home, { recursive: true, withFileTypes: true })).toSorted((a, b) =>
      join(a.parentPath, a.name) < join(b.parentPath, b.name) ? -1 : 1,
    )) {
      const path = join(entry.parentPath, entry.name)
      hash.update(path).update(String((await stat(path)).mtimeMs))
      if (entry.isFile()) hash.update(await readFile(path))
    }
    return hash.digest('hex')
  }
  const before = await print()
  const find = () =>
    findSessions(data.database.commands.$client, homes(), undefined, contextOf(data.database))
  expect(await find()).toMatchObject({
    agents: [
      { sessions: 1, known: 0 },
      { sessions: 1, known: 0 },
      { sessions: 3, known: 0 },
    ],
  })
  await run()
  const content = contentOf(data.database)
  expect(await run()).toMatchObject({ read: {}, alreadyHere: 4, tasks: 0, events: 0 })
  expect(contentOf(data.database)).toEqual(content)
  expect(await find()).toMatchObject({ agents: [{ known: 1 }, { known: 1 }, { known: 2 }] })
  expect(await print()).toBe(before)
})

it('puts sessions where they belong: to the task that has the branch, by folder or by origin', async () => {
  const repo = idOf('repo', 1)
  insert(data.database, [
    [
      'repositories',
      {
        id: repo,
        organization_id: LOCAL,
        name: 'parser',
        created_at: 1,
        last_used_at: 1,
        local_path: '/home/me/parser',
        origin_url: 'https://github.com/acme/parser',
      },
    ],
    [
      'tasks',
      {
        id: idOf('task', 1),
        organization_id: LOCAL,
        repository_id: repo,
        head_repository: repo,
        branch: 'fix-login',
        title: 'Mine',
        prompt: '',
        materialized_at: 1,
        created_at: 1,
        updated_at: 1,
      },
    ],
  ])
  await put('claude/projects/-p/a.jsonl', CLAUDE)
  await put(`codex/sessions/2026/03/01/rollout-2026-${CODEX_ID}.jsonl`, CODEX)
  expect(await run()).toMatchObject({ tasks: 1 })
  expect(
    all(
      'SELECT t.title, t.branch, t.archived_at, s.agent_id, s.closed_at IS NULL AS open FROM sessions s JOIN tasks t ON t.id = s.task_id ORDER BY s.agent_id',
    ),
  ).toEqual([
    { title: 'Mine', branch: 'fix-login', archived_at: null, agent_id: 'claude', open: 0 },
    // A branch that has no task stays free for one.
    {
      title: 'Imported sessions on main',
      branch: 'imported/main',
      archived_at: 5,
      agent_id: 'codex',
      open: 1,
    },
  ])
  expect(all('SELECT id FROM repositories')).toEqual([{ id: repo }])
})

it('leaves out sessions that this app has begun itself', async () => {
  await put('claude/projects/-p/own-session.jsonl', CLAUDE)
  insert(data.database, [
    [
      'sessions',
      {
        id: idOf('session', 1),
        task_id: idOf('task', 1),
        name: 'x',
        agent_id: 'claude',
        options: '{}',
        created_at: 1,
        agent_session_id: 'own-session',
      },
    ],
  ])
  expect(await run()).toMatchObject({ read: {}, alreadyHere: 1 })
})

it('says which files it left out, and why', async () => {
  await put('claude/projects/-p/empty.jsonl', '')
  await put('claude/projects/-p/words.jsonl', 'these are words\n')
  await put('claude/projects/-p/silent.jsonl', lines({ type: 'summary', summary: 'x' }))
  await put('claude/projects/-p/agent-1.jsonl', CLAUDE)
  expect(await run()).toMatchObject({
    read: {},
    skippedCount: 3,
    skipped: [
      { reason: 'It is empty.' },
      { reason: 'It holds no conversation.' },
      { reason: 'None of its lines can be read.' },
    ],
  })
})

it('takes what can be read of a file, and says how much cannot', async () => {
  const whole = CLAUDE.split('\n')
  const cut = [...whole.slice(0, 2), '{"type":"user","mess', ...whole.slice(2), '{"type":"assist'].join('\n')
  await put('claude/projects/-p/a.jsonl', cut)
  expect(await run()).toMatchObject({
    read: { claude: 1 },
    skippedCount: 0,
    brokenCount: 1,
    broken: [{ file: expect.stringContaining('a.jsonl') as string, lines: 2 }],
  })
  expect(payloads()).toHaveLength(9)
})

it('completes a session that came half', async () => {
  await put('claude/projects/-p/a.jsonl', CLAUDE)
  const context = contextOf(data.database)
  const order = { homes: homes(), agents: [...foreignAgents], localOrganizationId: LOCAL, now: 5 }
  const cut = importAgents(data.database.commands.$client, order, undefined, {
    ...context,
    // Only the first rows of what is written together reach the disk.
    async write(writes) {
      await context.write(writes.slice(0, 5))
      throw new Error('killed')
    },
  })
  await expect(cut).rejects.toThrow('killed')
  await run()
  expect(payloads()).toHaveLength(9)
  expect(all('SELECT id FROM turns')).toHaveLength(2)
})

// Invariant: whatever is in a file of an agent, reading it ends with a session or a reason, and never throws.
it('reads anything', async () => {
  const json = fc.jsonValue({ maxDepth: 4 })
  const entry = fc.oneof(
    json,
    fc.record({
      type: fc.constantFrom(
        'user',
        'assistant',
        'system',
        'response_item',
        'event_msg',
        'session_meta',
        'compacted',
        'message',
      ),
      message: json,
      payload: fc.oneof(
        json,
        fc.record({
          type: fc.constantFrom(
            'message',
            'function_call',
            'function_call_output',
            'reasoning',
            'user_message',
          ),
          role: json,
          content: json,
          arguments: json,
          output: json,
          summary: json,
        }),
      ),
      content: json,
      timestamp: json,
    }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(entry, { maxLength: 10 }), async (entries) => {
      const records = entries.filter(
        (one) => typeof one === 'object' && one !== null && !Array.isArray(one),
      ) as Record<string, unknown>[]
      for (const read of [
        await readClaudeSession('x', entries, {}),
        await readCodexSession('x', entries, {}),
        readOpenCodeSession(
          { info: { id: 'x' }, messages: records.map((info) => ({ info, parts: records })) },
          {},
        ),
      ])
        expect('session' in read || read.skipped !== '').toBe(true)
    }),
  )
})
