import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import * as fc from 'fast-check'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { exportSessions } from '../../../src/main/history/export/export-sessions'
import { FoundryError } from '../../../src/shared/errors'
import { sessionsFileSchema } from '../../../src/shared/export-format'
import type { SessionId, TaskId } from '../../../src/shared/ids'
import { escapeHtml } from '../../../src/shared/secret-masker'
import { type ExportFormat, exportFormats } from '../../../src/shared/transfer'
import { openTestDatabase, type TestDatabase } from '../../support/database'
import { contextOf, idOf, insert, type Rows } from '../../support/transfer'

let data: TestDatabase
beforeEach(async () => {
  data = await openTestDatabase()
})
afterEach(() => data.close())

const TASK = idOf('task', 1) as TaskId
const SESSION = idOf('session', 1) as SessionId
const TURN = idOf('turn', 1)
const PICTURE =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

function task(number = 1, title = 'Fix <b>it</b>'): Rows {
  return [
    [
      'tasks',
      {
        id: idOf('task', number),
        organization_id: idOf('org', 1),
        repository_id: idOf('repo', 1),
        head_repository: idOf('repo', 1),
        branch: `fix-${number}`,
        title,
        prompt: 'Fix',
        materialized_at: 2,
        created_at: 2,
        updated_at: 3,
      },
    ],
    [
      'sessions',
      {
        id: idOf('session', number),
        task_id: idOf('task', number),
        name: `Session ${number}`,
        agent_id: 'claude',
        model_id: 'opus',
        options: '{}',
        created_at: 2,
      },
    ],
    [
      'turns',
      {
        id: idOf('turn', number),
        session_id: idOf('session', number),
        task_id: idOf('task', number),
        prompt: 'Fix',
        started_at: 2,
        ended_at: 3,
        stop_reason: 'end_turn',
      },
    ],
  ]
}
const world: Rows = [
  ['organizations', { id: idOf('org', 1), kind: 'local', name: 'Here', created_at: 1 }],
  [
    'repositories',
    { id: idOf('repo', 1), organization_id: idOf('org', 1), name: 'parser', created_at: 1, last_used_at: 1 },
  ],
]

function events(all: readonly object[], number = 1): Rows {
  return all.map((event, index): Rows[number] => {
    const json = JSON.stringify(event)
    const long = json.length > 5000
    return [
      'session_events',
      {
        session_id: idOf('session', number),
        first_index: index,
        last_index: index,
        turn_id: idOf('turn', number),
        at: 1_700_000_000_000 + index,
        payload: long ? JSON.stringify({ type: 'prompt', text: 'cut' }) : json,
        full_bytes: long ? json.length : null,
        full: long ? deflateSync(json) : null,
      },
    ]
  })
}
const update = (fields: object): object => ({ type: 'update', update: fields })
const chunk = (text: string): object =>
  update({ sessionUpdate: 'agent_message_chunk', content: { type: 'text', text } })

async function write(
  format: ExportFormat,
  what: { sessionId: SessionId } | { taskIds: TaskId[] } = { taskIds: [TASK] },
  mask = true,
) {
  const path = join(data.directory, `out.${format}`)
  const report = await exportSessions(
    data.database.commands.$client,
    { what, format, mask, path, now: 9, appVersion: '1.0' },
    contextOf(data.database),
  )
  return { report, text: await readFile(path, 'utf8') }
}

const conversation = [
  {
    type: 'prompt',
    text: 'Please **fix** <script>alert(1)</script>',
    attachments: [{ id: idOf('attachment', 1), name: 'a.png', mimeType: 'image/png', bytes: 3 }],
  },
  update({ sessionUpdate: 'agent_thought_chunk', content: { type: 'text', text: 'I think' } }),
  chunk('Here is **the'),
  chunk(
    ' answer** with <img src=x onerror=alert(1)> and [link](javascript:alert(1)) and [good](https://example.com)',
  ),
  update({
    sessionUpdate: 'tool_call',
    toolCallId: 'c1',
    title: 'Edit "a.ts"',
    kind: 'edit',
    status: 'pending',
    content: [{ type: 'diff', path: 'a.ts', oldText: 'one\ntwo', newText: 'one\n```\nthree' }],
  }),
  update({ sessionUpdate: 'tool_call_update', toolCallId: 'c1', status: 'failed' }),
  update({
    sessionUpdate: 'tool_call',
    toolCallId: 'c2',
    title: 'npm test',
    kind: 'execute',
    status: 'completed',
    rawInput: { command: 'npm test' },
    content: [
      { type: 'content', content: { type: 'text', text: `long ${'output '.repeat(1000)}the end` } },
      { type: 'content', content: { type: 'image', data: PICTURE, mimeType: 'image/png' } },
    ],
  }),
  update({
    sessionUpdate: 'plan',
    entries: [
      { content: 'First', status: 'completed' },
      { content: 'Second', status: 'pending' },
    ],
  }),
  { type: 'permission', permissionId: idOf('permission', 1) },
  { type: 'error', error: { kind: 'agent', message: 'It broke', detail: 'deep down' } },
  { type: 'turn_ended', stopReason: 'cancelled', durationMs: 3, usage: null, checkpoint: null },
]
const whole: Rows = [
  ...world,
  ...task(),
  [
    'permission_requests',
    {
      id: idOf('permission', 1),
      session_id: SESSION,
      task_id: TASK,
      turn_id: TURN,
      title: 'Run npm test',
      tool_call: '{}',
      options: JSON.stringify([{ id: 'y', name: 'Allow once', kind: 'allow_once' }]),
      state: 'answered',
      answer: 'y',
      created_at: 2,
      resolved_at: 2,
    },
  ],
  [
    'prompt_attachments',
    {
      id: idOf('attachment', 1),
      session_id: SESSION,
      owner_id: TURN,
      name: 'a.png',
      mime_type: 'image/png',
      content: Buffer.from(PICTURE, 'base64'),
      created_at: 1,
    },
  ],
  [
    'checkpoints',
    {
      id: idOf('checkpoint', 1),
      task_id: TASK,
      session_id: SESSION,
      turn_id: TURN,
      commit: 'a'.repeat(40),
      parent: 'b'.repeat(40),
      created_at: 3,
      files: 1,
      added: 1,
      removed: 1,
      diff: deflateSync('diff --git a/a.ts b/a.ts\n@@ -1 +1 @@\n-two\n+three\n'),
      diff_encoding: 'deflate',
      diff_truncated: 0,
    },
  ],
  ...events(conversation),
]

it('writes Markdown that says it all, in fences that nothing closes', async () => {
  insert(data.database, whole)
  const { text, report } = await write('markdown')
  expect(report).toMatchObject({ tasks: 1, sessions: 1, events: 11, secrets: [] })
  expect(text).toContain('# Fix <b>it</b>')
  expect(text).toContain('Here is **the answer** with')
  expect(text).toContain('**edit:** `Edit "a.ts"` (failed)')
  expect(text).toContain('````diff\n one\n-two\n+```\n+three\n````')
  expect(text).toContain('the end')
  expect(text).toContain('- [x] First\n- [ ] Second')
  expect(text).toContain('> Permission: Run npm test: Allow once')
  expect(text).toContain('> Error: It broke\n> deep down')
  expect(text).toContain('> The turn ended: cancelled')
  expect(text).toContain('+three\n```')
})

it('writes one page in which nothing can run', async () => {
  insert(data.database, whole)
  const { text } = await write('html')
  expect(text).toContain(`default-src 'none'; style-src 'unsafe-inline'; img-src data:`)
  expect(text).toContain('Fix &lt;b&gt;it&lt;/b&gt;')
  expect(text).toContain('<strong>the answer</strong>')
  expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
  expect(text).toContain('<a href="https://example.com" rel="noreferrer noopener">good</a>')
  expect(text).toContain('<span class="add">+three</span>')
  expect(text.split(`src="data:image/png;base64,${PICTURE}"`)).toHaveLength(3)
  expect(text).not.toMatch(/<script|<img src=x|href="javascript|<iframe|<link|<b>it/i)
})

it('writes JSON with every event, as the schema says', async () => {
  insert(data.database, whole)
  const { text } = await write('json', { taskIds: [TASK] }, false)
  const file = sessionsFileSchema.parse(JSON.parse(text))
  const [exported] = file.tasks
  expect(exported?.sessions[0]?.events.map(({ event }) => event.type)).toEqual(
    conversation.map((event) => (event as { type: string }).type),
  )
  expect(exported?.sessions[0]?.events[6]?.event).toEqual(conversation[6])
  expect(exported?.sessions[0]?.attachments[0]?.content).toBe(PICTURE)
  expect(exported?.checkpoints[0]?.diff).toContain('+three')
  expect(file).toMatchObject({ masked: false, secrets: [], appVersion: '1.0' })
})

it('says where it stood what a policy took away, and when it went', async () => {
  insert(data.database, whole)
  const client = data.database.commands.$client
  const at = Date.UTC(2026, 4, 3, 10, 30)
  client.prepare('UPDATE session_events SET full = NULL, full_removed_at = ? WHERE first_index = 6').run(at)
  // What is left of a row that was cut.
  client.prepare('UPDATE session_events SET payload = ? WHERE first_index = 6').run(
    JSON.stringify(
      update({
        sessionUpdate: 'tool_call',
        toolCallId: 'c2',
        title: 'npm test',
        kind: 'execute',
        status: 'completed',
        content: [{ type: 'content', content: { type: 'text', text: 'long outp' } }],
      }),
    ),
  )
  client.prepare(`UPDATE prompt_attachments SET content = x'', removed_at = ?, removed_bytes = 70`).run(at)
  const bytes = client.prepare('SELECT full_bytes FROM session_events WHERE first_index = 6').pluck().get()
  const gone = `in full it was ${bytes as number} bytes, removed by a retention policy on 2026-05-03 10:30 UTC.`
  const picture = 'in full it was 70 bytes, removed by a retention policy on 2026-05-03 10:30 UTC.'

  const { text: page } = await write('html')
  expect(page).toContain(`<pre>long outp</pre></details><p class="note">Shortened here: ${gone}</p>`)
  expect(page).toContain(`Attached: a.png (${picture})`)
  const { text: markdown } = await write('markdown')
  expect(markdown).toContain(`long outp\n\`\`\`\n\n> Shortened here: ${gone}`)
  expect(markdown).toContain(`- Attached: a.png (${picture})`)
  const file = sessionsFileSchema.parse(JSON.parse((await write('json')).text))
  const [session] = file.tasks[0]?.sessions ?? []
  expect(
    session?.events.flatMap(({ first, removed }) => (removed === undefined ? [] : [{ first, removed }])),
  ).toEqual([{ first: 6, removed: { at, bytes } }])
  expect(session?.attachments).toMatchObject([{ content: '', removed: { at, bytes: 70 } }])
})

it('exports one session, or several tasks, and what is empty', async () => {
  insert(data.database, [
    ...world,
    ...task(1),
    ...task(2, 'Second'),
    ...events([chunk('One')], 1),
    ...events([chunk('Two')], 2),
  ])
  const one = await write('json', { sessionId: SESSION })
  expect(one.text).toContain('One')
  expect(one.text).not.toContain('Two')
  const both = await write('json', { taskIds: [TASK, idOf('task', 2) as TaskId, idOf('task', 9) as TaskId] })
  expect(sessionsFileSchema.parse(JSON.parse(both.text)).tasks.map(({ title }) => title)).toEqual([
    'Fix <b>it</b>',
    'Second',
  ])
  data.database.commands.$client.exec('DELETE FROM sessions')
  expect(sessionsFileSchema.parse(JSON.parse((await write('json')).text)).tasks[0]?.sessions).toEqual([])
  for (const format of exportFormats)
    expect((await write(format)).report).toMatchObject({ tasks: 1, sessions: 0 })
})

it('leaves no file where it is stopped, or where there can be none', async () => {
  insert(data.database, whole)
  const folder = join(data.directory, 'out')
  await mkdir(folder)
  const about = { format: 'html', mask: true, now: 9, appVersion: '1' } as const
  const request = { ...about, what: { taskIds: [TASK] } }
  const client = data.database.commands.$client
  let steps = 0
  const stop = {
    ...contextOf(data.database),
    async step() {
      steps += 1
      if (steps > 9) throw new FoundryError('cancelled', 'Stopped.')
    },
  }
  await expect(
    exportSessions(client, { ...request, path: join(folder, 'a.html') }, stop),
  ).rejects.toMatchObject({ kind: 'cancelled' })
  expect(await readdir(folder)).toEqual([])
  await expect(
    exportSessions(client, { ...request, path: join(folder, 'none', 'a.html') }, contextOf(data.database)),
  ).rejects.toMatchObject({ code: 'ENOENT' })
})

// Put together here, so that no scanner of repositories takes them for real ones.
const secrets = [
  ['gh', 'p_', 'aZ3kQ9xT7bLm2PwR5vYc8NdF4gHj6SuE1iKo'].join(''),
  ['sk-', 'ant-api03-', 'aZ3kQ9xT7bLm2PwR5vYc8NdF4gHj6SuE1iKo'].join(''),
  [
    '-----BEGIN PRIVATE',
    ' KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE',
    ' KEY-----',
  ].join(''),
  `p&<"'w0rd-of-mine`,
]

it('lets no secret through, in whatever format, wherever it stands and however it is cut', async () => {
  insert(data.database, [...world, ...task()])
  const client = data.database.commands.$client
  const place = fc.constantFrom(
    'message',
    'prompt',
    'output',
    'diff',
    'path',
    'input',
    'title',
    'attachment',
    'checkpoint',
  )
  // Invariant: of a secret that was found anywhere, no spelling is in what is written.
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...secrets),
      fc.array(place, { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 1, max: 60 }),
      fc.constantFrom(...exportFormats),
      async (secret, places, cut, format) => {
        client.exec('DELETE FROM session_events; DELETE FROM checkpoints; DELETE FROM prompt_attachments')
        client.prepare('UPDATE tasks SET title = ?').run(places.includes('title') ? `Use ${secret}` : 'Title')
        // What says that it is one stands once; elsewhere it is a word among others.
        const said = secret.startsWith('p&')
          ? `postgres://me:${encodeURIComponent(secret)}@db/x`
          : `x ${secret} y`
        const text = `before ${said} after`
        const all: object[] = [chunk(text.slice(0, cut)), chunk(text.slice(cut))]
        if (places.includes('prompt')) all.push({ type: 'prompt', text: `a ${secret} b` })
        if (places.includes('output'))
          all.push(
            update({
              sessionUpdate: 'tool_call',
              toolCallId: 'a',
              title: 'T',
              kind: 'execute',
              status: 'completed',
              content: [{ type: 'content', content: { type: 'text', text: JSON.stringify({ a: secret }) } }],
            }),
          )
        if (places.includes('diff'))
          all.push(
            update({
              sessionUpdate: 'tool_call',
              toolCallId: 'b',
              title: 'T',
              kind: 'edit',
              status: 'completed',
              content: [{ type: 'diff', path: 'a', oldText: null, newText: `k ${secret} l` }],
            }),
          )
        if (places.includes('path'))
          all.push(
            update({
              sessionUpdate: 'tool_call',
              toolCallId: 'c',
              title: `Read /x/${secret}`,
              kind: 'read',
              locations: [{ path: `/x/${secret}` }],
            }),
          )
        if (places.includes('input'))
          all.push(
            update({
              sessionUpdate: 'tool_call',
              toolCallId: 'd',
              title: 'T',
              kind: 'other',
              rawInput: { [secret]: [secret] },
            }),
          )
        insert(data.database, events(all))
        if (places.includes('attachment'))
          insert(data.database, [
            [
              'prompt_attachments',
              {
                id: idOf('attachment', 2),
                session_id: SESSION,
                owner_id: TURN,
                name: 'a.txt',
                mime_type: 'text/plain',
                content: Buffer.from(`a ${secret}`),
                created_at: 1,
              },
            ],
          ])
        if (places.includes('checkpoint'))
          insert(data.database, [
            [
              'checkpoints',
              {
                id: idOf('checkpoint', 2),
                task_id: TASK,
                session_id: SESSION,
                commit: 'a'.repeat(40),
                parent: 'b'.repeat(40),
                created_at: 3,
                files: 1,
                added: 1,
                removed: 1,
                diff: deflateSync(`diff\n+${secret}\n`),
                diff_encoding: 'deflate',
                diff_truncated: 0,
              },
            ],
          ])
        const { text: written } = await write(format)
        const bases = [...written.matchAll(/"content":"([A-Za-z0-9+/=]+)"/g)].map(([, base]) =>
          Buffer.from(base ?? '', 'base64').toString(),
        )
        for (const spelling of [
          secret,
          escapeHtml(secret),
          encodeURIComponent(secret),
          JSON.stringify(secret).slice(1, -1),
          JSON.stringify(JSON.stringify(secret)).slice(3, -3),
        ])
          for (const place of [written, ...bases]) expect(place).not.toContain(spelling)
        expect(written).toContain('[masked')
      },
    ),
    { numRuns: 60 },
  )
})
