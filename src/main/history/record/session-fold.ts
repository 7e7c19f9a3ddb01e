import { asList, asText, isRecord } from '../../session/hostile'
import { parseStored } from '../../session/live-row'
import { editedPaths } from '../../session/stored-turns'
import { lastQuestion } from './question'

/** A row of a transcript as it is stored. */
export interface FoldRow {
  first: number
  turnId: string | null
  at: number
  payload: string
}

/** A command that failed. `outputRow` is the row that says what it printed. */
export interface FoldedCommand {
  row: number
  outputRow: number
  at: number
  command: string
  exitCode: number | null
}

export interface FoldedMark {
  row: number
  at: number
  mark: 'error' | 'boundary' | 'mode' | 'answer'
  text: string
  detail: string
}

export interface FoldedPlan {
  row: number
  at: number
  entries: { text: string; status: string }[]
  total: number
}

interface Call {
  row: number
  outputRow: number
  at: number
  turnId: string | null
  kind: string | null
  title: string | null
  command: string | null
  exitCode: number | null
}

interface LastTurn {
  turnId: string
  /** The row of its last message; null before it said anything. */
  row: number | null
  at: number
  /** The end of its last message. */
  tail: string
}

/** How a turn ended that did not come to its end by itself. */
export const CUT_SHORT: ReadonlySet<string> = new Set([
  'cancelled',
  'refusal',
  'max_tokens',
  'max_turn_requests',
  'interrupted',
  'failed',
])

const TAIL = 2000
const TEXT = 400
const MOST_PATHS = 1000
const MOST_ENTRIES = 200
/** What neither says nor does anything is not even parsed: most of a transcript is this. */
const PASSED_OVER = [
  '{"type":"update","update":{"sessionUpdate":"agent_thought_chunk"',
  '{"type":"update","update":{"sessionUpdate":"usage_update"',
  '{"type":"update","update":{"sessionUpdate":"available_commands_update"',
  '{"type":"update","update":{"sessionUpdate":"user_message_chunk"',
]

/**
 * What a session comes to, folded row by row in their order: what was folded is never read again. How chunks of a message,
 * or updates of a tool call, were joined into rows makes no difference but in which row something is found.
 */
export class SessionFold {
  /** Rows before this index are in it. */
  next = 0
  rows = 0
  plan: FoldedPlan | null = null
  readonly failed: FoldedCommand[] = []
  readonly marks: FoldedMark[] = []
  /** The row of each permission request. */
  readonly permissionRows = new Map<string, number>()
  /** The row in which each command passed last. */
  readonly #passed = new Map<string, number>()
  readonly #edited = new Map<string, Set<string>>()
  readonly #calls = new Map<string, Call>()
  #last: LastTurn | null = null
  #modeId: string | null = null

  /** One that goes on alone. */
  copy(): SessionFold {
    const copy = new SessionFold()
    copy.next = this.next
    copy.rows = this.rows
    copy.plan = this.plan
    copy.failed.push(...this.failed)
    copy.marks.push(...this.marks)
    for (const [id, row] of this.permissionRows) copy.permissionRows.set(id, row)
    for (const [command, row] of this.#passed) copy.#passed.set(command, row)
    for (const [turnId, paths] of this.#edited) copy.#edited.set(turnId, new Set(paths))
    for (const [id, call] of this.#calls) copy.#calls.set(id, { ...call })
    copy.#last = this.#last === null ? null : { ...this.#last }
    copy.#modeId = this.#modeId
    return copy
  }

  /** The row in which a command passed that had failed in an earlier one; null where it did not. */
  passedAfter({ command, row }: FoldedCommand): number | null {
    const passed = this.#passed.get(command)
    return passed !== undefined && passed > row ? passed : null
  }

  /** Files that tools of a turn named as theirs. */
  editedIn(turnId: string): readonly string[] {
    return [...(this.#edited.get(turnId) ?? [])]
  }

  turnsWithEdits(): string[] {
    return [...this.#edited.keys()]
  }

  /** What the agent asked last, where nothing was said to it since. */
  openQuestion(): { row: number; at: number; text: string } | null {
    const last = this.#last
    if (last === null || last.row === null) return null
    const text = lastQuestion(last.tail)
    return text === null ? null : { row: last.row, at: last.at, text }
  }

  take({ first, turnId, at, payload }: FoldRow): void {
    this.next = first + 1
    this.rows += 1
    if (PASSED_OVER.some((start) => payload.startsWith(start))) return
    const event = parseStored(payload)
    switch (event.type) {
      case 'prompt':
        return this.#prompt(first, turnId, at, event.text)
      case 'update':
        return this.#update(first, turnId, at, event.update)
      case 'error':
        this.marks.push({
          row: first,
          at,
          mark: 'error',
          text: cut(asText(event.error?.message) ?? ''),
          detail: cut(asText(event.error?.detail) ?? ''),
        })
        return
      case 'memory_boundary':
        this.marks.push({
          row: first,
          at,
          mark: 'boundary',
          text: cut(asText(event.reason) ?? ''),
          detail: '',
        })
        return
      case 'turn_ended':
        // What did not end with its turn never will.
        for (const [id, call] of this.#calls) if (call.turnId === turnId) this.#calls.delete(id)
        return
      case 'permission':
        this.permissionRows.set(event.permissionId, first)
        return
      case 'forked':
    }
  }

  #prompt(row: number, turnId: string | null, at: number, prompt: unknown): void {
    const question = this.openQuestion()
    if (question !== null)
      this.marks.push({
        row,
        at,
        mark: 'answer',
        text: cut(asText(prompt) ?? ''),
        detail: cut(question.text),
      })
    this.#last = turnId === null ? null : { turnId, row: null, at, tail: '' }
  }

  #update(row: number, turnId: string | null, at: number, update: Record<string, unknown>): void {
    switch (update['sessionUpdate']) {
      case 'agent_message_chunk':
        return this.#said(row, turnId, at, update['content'])
      case 'tool_call':
      case 'tool_call_update':
        return this.#tool(row, turnId, at, update)
      case 'plan': {
        const entries = asList(update['entries']).flatMap((entry) =>
          isRecord(entry) && typeof entry['content'] === 'string'
            ? [{ text: cut(entry['content']), status: asText(entry['status']) ?? 'pending' }]
            : [],
        )
        this.plan = { row, at, entries: entries.slice(0, MOST_ENTRIES), total: entries.length }
        return
      }
      case 'current_mode_update': {
        const mode = asText(update['currentModeId'])
        if (mode === null || mode === this.#modeId) return
        this.#modeId = mode
        this.marks.push({ row, at, mark: 'mode', text: cut(mode), detail: '' })
      }
    }
  }

  #said(row: number, turnId: string | null, at: number, content: unknown): void {
    const text = isRecord(content) ? asText(content['text']) : null
    if (text === null || turnId === null) return
    if (this.#last?.turnId !== turnId) this.#last = { turnId, row: null, at, tail: '' }
    if (this.#last.row === null) this.#last = { ...this.#last, row, at }
    this.#last.tail = (this.#last.tail + text).slice(-TAIL)
  }

  #tool(row: number, turnId: string | null, at: number, update: Record<string, unknown>): void {
    const id = asText(update['toolCallId'])
    if (id === null) return
    const begins = update['sessionUpdate'] === 'tool_call'
    // The answer is what came after the last thing done.
    if (begins && this.#last !== null) this.#last = { ...this.#last, row: null, tail: '' }
    let call = this.#calls.get(id)
    if (call === undefined || begins) {
      call = {
        row,
        outputRow: row,
        at,
        turnId,
        kind: null,
        title: null,
        command: null,
        exitCode: null,
      }
      this.#calls.set(id, call)
    }
    call.kind = asText(update['kind']) ?? call.kind
    call.title = asText(update['title']) ?? call.title
    call.command = commandOf(update['rawInput']) ?? call.command
    call.exitCode = exitCodeOf(update['rawOutput']) ?? call.exitCode
    if (asList(update['content']).length > 0 || update['rawOutput'] != null) call.outputRow = row
    const paths = turnId === null ? [] : editedPaths({ ...update, kind: call.kind })
    if (turnId !== null && paths.length > 0) {
      const known = this.#edited.get(turnId) ?? new Set<string>()
      this.#edited.set(turnId, known)
      for (const path of paths) if (known.size < MOST_PATHS) known.add(path)
    }
    const status = update['status']
    if (status !== 'completed' && status !== 'failed') return
    this.#calls.delete(id)
    if (call.kind !== 'execute') return
    const command = (call.command ?? call.title ?? '').trim().slice(0, TAIL)
    if (command === '') return
    if (status === 'completed' && (call.exitCode ?? 0) === 0) {
      this.#passed.set(command, call.row)
      return
    }
    const { exitCode, outputRow } = call
    this.failed.push({ row: call.row, outputRow, at: call.at, command, exitCode })
  }
}

const cut = (text: string): string => (text.length > TEXT ? `${text.slice(0, TEXT - 1)}…` : text)

function commandOf(input: unknown): string | null {
  if (!isRecord(input)) return null
  for (const key of ['command', 'cmd', 'script']) {
    const value = input[key]
    if (typeof value === 'string' && value.trim() !== '') return value
    if (Array.isArray(value) && value.length > 0 && value.every((part) => typeof part === 'string'))
      return value.join(' ')
  }
  return null
}

/** Agents say it where they like. */
export function exitCodeOf(output: unknown, depth = 0): number | null {
  if (!isRecord(output)) return null
  for (const key of ['exitCode', 'exit_code', 'exit', 'code', 'returncode']) {
    const value = output[key]
    if (typeof value === 'number' && Number.isInteger(value)) return value
  }
  return depth === 0 ? exitCodeOf(output['metadata'], 1) : null
}

/** The end of what a tool call gave back. */
export function outputEnd(update: Record<string, unknown>, limit: number): string {
  const texts = asList(update['content']).flatMap((part) => {
    if (!isRecord(part) || !isRecord(part['content'])) return []
    const text = asText(part['content']['text'])
    return text === null ? [] : [text]
  })
  const raw = update['rawOutput']
  const said =
    texts.length > 0
      ? texts.join('\n')
      : (asText(raw) ??
        (isRecord(raw) ? (asText(raw['output']) ?? asText(raw['error']) ?? asText(raw['stderr'])) : null) ??
        '')
  const end = said.trimEnd()
  return end.length > limit ? end.slice(-limit) : end
}
