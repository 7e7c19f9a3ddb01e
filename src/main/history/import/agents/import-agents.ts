import { sep } from 'node:path'
import { deflateSync } from 'node:zlib'
import type Sqlite from 'better-sqlite3'
import { validateBranchName } from '@shared/branch-name'
import type { ForeignAgent, TransferReport } from '@shared/transfer'
import { chunkOf, piecesOf, updateOf } from '../../../session/coalescing'
import { cutValue, jsonBytes } from '../../../session/cutting'
import { type StoredEvent, wholeJson } from '../../../session/live-row'
import { BATCH_BYTES, BATCH_ROWS } from '../../transfer/batch'
import type { AgentHomes, TransferContext, Value, Write } from '../../transfer/messages'
import { derivedId } from '../places'
import { DatabaseCopies, type FoundSession, sessionsOf } from './files'
import type { ForeignSession } from './foreign-session'

export interface AgentsImport {
  homes: AgentHomes
  agents: ForeignAgent[]
  localOrganizationId: string
  now: number
}

const MOST_SKIPPED = 100
const LONGEST_NAME = 120

/** The same session of an agent has the same id at every import. */
const importedSessionId = (agent: ForeignAgent, id: string): string => derivedId('session_', `${agent} ${id}`)
const turnIdOf = (sessionId: string, number: number): string => derivedId('turn_', `${sessionId} ${number}`)

/** The row that is written last of a session: where it is, all of the session is. */
export const firstTurnId = (agent: ForeignAgent, id: string): string =>
  turnIdOf(importedSessionId(agent, id), 0)

/**
 * Brings in sessions that agents have kept themselves. What is here already is left alone, and what came half is completed.
 */
export async function importAgents(
  connection: Sqlite.Database,
  order: AgentsImport,
  nativeBinding: string | undefined,
  context: TransferContext,
): Promise<TransferReport> {
  const copies = new DatabaseCopies(nativeBinding)
  try {
    return await importFrom(connection, order, copies, context)
  } finally {
    await copies.close()
  }
}

async function importFrom(
  connection: Sqlite.Database,
  order: AgentsImport,
  copies: DatabaseCopies,
  context: TransferContext,
): Promise<TransferReport> {
  const isHere = connection.prepare<[string], number>('SELECT 1 FROM turns WHERE id = ?').pluck()
  const report = {
    kind: 'agents' as const,
    read: {} as Record<string, number>,
    alreadyHere: 0,
    skipped: [] as { file: string; reason: string }[],
    skippedCount: 0,
    broken: [] as { file: string; lines: number }[],
    brokenCount: 0,
    unknown: {} as Record<string, number>,
    tasks: 0,
    events: 0,
  }
  const skip = (file: string, reason: string): void => {
    report.skippedCount += 1
    if (report.skipped.length < MOST_SKIPPED) report.skipped.push({ file, reason })
  }
  const all: FoundSession[] = []
  for (const agent of order.agents)
    for await (const found of sessionsOf(agent, order.homes[agent], copies)) {
      all.push(found)
      await context.step(0, `Looking for sessions of ${agent}`)
    }
  const places = new SessionPlaces(connection, order)
  const own = ownSessions(connection)
  for (const [index, found] of all.entries()) {
    await context.step(index / all.length, `Reading session ${index + 1} of ${all.length}`)
    if (own.has(found.id) || isHere.get(firstTurnId(found.agent, found.id)) !== undefined) {
      report.alreadyHere += 1
      continue
    }
    try {
      const read = await found.read(report.unknown)
      if ('skipped' in read) {
        skip(found.file, read.skipped)
        continue
      }
      const { session } = read
      if (own.has(session.id) || isHere.get(firstTurnId(session.agent, session.id)) !== undefined) {
        report.alreadyHere += 1
        continue
      }
      const { writes, taskId, isOwn } = places.place(session)
      const rows = rowsOf(session, taskId, isOwn)
      const isNewTask = writes.some((write) => 'table' in write && write.table === 'tasks')
      await writeAll(context, [...writes, ...rows])
      if (isNewTask) report.tasks += 1
      const { broken = 0 } = read
      if (broken > 0) {
        report.brokenCount += 1
        if (report.broken.length < MOST_SKIPPED) report.broken.push({ file: found.file, lines: broken })
      }
      report.read[session.agent] = (report.read[session.agent] ?? 0) + 1
      report.events += rows.filter((row) => row.table === 'session_events').length
    } catch (error) {
      // A file that went away, or that is not for us, keeps no other from being read.
      if (!(error instanceof Error) || !('code' in error)) throw error
      skip(found.file, error.message)
    }
  }
  return report
}

/** Ids of agents' sessions that were begun by this app: agents keep those too. */
export function ownSessions(connection: Sqlite.Database): Set<string> {
  return new Set(
    connection
      .prepare<[], string>(
        `SELECT agent_session_id FROM sessions WHERE agent_session_id IS NOT NULL
         UNION SELECT agent_session_id FROM turns WHERE agent_session_id IS NOT NULL`,
      )
      .pluck()
      .all(),
  )
}

async function writeAll(context: TransferContext, writes: Write[]): Promise<void> {
  let batch: Write[] = []
  let bytes = 0
  for (const write of writes) {
    batch.push(write)
    if ('row' in write)
      for (const value of Object.values(write.row))
        bytes += typeof value === 'string' || value instanceof Uint8Array ? value.length : 8
    if (batch.length < BATCH_ROWS && bytes < BATCH_BYTES) continue
    await context.write(batch)
    batch = []
    bytes = 0
  }
  if (batch.length > 0) await context.write(batch)
}

/** Which task a session belongs to. */
class SessionPlaces {
  readonly #connection: Sqlite.Database
  readonly #order: AgentsImport
  readonly #folders: { id: string; path: string; organizationId: string }[]
  readonly #remotes: Map<string, { id: string; organizationId: string }>

  constructor(connection: Sqlite.Database, order: AgentsImport) {
    this.#connection = connection
    this.#order = order
    const rows = connection
      .prepare<
        [],
        { id: string; organizationId: string; path: string | null; origin: string | null; url: string | null }
      >(
        `SELECT id, organization_id AS organizationId, local_path AS path, origin_url AS origin, url FROM repositories
         WHERE removed_at IS NULL`,
      )
      .all()
    this.#folders = rows
      .flatMap(({ path, ...row }) => (path === null ? [] : [{ ...row, path }]))
      .toSorted((left, right) => right.path.length - left.path.length)
    this.#remotes = new Map(
      rows.flatMap((row) =>
        [row.origin, row.url].flatMap((address) =>
          address === null ? [] : [[remoteKey(address), row] as const],
        ),
      ),
    )
  }

  /** `isOwn`: in a task that is there for imported sessions. */
  place(session: ForeignSession): { writes: Write[]; taskId: string; isOwn: boolean } {
    const { cwd, branch, remote } = session
    const known =
      (cwd === null
        ? undefined
        : this.#folders.find(
            ({ path }) => cwd === path || cwd.startsWith(path.endsWith(sep) ? path : path + sep),
          )) ?? (remote === null ? undefined : this.#remotes.get(remoteKey(remote)))
    const at = session.turns[0]?.at ?? this.#order.now
    const organizationId = known?.organizationId ?? this.#order.localOrganizationId
    const repositoryId = known?.id ?? derivedId('repo_', `imported ${cwd ?? ''}`)
    const writes: Write[] = []
    if (known === undefined)
      writes.push({
        table: 'repositories',
        row: {
          id: repositoryId,
          organization_id: organizationId,
          name: (cwd?.split(/[\\/]/).findLast((part) => part !== '') ?? 'Imported sessions').slice(
            0,
            LONGEST_NAME,
          ),
          created_at: at,
          last_used_at: 0,
        },
      })
    // A task that has the branch has its sessions too.
    const taskOf = this.#connection
      .prepare<[string, string, string], string>(
        `SELECT id FROM tasks WHERE repository_id = ? AND head_repository = ? AND branch = ? AND deleted_at IS NULL
           AND materialized_at IS NOT NULL`,
      )
      .pluck()
    const usable = branch !== null && validateBranchName(branch) === null ? branch : null
    const owner = usable === null ? undefined : taskOf.get(repositoryId, repositoryId, usable)
    if (owner !== undefined) return { writes, taskId: owner, isOwn: false }
    // Else they stand in a task of their own that is archived: the branch itself is not taken away from work to come.
    const own = ['imported', usable].filter((part) => part !== null).join('/')
    const imported = validateBranchName(own) === null ? own : 'imported'
    const there = taskOf.get(repositoryId, repositoryId, imported)
    if (there !== undefined) return { writes, taskId: there, isOwn: true }
    const taskId = derivedId('task_', `imported ${repositoryId} ${imported}`)
    writes.push({
      table: 'tasks',
      row: {
        id: taskId,
        organization_id: organizationId,
        repository_id: repositoryId,
        head_repository: repositoryId,
        branch: imported,
        base_branch: usable,
        title: usable === null ? 'Imported sessions' : `Imported sessions on ${usable}`,
        prompt: '',
        materialized_at: at,
        archived_at: this.#order.now,
        archive_reason: 'person',
        created_at: at,
        updated_at: this.#order.now,
      },
    })
    return { writes, taskId, isOwn: true }
  }
}

/** `host/owner/name` of an address of git, however it is written. */
function remoteKey(address: string): string {
  return address
    .replace(/^[a-z+]+:\/\/(?:[^@/]*@)?/i, '')
    .replace(/^[\w.-]+@([\w.-]+):/, '$1/')
    .replace(/\.git\/?$|\/$/, '')
    .toLowerCase()
}

type TableRow = { table: string; row: Record<string, Value> }

function rowsOf(session: ForeignSession, taskId: string, isOwn: boolean): TableRow[] {
  const id = importedSessionId(session.agent, session.id)
  const first = session.turns[0]
  const last = session.turns.at(-1)
  const name = (session.title ?? first?.prompt ?? '').replaceAll(/\s+/g, ' ').trim().slice(0, LONGEST_NAME)
  const rows: TableRow[] = [
    {
      table: 'sessions',
      row: {
        id,
        task_id: taskId,
        name: name === '' ? 'Imported session' : name,
        named_by_person: 0,
        agent_id: session.agent,
        options: '{}',
        created_at: first?.at ?? 0,
        // Among sessions that are worked on it would only be in the way.
        closed_at: isOwn ? null : (last?.endedAt ?? first?.at ?? 0),
      },
    },
  ]
  const turns: TableRow[] = []
  let index = 0
  for (const [number, turn] of session.turns.entries()) {
    const turnId = turnIdOf(id, number)
    turns.unshift({
      table: 'turns',
      row: {
        id: turnId,
        session_id: id,
        task_id: taskId,
        prompt: turn.prompt,
        model_id: turn.modelId,
        started_at: turn.at,
        ended_at: turn.endedAt,
        stop_reason: turn.stopReason,
      },
    })
    const ended: StoredEvent = {
      type: 'turn_ended',
      stopReason: turn.stopReason,
      durationMs: turn.endedAt - turn.at,
      usage: null,
      checkpoint: null,
    }
    for (const { at, event } of [...turn.events, { at: turn.endedAt, event: ended }])
      for (const piece of piecesOfEvent(event)) {
        const { value, cut } = cutValue(piece)
        const whole = cut ? wholeJson(piece) : null
        rows.push({
          table: 'session_events',
          row: {
            session_id: id,
            first_index: index,
            last_index: index,
            turn_id: turnId,
            at,
            payload: JSON.stringify(value),
            full_bytes: whole === null ? null : jsonBytes(piece),
            full: whole === null ? null : deflateSync(whole),
          },
        })
        index += 1
      }
  }
  return [...rows, ...turns]
}

/** A long message is several rows, as it is where an agent of ours sends it. */
function piecesOfEvent(event: StoredEvent): StoredEvent[] {
  if (event.type !== 'update') return [event]
  const chunk = chunkOf(event.update)
  return chunk === null
    ? [event]
    : piecesOf(chunk).map((piece) => ({ type: 'update', update: updateOf(piece) }))
}
