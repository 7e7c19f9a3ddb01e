import type Sqlite from 'better-sqlite3'
import type { CheckpointReason } from '@shared/changes'
import { usageSchema } from '@shared/domain'
import type { HistoryActor, HistoryEntry, HistoryGroup, HistoryPlace, RecordedState } from '@shared/history'
import { policyGroundsSchema } from '@shared/permission-policy-schema'
import { isRecord } from '../../session/hostile'
import { jsonIn } from '../search/documents'
import { CUT_SHORT } from './session-fold'
import { checkpointId, permissionId, sessionId, turnId } from './ids'
import { inCheckout } from './in-checkout'
import { reviewEntries } from './review-entries'
import type { Transcripts } from './transcripts'

/** Where a page begins: what comes after this in the order of the timeline, newest first. */
export interface Before {
  at: number
  key: string
}

export interface TaskFacts {
  id: string
  repositoryId: string
  createdAt: number
  pullRequestNumber: number | null
}

/** Entries of one kind, newest first, those after a place; at most `BATCH`, and fewer only at the end. */
export type Source = (before: Before) => HistoryEntry[]

export const BATCH = 100
const PROMPT = 300

/** Newest first; of one time, by key. */
export const compareEntries = (a: Before, b: Before): number =>
  b.at - a.at || (a.key < b.key ? 1 : a.key > b.key ? -1 : 0)

/** Selects what `inner` does, with `at` and `key`, in the order of the timeline from a place on. */
const paged = (inner: string): string =>
  `SELECT * FROM (${inner}) WHERE at < :at OR (at = :at AND key < :key) ORDER BY at DESC, key DESC LIMIT ${BATCH}`

/** Those whose row is an entry of its own are not listed twice. */
const AUDIT = paged(`SELECT 'audit ' || printf('%012d', a.id) AS key, a.id, a.at, a.actor, a.kind, a.payload,
    a.session_id AS sessionId
  FROM audit_events a WHERE (a.task_id = :task OR (a.kind = 'repository.policy.changed'
      AND a.task_id IS NULL AND a.repository_id = :repository AND a.at >= :since))
    AND NOT (a.kind IN ('task.permission.answered', 'task.permission.decided') AND EXISTS (
      SELECT 1 FROM permission_requests p WHERE p.id = json_extract(a.payload, '$.permissionId')))
    AND NOT (a.kind = 'task.message.sent'
      AND NOT EXISTS (SELECT 1 FROM queued_prompts q WHERE q.id = json_extract(a.payload, '$.promptId'))
      AND NOT EXISTS (SELECT 1 FROM audit_events r WHERE r.task_id = :task AND r.kind = 'task.message.removed'
        AND json_extract(r.payload, '$.promptId') = json_extract(a.payload, '$.promptId')))
    AND NOT (a.kind = 'task.pr.changed' AND a.actor = 'github' AND EXISTS (
      SELECT 1 FROM audit_events o WHERE o.task_id = :task AND o.actor NOT IN ('github', 'system')
        AND abs(o.at - a.at) < 120000 AND o.kind = CASE json_extract(a.payload, '$.change')
          WHEN 'opened' THEN 'task.pr.published' WHEN 'merged' THEN 'task.pr.merged'
          WHEN 'closed' THEN 'task.pr.closed' WHEN 'reopened' THEN 'task.pr.reopened'
          WHEN 'drafted' THEN 'task.pr.drafted' WHEN 'ready_for_review' THEN 'task.pr.ready'
          WHEN 'title_changed' THEN 'task.pr.edited' WHEN 'retargeted' THEN 'task.pr.edited'
          WHEN 'approved' THEN 'task.review.sent' WHEN 'changes_requested' THEN 'task.review.sent' END))`)

const TURNS = `SELECT x.*, c.id AS checkpointId, c.files, c.added, c.removed FROM (${paged(
  `SELECT 'turn ' || t.id AS key, t.id, t.started_at AS at, t.session_id AS sessionId,
    substr(t.prompt, 1, ${PROMPT}) AS prompt, t.model_id AS modelId, t.ended_at AS endedAt, t.stop_reason AS stopReason,
    t.usage, s.agent_id AS agentId
  FROM sessions s JOIN turns t ON t.session_id = s.id WHERE s.task_id = :task`,
)}) x LEFT JOIN checkpoints c ON c.task_id = :task AND c.turn_id = x.id AND coalesce(c.reason, 'turn') = 'turn'
  ORDER BY x.at DESC, x.key DESC`

const CHECKPOINTS =
  paged(`SELECT 'checkpoint ' || id AS key, id AS checkpointId, created_at AS at, reason, files, added,
    removed FROM checkpoints WHERE task_id = :task AND turn_id IS NULL AND files > 0`)

const PERMISSIONS =
  paged(`SELECT 'permission ' || p.id AS key, p.id, p.created_at AS at, p.session_id AS sessionId,
    p.turn_id AS turnId, p.title, p.options, p.state, p.answer, p.policy, p.resolved_at AS resolvedAt
  FROM sessions s JOIN permission_requests p ON p.session_id = s.id WHERE s.task_id = :task`)

const JOBS =
  paged(`SELECT 'job ' || id AS key, coalesce(ended_at, updated_at) AS at, kind, error, session_id AS sessionId
  FROM jobs WHERE task_id = :task AND state = 'failed' AND kind <> 'task.provision'`)

interface AuditRow extends Before {
  id: number
  actor: string
  kind: string
  payload: string
  sessionId: string | null
}
interface TurnRow extends Before {
  id: string
  sessionId: string
  prompt: string
  modelId: string | null
  endedAt: number | null
  stopReason: string | null
  usage: string | null
  agentId: string
  checkpointId: string | null
  files: number
  added: number
  removed: number
}
interface CheckpointRow extends Before {
  checkpointId: string
  reason: CheckpointReason | null
  files: number
  added: number
  removed: number
}
interface PermissionRow extends Before {
  id: string
  sessionId: string
  turnId: string | null
  title: string
  options: string
  state: 'pending' | 'answered' | 'cancelled' | 'expired'
  answer: string | null
  policy: string | null
  resolvedAt: number | null
}
interface JobRow extends Before {
  kind: string
  error: string | null
  sessionId: string | null
}

const DECISIONS =
  /^(repository\.policy\.changed|task\.(pr\.(published|merged|closed|reopened|ready|drafted)|review\.sent|thread\.(resolved|reopened)|files\.|file\.|suggestion\.|archived|unarchived|deleted|checkout\.removed|model\.changed|session\.(forked|closed|reopened|stopped|restarted)|branch\.updated|push|committed|brought_home|owner\.changed|permission\.))/
const BAD_CHANGES = new Set(['checks_failed', 'conflicts', 'changes_requested'])

function auditGroups(kind: string, payload: Record<string, unknown>): HistoryGroup[] {
  const groups: HistoryGroup[] = []
  if (/^task\.(committed|commits\.)/.test(kind)) groups.push('commits')
  else if (/^task\.(pr\.|review\.|thread\.|push|branch\.updated|brought_home)/.test(kind))
    groups.push('pull_request')
  else if (/^task\.(session|message|model)\./.test(kind)) groups.push('sessions')
  else if (/^task\.permission\.|^repository\.policy/.test(kind)) groups.push('permissions')
  else groups.push('task')
  if (DECISIONS.test(kind)) groups.push('decisions')
  const change = payload['change']
  if (kind === 'task.error' || (typeof change === 'string' && BAD_CHANGES.has(change)))
    groups.push('problems')
  if (change === 'merged' || change === 'closed' || change === 'approved') groups.push('decisions')
  return groups
}

const auditActor = (actor: string, kind: string): HistoryActor =>
  kind === 'task.commits.found'
    ? 'agent'
    : kind === 'task.permission.decided'
      ? 'policy'
      : actor === 'system' || actor === 'github'
        ? actor
        : 'reader'

/** Everything that is recorded of a task, each thing from where it is kept. */
export function prepareSources(connection: Sqlite.Database) {
  const audit = connection.prepare<[Record<string, unknown>], AuditRow>(AUDIT)
  const turns = connection.prepare<[Record<string, unknown>], TurnRow>(TURNS)
  const checkpoints = connection.prepare<[Record<string, unknown>], CheckpointRow>(CHECKPOINTS)
  const permissions = connection.prepare<[Record<string, unknown>], PermissionRow>(PERMISSIONS)
  const jobs = connection.prepare<[Record<string, unknown>], JobRow>(JOBS)
  const decided = connection.prepare<[string], { id: number; permissionId: string }>(
    `SELECT id, json_extract(payload, '$.permissionId') AS permissionId FROM audit_events
     WHERE task_id = ? AND kind IN ('task.permission.answered', 'task.permission.decided')`,
  )

  return function of(task: TaskFacts, sessionIds: readonly string[], transcripts: Transcripts): Source[] {
    const task$ = { task: task.id }
    let events: ReadonlyMap<string, number> | null = null
    const eventOf = (id: string): number | null => {
      events ??= new Map(decided.all(task.id).map((row) => [row.permissionId, row.id]))
      return events.get(id) ?? null
    }
    const marks = sessionIds.flatMap((id) => markEntries(id, transcripts)).toSorted(compareEntries)
    const reviews = reviewEntries(connection, task).toSorted(compareEntries)
    return [
      (before) =>
        audit
          .all({ ...task$, ...before, repository: task.repositoryId, since: task.createdAt })
          .map(auditEntry),
      (before) => turns.all({ ...task$, ...before }).map(turnEntry),
      (before) => checkpoints.all({ ...task$, ...before }).map(checkpointEntry),
      (before) =>
        permissions
          .all({ ...task$, ...before })
          .map((row) => permissionEntry(row, eventOf(row.id), transcripts)),
      (before) => jobs.all({ ...task$, ...before }).map(jobEntry),
      listed(marks),
      listed(reviews),
    ]
  }
}

/** Of what is in memory already. */
const listed =
  (entries: readonly HistoryEntry[]): Source =>
  (before) => {
    const from = entries.findIndex((entry) => compareEntries(before, entry) < 0)
    return from < 0 ? [] : entries.slice(from, from + BATCH)
  }

const bare = { place: null, recorded: null, eventId: null, sessionId: null }

function auditEntry({ key, id, at, actor, kind, payload, sessionId: session }: AuditRow): HistoryEntry {
  const known = jsonIn(payload)
  const facts = isRecord(known) ? known : {}
  const owner = session === null ? null : sessionId(session)
  return {
    ...bare,
    key,
    at,
    who: auditActor(actor, kind),
    sessionId: owner,
    groups: auditGroups(kind, facts),
    place: owner === null ? null : { type: 'session', sessionId: owner },
    eventId: id,
    what: { type: 'audit', kind, payload: facts },
  }
}

const stateOf = (row: {
  checkpointId: string
  files: number
  added: number
  removed: number
}): RecordedState => ({
  id: checkpointId(row.checkpointId),
  files: row.files,
  added: row.added,
  removed: row.removed,
})

function turnEntry(row: TurnRow): HistoryEntry {
  const owner = sessionId(row.sessionId)
  return {
    ...bare,
    key: row.key,
    at: row.at,
    who: 'reader',
    sessionId: owner,
    groups: row.stopReason !== null && CUT_SHORT.has(row.stopReason) ? ['turns', 'problems'] : ['turns'],
    place: { type: 'turn', sessionId: owner, turnId: turnId(row.id) },
    recorded: row.checkpointId === null ? null : stateOf({ ...row, checkpointId: row.checkpointId }),
    what: {
      type: 'turn',
      prompt: row.prompt,
      agentId: row.agentId,
      modelId: row.modelId,
      endedAt: row.endedAt,
      stopReason: row.stopReason,
      usage: usageSchema.safeParse(row.usage === null ? null : jsonIn(row.usage)).data ?? null,
    },
  }
}

function checkpointEntry(row: CheckpointRow): HistoryEntry {
  return {
    ...bare,
    key: row.key,
    at: row.at,
    who: 'system',
    groups: ['checkpoints'],
    place: { type: 'checkpoint', checkpointId: checkpointId(row.checkpointId) },
    recorded: stateOf(row),
    what: { type: 'checkpoint', reason: row.reason ?? 'archive' },
  }
}

function permissionEntry(row: PermissionRow, eventId: number | null, transcripts: Transcripts): HistoryEntry {
  const owner = sessionId(row.sessionId)
  const known = jsonIn(row.options)
  const chosen = (Array.isArray(known) ? known : []).find(
    (option: unknown) => isRecord(option) && option['id'] === row.answer,
  ) as Record<string, unknown> | undefined
  const kind = chosen === undefined ? '' : String(chosen['kind'])
  const policy = row.policy === null ? null : jsonIn(row.policy)
  const grounds = policyGroundsSchema.safeParse(isRecord(policy) ? policy['grounds'] : null).data ?? null
  const decision =
    row.state !== 'answered' ? null : (grounds?.decision ?? (kind.startsWith('reject') ? 'reject' : 'allow'))
  const at = transcripts.fold(row.sessionId).permissionRows.get(row.id)
  const place: HistoryPlace =
    at !== undefined
      ? { type: 'row', sessionId: owner, row: at }
      : row.turnId === null
        ? { type: 'session', sessionId: owner }
        : { type: 'turn', sessionId: owner, turnId: turnId(row.turnId) }
  return {
    ...bare,
    key: row.key,
    at: row.at,
    who:
      row.state === 'pending'
        ? 'agent'
        : row.state !== 'answered'
          ? 'system'
          : grounds === null
            ? 'reader'
            : 'policy',
    sessionId: owner,
    groups: ['permissions', 'decisions'],
    place,
    eventId,
    what: {
      type: 'permission',
      permissionId: permissionId(row.id),
      title: inCheckout(row.title),
      state: row.state,
      answer: typeof chosen?.['name'] === 'string' ? chosen['name'] : row.answer,
      decision,
      grounds,
      resolvedAt: row.resolvedAt,
    },
  }
}

const ofPullRequest: ReadonlySet<string> = new Set(['task.publish', 'task.review', 'task.reply'])

function jobEntry({ key, at, kind, error, sessionId: session }: JobRow): HistoryEntry {
  const known = error === null ? null : jsonIn(error)
  const facts = isRecord(known) ? known : {}
  const text = (name: string) => (typeof facts[name] === 'string' ? facts[name] : '')
  return {
    ...bare,
    key,
    at,
    who: 'system',
    sessionId: session === null ? null : sessionId(session),
    groups: ['problems', ofPullRequest.has(kind) ? 'pull_request' : 'task'],
    what: { type: 'job', kind, message: text('message'), detail: text('detail').slice(0, 2000) },
  }
}

function markEntries(session: string, transcripts: Transcripts): HistoryEntry[] {
  const owner = sessionId(session)
  return transcripts.fold(session).marks.map(({ row, at, mark, text, detail }) => ({
    ...bare,
    key: `row ${session} ${String(row).padStart(9, '0')}`,
    at,
    who: mark === 'answer' ? 'reader' : mark === 'boundary' ? 'system' : 'agent',
    sessionId: owner,
    groups:
      mark === 'error'
        ? ['problems']
        : mark === 'boundary'
          ? ['sessions', 'problems']
          : mark === 'mode'
            ? ['sessions', 'decisions']
            : ['decisions'],
    place: { type: 'row', sessionId: owner, row },
    what: { type: 'mark', mark, text, detail },
  }))
}
