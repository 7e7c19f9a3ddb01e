import { deflateSync } from 'node:zlib'
import * as fc from 'fast-check'
import type { Database } from '../../src/main/database'
import type { TransferContext } from '../../src/main/history/transfer/messages'
import { RowWriter } from '../../src/main/history/transfer/row-writer'
import type { PackPolicy } from '../../src/shared/keeping-policy'
import { createPackContents } from '../../src/main/task/packs/contents'
import type { PackPlace } from '../../src/main/task/packs/intake'
import { packPolicy } from './packs'
import { packRows, things } from './pack-rows'
import { archiveTables, type ArchiveTable } from '../../src/shared/export-format'

type Cell = string | number | null | Buffer
export type Rows = [table: string, row: Record<string, Cell>][]

/** An id of a kind, by number. */
export const idOf = (kind: string, number: number): string =>
  `${kind}_00000000-0000-7000-8000-${String(number).padStart(12, '0')}`

export function insert({ commands }: Database, rows: Rows): void {
  const { $client } = commands
  $client.transaction(() => {
    for (const [table, row] of rows) {
      const names = Object.keys(row)
      $client
        .prepare(
          `INSERT INTO ${table} (${names.map((name) => `"${name}"`).join()}) VALUES (${names.map(() => '?').join()})`,
        )
        .run(...Object.values(row))
    }
  })()
}

export const packPlace = (database: Database, policy: Partial<PackPolicy> = {}): PackPlace => ({
  contents: createPackContents(database),
  policy: () => ({ ...packPolicy, ...policy }),
})

/** Work done in the test's own thread: what is written goes where the app would write it. */
export function contextOf(database: Database, more: Partial<TransferContext> = {}): TransferContext {
  const writer = new RowWriter(database, packPlace(database))
  return { step: async () => undefined, write: (writes) => writer.write(writes), ...more }
}

const kept: Partial<Record<ArchiveTable, string[]>> = {
  organizations: ['account_id', 'problem', 'left_at', 'delete_requested_at'],
  repositories: ['local_path', 'scripts_trusted', 'permission_policy'],
}
/** Numbers that are given out anew, and people who are others. */
const renamed: Partial<Record<ArchiveTable, string[]>> = {
  audit_events: ['id', 'actor'],
  pull_request_changes: ['id'],
  review_comments: ['user_id'],
  file_drafts: ['user_id'],
  user_task_state: ['user_id'],
  user_session_state: ['user_id'],
}

/** Contents of packs, each part of them. */
export const packedIn = ({ commands }: Database): unknown[][] =>
  ['pack_blobs', 'pack_blob_parts'].map((table) =>
    commands.$client.prepare(`SELECT * FROM ${table} ORDER BY 1, 2`).all(),
  )

/** Every row of an archive's tables, without what stays on a computer. */
export function contentOf({ commands }: Database): Record<string, string[]> {
  return Object.fromEntries(
    archiveTables.map((table) => {
      const hidden = [...(kept[table] ?? []), ...(renamed[table] ?? [])]
      const rows = commands.$client.prepare(`SELECT * FROM ${table}`).all() as Record<string, Cell>[]
      const texts = rows.map((row) =>
        JSON.stringify(
          Object.entries(row)
            .filter(([name]) => !hidden.includes(name))
            .map(([name, cell]) => [name, Buffer.isBuffer(cell) ? cell.toString('base64') : cell]),
        ),
      )
      return [table, texts.toSorted()]
    }),
  )
}

export const USER = idOf('user', 1)

export function addUser(database: Database, id: string): void {
  insert(database, [['users', { id, name: 'Somebody', created_at: 1 }]])
}

const text = fc.string({ unit: 'grapheme', maxLength: 60 })
const time = fc.integer({ min: 1, max: 2_000_000_000_000 })
const packed = fc.uint8Array({ maxLength: 200 }).map((bytes) => deflateSync(bytes))

/** An organization with whatever can belong to one. */
export const organizationRows: fc.Arbitrary<Rows> = fc
  .record({
    repositories: fc.integer({ min: 1, max: 3 }),
    tasks: fc.array(
      fc.record({
        title: text,
        prompt: text,
        at: time,
        archived: fc.boolean(),
        sessions: fc.array(
          fc.record({
            name: text,
            events: fc.array(fc.record({ text, at: time, full: fc.option(packed) }), { maxLength: 6 }),
            turns: fc.integer({ min: 0, max: 3 }),
            permissions: fc.integer({ min: 0, max: 2 }),
            attachment: fc.option(fc.uint8Array({ maxLength: 50 })),
            draft: text,
          }),
          { maxLength: 3 },
        ),
        checkpoints: fc.array(packed, { maxLength: 2 }),
        notes: fc.array(text, { maxLength: 2 }),
        file: fc.option(fc.uint8Array({ maxLength: 50 })),
        pack: fc.option(fc.record({ things, keptAt: fc.option(time), run: time })),
      }),
      { maxLength: 4 },
    ),
    pullRequests: fc.array(text, { maxLength: 3 }),
    members: fc.array(text, { maxLength: 2 }),
    audit: fc.array(fc.record({ at: time, note: text }), { maxLength: 4 }),
  })
  .map((world): Rows => {
    const organizationId = idOf('org', 1)
    const rows: Rows = [
      [
        'organizations',
        {
          id: organizationId,
          kind: 'organization',
          name: 'Acme',
          created_at: 5,
          host: 'github.com',
          github_id: '77',
          login: 'acme',
        },
      ],
    ]
    const stored = new Set<string>()
    let number = 0
    const next = (kind: string): string => idOf(kind, (number += 1))
    for (const [index, name] of world.members.entries())
      rows.push([
        'members',
        {
          organization_id: organizationId,
          github_id: String(index),
          login: `m${index}`,
          name,
          role: 'member',
          generation: 1,
        },
      ])
    const repositories = Array.from({ length: world.repositories }, (_, index) => {
      const id = next('repo')
      rows.push([
        'repositories',
        {
          id,
          organization_id: organizationId,
          name: `repo ${index}`,
          created_at: 1,
          last_used_at: index,
          github_id: String(900 + index),
          full_name: `acme/r${index}`,
          origin_url: `https://github.com/acme/r${index}.git`,
          scripts: index === 0 ? '{"setup":"true"}' : null,
        },
      ])
      return id
    })
    const at = (index: number): string => repositories[index % repositories.length] ?? ''
    for (const [index, title] of world.pullRequests.entries()) {
      const key = { repository_id: at(index), number: index + 1, organization_id: organizationId }
      rows.push(
        [
          'pull_requests',
          {
            ...key,
            node_id: `PR${index}`,
            title,
            body: title,
            state: 'open',
            is_draft: 0,
            url: 'https://github.com/x',
            head_ref: `pr-${index}`,
            base_ref: 'main',
            requested_reviewers: '[]',
            labels: '[]',
            comments: 0,
            checks: 'none',
            mergeable: 'unknown',
            checked_at: 1,
            created_at: 1,
            updated_at: 2,
            generation: 1,
          },
        ],
        ['pull_request_reviews', { ...key, json: JSON.stringify({ threads: [title] }), read_at: 3 }],
        [
          'pull_request_changes',
          {
            organization_id: organizationId,
            repository_id: at(index),
            number: index + 1,
            kind: 'opened',
            payload: '{}',
            at: 1,
            seen_at: 2,
          },
        ],
      )
    }
    for (const [index, task] of world.tasks.entries()) {
      const taskId = next('task')
      rows.push([
        'tasks',
        {
          id: taskId,
          organization_id: organizationId,
          repository_id: at(index),
          head_repository: at(index),
          branch: `branch-${index}`,
          title: task.title,
          prompt: task.prompt,
          materialized_at: task.at,
          archived_at: task.archived ? task.at : null,
          created_at: task.at,
          updated_at: task.at + 1,
        },
      ])
      for (const session of task.sessions) {
        const sessionId = next('session')
        rows.push([
          'sessions',
          {
            id: sessionId,
            task_id: taskId,
            name: session.name,
            agent_id: 'opencode',
            options: '{}',
            created_at: task.at,
            agent_session_id: `own-${sessionId}`,
          },
        ])
        const turns = Array.from({ length: session.turns }, () => {
          const id = next('turn')
          rows.push([
            'turns',
            {
              id,
              session_id: sessionId,
              task_id: taskId,
              prompt: session.name,
              started_at: task.at,
              ended_at: task.at + 5,
              stop_reason: 'end_turn',
              usage: '{"inputTokens":3}',
            },
          ])
          return id
        })
        const turn = turns[0] ?? null
        const permissions = Array.from({ length: session.permissions }, () => {
          const id = next('permission')
          rows.push([
            'permission_requests',
            {
              id,
              session_id: sessionId,
              task_id: taskId,
              turn_id: turn,
              title: 'Run',
              tool_call: '{"toolCallId":"c"}',
              options: '[]',
              state: 'answered',
              answer: 'yes',
              created_at: task.at,
              resolved_at: task.at,
            },
          ])
          return id
        })
        if (session.attachment !== null)
          rows.push([
            'prompt_attachments',
            {
              id: next('attachment'),
              session_id: sessionId,
              owner_id: turn,
              name: 'a.bin',
              mime_type: 'application/octet-stream',
              content: Buffer.from(session.attachment),
              created_at: task.at,
            },
          ])
        const payloads = [
          ...permissions.map((permissionId) => ({ type: 'permission', permissionId })),
          ...session.events.map((event) => ({
            type: 'update',
            update: { sessionUpdate: 'agent_message_chunk', content: { type: 'text', text: event.text } },
          })),
        ]
        for (const [first, payload] of payloads.entries()) {
          const event = session.events[first - permissions.length]
          rows.push([
            'session_events',
            {
              session_id: sessionId,
              first_index: first * 2,
              last_index: first * 2 + 1,
              turn_id: turn,
              at: event?.at ?? task.at,
              payload: JSON.stringify(payload),
              full_bytes: event?.full == null ? null : 9,
              full: event?.full ?? null,
            },
          ])
        }
        rows.push([
          'user_session_state',
          { user_id: USER, session_id: sessionId, task_id: taskId, unread: 0, draft: session.draft },
        ])
      }
      for (const [place, diff] of task.checkpoints.entries())
        rows.push([
          'checkpoints',
          {
            id: next('checkpoint'),
            task_id: taskId,
            commit: 'a'.repeat(40),
            parent: 'b'.repeat(40),
            created_at: task.at + place,
            files: 1,
            added: 1,
            removed: 0,
            diff,
            diff_encoding: 'deflate',
            diff_truncated: 0,
          },
        ])
      for (const note of task.notes)
        rows.push([
          'review_comments',
          {
            id: next('comment'),
            user_id: USER,
            task_id: taskId,
            path: 'a.ts',
            from_side: 'new',
            from_line: 1,
            to_side: 'new',
            to_line: 2,
            excerpt: note,
            text: note,
            created_at: task.at,
          },
        ])
      if (task.file !== null)
        rows.push([
          'file_drafts',
          { user_id: USER, task_id: taskId, path: 'a.ts', bytes: Buffer.from(task.file), edited_at: task.at },
        ])
      if (task.pack !== null) rows.push(...packRows(taskId, task.pack.things, { ...task.pack, stored }))
      rows.push(['user_task_state', { user_id: USER, task_id: taskId, publish_draft: '{"title":"x"}' }])
      rows.push([
        'audit_events',
        {
          at: task.at,
          actor: USER,
          kind: 'task.created',
          organization_id: organizationId,
          task_id: taskId,
          payload: '{}',
        },
      ])
    }
    for (const entry of world.audit)
      rows.push([
        'audit_events',
        {
          at: entry.at,
          actor: USER,
          kind: 'organization.added',
          organization_id: organizationId,
          payload: JSON.stringify({ note: entry.note }),
        },
      ])
    return rows
  })
