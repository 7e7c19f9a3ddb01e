import type { TranscriptRow } from '@shared/domain'
import type { SessionId, TurnId } from '@shared/ids'
import type { TranscriptPage } from './event-log'
import { asLine, asList, asText, isRecord } from './hostile'
import { EDITING_KINDS } from './stored-turns'

/** What one tool call did to one file, as the agent reported it. */
export interface RecordedEdit {
  readonly toolCallId: string
  readonly title: string
  /** The first row of the call. */
  readonly row: number
  /** As the agent named it. */
  readonly path: string
  /** What was replaced, and by what; null where only the file was named. */
  readonly text: { readonly old: string | null; readonly new: string } | null
}

/** Where the rows of a session are read from. */
export interface EditSource {
  before(sessionId: SessionId, before: number, limit: number): TranscriptPage
  /** The index behind the last row that is not younger than a time. */
  endAt(sessionId: SessionId, time: number): number
  /** A row that was cut, as a whole. */
  whole(sessionId: SessionId, first: number): Promise<unknown>
}

/** The rows that belong to the end of a turn come this long after it at the latest. */
const LATE_MS = 2000
const MOST_ROWS = 20_000
const TITLE_LENGTH = 200

interface Call {
  row: number
  title: string | null
  kind: string | null
  failed: boolean
  /** The last content that held an edit. */
  diffs: unknown[] | null
  locations: unknown[] | null
  /** What the agent gave the tool. */
  input: Record<string, unknown> | null
}

/** The edits of a turn that its tool calls recorded, in their order. Calls that failed are left out. */
export async function recordedEdits(
  source: EditSource,
  turn: { id: TurnId; sessionId: SessionId; endedAt: number | null },
): Promise<RecordedEdit[]> {
  const calls = new Map<string, Call>()
  for (const { first, event, cut } of await rowsOf(source, turn)) {
    if (event.type !== 'update') continue
    const whole =
      cut !== null && toolCallOf(event.update) !== null ? await source.whole(turn.sessionId, first) : event
    const update = isRecord(whole) && isRecord(whole['update']) ? whole['update'] : event.update
    take(calls, first, update)
  }
  return [...calls].flatMap(([toolCallId, call]) => (call.failed ? [] : editsOf(toolCallId, call)))
}

/** Oldest first. */
async function rowsOf(
  source: EditSource,
  turn: { id: TurnId; sessionId: SessionId; endedAt: number | null },
): Promise<TranscriptRow[]> {
  const found: TranscriptRow[] = []
  let before =
    turn.endedAt === null ? Number.MAX_SAFE_INTEGER : source.endAt(turn.sessionId, turn.endedAt + LATE_MS)
  for (let read = 0; read < MOST_ROWS;) {
    const { rows, hasEarlier } = source.before(turn.sessionId, before, 100)
    const own = rows.filter(({ turnId }) => turnId === turn.id)
    found.unshift(...own)
    read += rows.length
    const oldest = rows[0]
    const passed =
      found.length > 0 && oldest !== undefined && oldest.turnId !== turn.id && oldest.turnId !== null
    if (!hasEarlier || oldest === undefined || passed) break
    before = oldest.first
    // Other work of the main thread comes in between.
    await new Promise((resolve) => setImmediate(resolve))
  }
  return found
}

function toolCallOf(update: Record<string, unknown>): string | null {
  const kind = update['sessionUpdate']
  return kind === 'tool_call' || kind === 'tool_call_update' ? asText(update['toolCallId']) : null
}

/** Fields that are given replace those before, as ACP means it. */
function take(calls: Map<string, Call>, row: number, update: Record<string, unknown>): void {
  const id = toolCallOf(update)
  if (id === null) return
  let call = calls.get(id)
  if (call === undefined) {
    call = { row, title: null, kind: null, failed: false, diffs: null, locations: null, input: null }
    calls.set(id, call)
  }
  call.title = asLine(update['title'], TITLE_LENGTH) ?? call.title
  call.kind = asText(update['kind']) ?? call.kind
  if (typeof update['status'] === 'string') call.failed = update['status'] === 'failed'
  if (Array.isArray(update['content'])) {
    const diffs = update['content'].filter((one) => isRecord(one) && one['type'] === 'diff')
    if (diffs.length > 0) call.diffs = diffs
  }
  if (Array.isArray(update['locations'])) call.locations = update['locations']
  if (isRecord(update['rawInput'])) call.input = update['rawInput']
}

function editsOf(toolCallId: string, call: Call): RecordedEdit[] {
  const base = { toolCallId, title: call.title ?? 'Edit', row: call.row }
  const edits: RecordedEdit[] = asList(call.diffs).flatMap((diff): RecordedEdit[] => {
    if (!isRecord(diff)) return []
    const [path, fresh] = [asText(diff['path']), asText(diff['newText'])]
    return path === null || fresh === null
      ? []
      : [{ ...base, path, text: { old: asText(diff['oldText']), new: fresh } }]
  })
  if (!EDITING_KINDS.has(call.kind ?? '')) return edits
  if (edits.length === 0)
    edits.push(...givenEdits(call.input).map(({ path, text }) => ({ ...base, path, text })))
  const named = asList(call.locations).flatMap((location) =>
    isRecord(location) ? (asText(location['path']) ?? []) : [],
  )
  const told = new Set(edits.map(({ path }) => path))
  return [
    ...edits,
    ...[...new Set(named)].filter((path) => !told.has(path)).map((path) => ({ ...base, path, text: null })),
  ]
}

const PATHS = ['filePath', 'file_path', 'path']
const OLD_TEXTS = ['oldString', 'old_string', 'oldText', 'old_str']
const NEW_TEXTS = ['newString', 'new_string', 'newText', 'new_str']
const CONTENTS = ['content', 'file_text', 'contents']

/** Some agents report no diff, but what they gave the tool: the text of a file, or what replaces what in it. */
function givenEdits(input: Record<string, unknown> | null): Pick<RecordedEdit, 'path' | 'text'>[] {
  const path = textAt(input, PATHS)
  if (input === null || path === null) return []
  const content = textAt(input, CONTENTS)
  if (content !== null) return [{ path, text: { old: null, new: content } }]
  return [input, ...asList(input['edits'])].flatMap((one) => {
    const fresh = isRecord(one) ? textAt(one, NEW_TEXTS) : null
    return fresh === null || !isRecord(one)
      ? []
      : [{ path, text: { old: textAt(one, OLD_TEXTS), new: fresh } }]
  })
}

function textAt(input: Record<string, unknown> | null, names: readonly string[]): string | null {
  for (const name of names) {
    const text = asText(input?.[name])
    if (text !== null) return text
  }
  return null
}
