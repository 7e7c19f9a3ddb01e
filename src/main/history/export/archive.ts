import { isUtf8 } from 'node:buffer'
import { deflateSync } from 'node:zlib'
import type Sqlite from 'better-sqlite3'
import type { TranscriptRow } from '@shared/domain'
import { FoundryError } from '@shared/errors'
import {
  ARCHIVE_FORMAT,
  ARCHIVE_VERSION,
  type ArchiveManifest,
  type ArchiveRow,
  type ArchiveTable,
  PACK_CONTENTS,
} from '@shared/export-format'
import { SecretMasker } from '@shared/secret-masker'
import { MOST_REPORTED, type TransferReport } from '@shared/transfer'
import { cutValue, jsonBytes } from '../../session/cutting'
import { parseStored, wholeJson } from '../../session/live-row'
import { jsonIn, unpacked } from '../search/documents'
import type { TransferContext } from '../transfer/messages'
import { type ArchiveRows, packReader } from './archive-packs'
import { after, before, countRows, ofEachTask, type Row, rowsOf, TASKS } from './archive-rows'
import { maskRows } from './masking'
import { diffText } from './source'
import { WholeFile } from './write-file'

export interface ArchiveExport {
  organizationId: string
  mask: boolean
  path: string
  now: number
  appVersion: string
}

/** Chunks of one message that are masked together. */
const MOST_TOGETHER = 2000

/** Writes all that belongs to an organization, row by row, as it was when this began. */
export async function exportArchive(
  connection: Sqlite.Database,
  request: ArchiveExport,
  context: TransferContext,
): Promise<TransferReport> {
  const { organizationId } = request
  const { counts, weight: total } = countRows(connection, organizationId)
  const masker = request.mask ? new SecretMasker() : null
  const rounds = masker === null ? 1 : 2
  let done = 0
  const passed = async ({ weight }: ArchiveRows): Promise<void> => {
    done += weight
    await context.step(done / Math.max(1, total * rounds))
  }
  if (masker !== null)
    for (const group of all(connection, organizationId)) {
      // What is found in masking them is known afterwards.
      maskTableRows(masker, group)
      await passed(group)
    }
  masker?.beginAgain()

  const file = new WholeFile(request.path, { gzip: true })
  try {
    await file.write(`${JSON.stringify(manifestOf(connection, request, counts))}\n`)
    const written: Record<string, number> = {}
    for (const group of all(connection, organizationId)) {
      const { table, rows } = group
      const shown = masker === null ? rows : maskTableRows(masker, group)
      for (const row of shown) await file.write(`${JSON.stringify(lineOf(table, row))}\n`)
      written[table] = (written[table] ?? 0) + rows.length
      await passed(group)
    }
    const secrets = masker?.report() ?? []
    const sha256 = await file.sha256()
    await file.write(`${JSON.stringify({ end: { counts: written, sha256, secrets } })}\n`)
    const bytes = await file.finish()
    return {
      kind: 'exported',
      file: request.path,
      bytes,
      tasks: written['tasks'] ?? 0,
      sessions: written['sessions'] ?? 0,
      events: written['session_events'] ?? 0,
      masked: request.mask,
      secrets: secrets.slice(0, MOST_REPORTED),
      secretCount: secrets.length,
    }
  } catch (error) {
    await file.discard()
    throw error
  }
}

function manifestOf(
  connection: Sqlite.Database,
  { organizationId, mask, now, appVersion }: ArchiveExport,
  counts: Record<string, number>,
): ArchiveManifest {
  const organization = connection
    .prepare<[string], ArchiveManifest['organization']>(
      'SELECT id, kind, name, host, github_id AS githubId, login FROM organizations WHERE id = ?',
    )
    .get(organizationId)
  if (organization === undefined)
    throw new FoundryError('not_found', 'This organization is not here any more.')
  const schema = connection
    .prepare<[], string>('SELECT tag FROM foundry_migrations ORDER BY position DESC LIMIT 1')
    .pluck()
    .get()
  return {
    format: ARCHIVE_FORMAT,
    version: ARCHIVE_VERSION,
    createdAt: now,
    appVersion,
    schema: schema ?? '',
    masked: mask,
    organization,
    counts,
  }
}

/** All rows in their order; those of one message of a transcript together. */
function* all(connection: Sqlite.Database, organizationId: string): Generator<ArchiveRows> {
  const packOf = packReader(connection)
  for (const part of before)
    for (const row of rowsOf(connection, part, organizationId)) yield together(part.table, [row])
  for (const taskId of connection.prepare<[string], string>(TASKS).pluck().all(organizationId)) {
    for (const part of ofEachTask) {
      let run: Row[] = []
      for (const row of rowsOf(connection, part, taskId)) {
        const last = run.at(-1)
        if (last !== undefined && (!isContinued(part.table, last, row) || run.length >= MOST_TOGETHER)) {
          yield together(part.table, run)
          run = []
        }
        run.push(row)
      }
      if (run.length > 0) yield together(part.table, run)
    }
    yield* packOf(taskId)
  }
  for (const part of after)
    for (const row of rowsOf(connection, part, organizationId)) yield together(part.table, [row])
}

const together = (table: ArchiveTable, rows: Row[]): ArchiveRows => ({ table, rows, weight: rows.length })

function isContinued(table: ArchiveTable, before: Row, row: Row): boolean {
  if (table !== 'session_events' || before['session_id'] !== row['session_id']) return false
  return before['turn_id'] === row['turn_id'] && isChunk(before) && isChunk(row)
}

function isChunk(row: Row): boolean {
  return row['full'] === null && /_chunk"/.test(String(row['payload']).slice(0, 200))
}

function lineOf(table: ArchiveRows['table'], row: Row): ArchiveRow {
  return {
    t: table,
    r: Object.fromEntries(
      Object.entries(row).map(([name, value]) => [
        name,
        Buffer.isBuffer(value) ? { b: value.toString('base64') } : value,
      ]),
    ),
  }
}

// ---- masking -----------------------------------------------------------------------------------

/** Ids, commits and names of columns that others find rows by. */
const NOT_TEXT = /(?:^|_)id$|^(?:commit|parent|kind|state|stop_reason|diff_encoding|mime_type|host|node_id)$/

function maskTableRows(masker: SecretMasker, { table, rows, of }: ArchiveRows): Row[] {
  if (table === 'session_events') return maskEvents(masker, rows)
  if (table === 'pack_entries') return rows.map((row) => maskEntry(masker, row))
  if (table === PACK_CONTENTS) return rows.map((row) => maskContent(masker, row, of))
  return rows.map((row) => {
    const place = `${table} ${String(row['id'] ?? row['task_id'] ?? row['repository_id'] ?? '')}`
    return Object.fromEntries(
      Object.entries(row).map(([name, value]) => [name, maskColumn(masker, table, name, value, place)]),
    )
  })
}

function maskColumn(
  masker: SecretMasker,
  table: ArchiveTable,
  name: string,
  value: Row[string],
  place: string,
): Row[string] {
  if (typeof value === 'string') {
    if (NOT_TEXT.test(name)) return value
    const json = /^[{[]/.test(value) ? jsonIn(value) : null
    if (json === null) return masker.mask(value, place)
    return JSON.stringify(masker.maskValue(json, place))
  }
  if (!Buffer.isBuffer(value)) return value
  if (table === 'checkpoints') {
    const text = diffText(value)
    const shown = masker.mask(text, `${place}, its diff`)
    return shown === text ? value : deflateSync(shown)
  }
  return maskBytes(masker, value, `${place}, a file`)
}

function maskBytes(masker: SecretMasker, bytes: Buffer, place: string): Buffer {
  if (bytes.includes(0)) return bytes
  // Text in an older encoding: tokens are ASCII in all of them, and every byte beside them stays as it is.
  const encoding = isUtf8(bytes) ? 'utf8' : 'latin1'
  const text = bytes.toString(encoding)
  const shown = masker.mask(text, place)
  return shown === text ? bytes : Buffer.from(shown, encoding)
}

/** States are commits and numbers, but for pictures: what a text says of where they are. */
function maskEntry(masker: SecretMasker, row: Row): Row {
  const place = `pack_entries ${String(row['task_id'])}`
  const names = row['kind'] === 'image' ? ['state', 'path', 'detail'] : ['path', 'detail']
  const shown = names.map((name): [string, Row[string]] => {
    const value = row[name] ?? null
    return [name, typeof value === 'string' ? masker.mask(value, place) : value]
  })
  return { ...row, ...Object.fromEntries(shown) }
}

/** A file stays as it is around its secrets, also one of JSON; of what is ours each text is looked at by itself. */
function maskContent(masker: SecretMasker, row: Row, of: ArchiveRows['of']): Row {
  const { content } = row
  if (!Buffer.isBuffer(content)) return row
  const place = `pack_entries ${of?.taskId ?? ''}, a ${of?.isJson === true ? 'text' : 'file'}`
  const value = of?.isJson === true ? jsonIn(content.toString('utf8')) : null
  if (value === null) return { ...row, content: maskBytes(masker, content, place) }
  const shown = JSON.stringify(masker.maskValue(value, place))
  return shown === JSON.stringify(value) ? row : { ...row, content: Buffer.from(shown) }
}

function maskEvents(masker: SecretMasker, rows: readonly Row[]): Row[] {
  const wholes = rows.map(({ full }) => (Buffer.isBuffer(full) ? unpacked(full) : null))
  const events = rows.map((row, index): TranscriptRow => {
    const whole = wholes[index]
    return {
      first: Number(row['first_index']),
      last: Number(row['last_index']),
      turnId: row['turn_id'] as TranscriptRow['turnId'],
      at: Number(row['at']),
      // One that stands for a permission has no text; it is not hydrated here.
      event: parseStored(whole ?? String(row['payload'])) as TranscriptRow['event'],
      cut: null,
    }
  })
  const texts = events.filter(({ event }) => event.type !== 'permission')
  const masked = new Map(
    maskRows(masker, texts, `session ${String(rows[0]?.['session_id'])}`).map((row) => [
      row.first,
      row.event,
    ]),
  )
  return rows.map((row, index) => {
    const event = masked.get(Number(row['first_index']))
    const before = events[index]?.event
    if (event === undefined || before === undefined) return row
    const json = wholeJson(event)
    const isReadable = row['full'] === null || wholes[index] !== null
    if (isReadable && json === JSON.stringify(before)) return row
    // What cannot be read cannot be masked: the part of it that a page shows is all that is left.
    if (json === null || !isReadable) return { ...row, payload: json ?? '{}', full_bytes: null, full: null }
    const { value, cut } = cutValue(event)
    // What was cut may end in the middle of a tag: cut anew from what is masked.
    return {
      ...row,
      payload: JSON.stringify(value),
      full_bytes: cut ? jsonBytes(event) : null,
      full: cut ? deflateSync(json) : null,
    }
  })
}
