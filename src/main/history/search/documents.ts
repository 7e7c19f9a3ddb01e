import { createHash } from 'node:crypto'
import { inflateSync } from 'node:zlib'
import { type SearchKind, searchKinds } from '@shared/search-query'
import { namedPaths, shownTexts } from '../../session/event-text'
import { isRecord } from '../../session/hostile'
import { parseStored, type StoredEvent } from '../../session/live-row'

/** What of a row is looked through. */
export interface Document {
  kind: SearchKind
  /** What it is called, where it has a name; looked through with the text. */
  title: string
  text: string
  paths: readonly string[]
  failed: boolean
}

/** More of one text is not looked through. */
export const LONGEST_TEXT = 1_000_000
/** Of what is unpacked: an output that is longer is looked through as far as it is in its row. */
const MOST_UNPACKED = 64 * 1024 * 1024

export const kindNumber = (kind: SearchKind): number => searchKinds.indexOf(kind)
export const kindAt = (number: number): SearchKind => searchKinds[number] ?? 'activity'

/** Words of ours that a row is found by. */
export const kindWord = (kind: SearchKind): string => `k${kindNumber(kind)}`
export const scopeWord = (scope: number): string => `s${scope}`
export const hasWord = { error: 'herror', file: 'hfile' } as const
export const everyWord: readonly string[] = searchKinds.map(kindWord)

export interface EventRow {
  first: number
  at: number
  payload: string
  fullBytes: number | null
  full: Buffer | null
}

/** The event of a row, whole where its strings were cut. */
export function wholeEvent(row: Pick<EventRow, 'payload' | 'full'>): StoredEvent {
  const json = row.full === null ? null : unpacked(row.full)
  return parseStored(json ?? row.payload)
}

export function unpacked(full: Buffer): string | null {
  try {
    return inflateSync(full, { maxOutputLength: MOST_UNPACKED }).toString('utf8')
  } catch (error) {
    // Too long, or not what was packed: the row itself is looked through.
    if (error instanceof Error) return null
    throw error
  }
}

/** Null for what shows nothing of its own. */
export function eventDocument(event: StoredEvent): Document | null {
  const kind = eventKind(event)
  if (kind === null) return null
  // What the agent was told again is in the transcript already.
  const shown = event.type === 'memory_boundary' ? [event.reason] : shownTexts(event)
  const [first = '', ...others] = shown.filter((text) => text !== '')
  const update = event.type === 'update' ? event.update : null
  const hasTitle = update !== null && typeof update['title'] === 'string' && update['title'] !== ''
  const named = update === null ? [] : namedPaths(update)
  // What is named stands beside the text; what a tool gives back twice is said once.
  const texts = new Set(hasTitle ? others : [first, ...others])
  for (const path of named) texts.delete(path)
  const paths = named.map(inCheckout)
  const text = [...texts].join('\n')
  const failed = event.type === 'error' || update?.['status'] === 'failed'
  if (text.trim() === '' && paths.length === 0 && !hasTitle) return null
  return { kind, title: hasTitle ? inCheckout(first) : '', text: text.slice(0, LONGEST_TEXT), paths, failed }
}

/** A path in the checkout of a task as the task itself calls it: where the checkout is says nothing to anybody. */
const inCheckout = (path: string): string => path.replace(/^\S*[\\/]tasks[\\/]task_[\da-f-]{36}[\\/]/, '')

function eventKind(event: StoredEvent): SearchKind | null {
  switch (event.type) {
    case 'prompt':
    case 'forked':
      return 'prompt'
    case 'error':
    case 'memory_boundary':
      return 'message'
    case 'turn_ended':
    case 'permission':
      return null
    case 'update':
      switch (event.update['sessionUpdate']) {
        case 'agent_thought_chunk':
          return 'thought'
        case 'tool_call':
        case 'tool_call_update':
          return 'tool'
        // Repeats the prompt.
        case 'user_message_chunk':
          return null
        default:
          return 'message'
      }
  }
}

/** Whether the row cannot change any more, going by the row alone. See `EventLog`, which writes them. */
export function isFinal(event: StoredEvent, row: EventRow, isNewest: boolean): boolean {
  if (isNewest) return false
  if (row.fullBytes !== null && row.full === null) return false
  if (event.type !== 'update' || event.update['sessionUpdate'] !== 'tool_call_update') return true
  const { status } = event.update
  return status === 'completed' || status === 'failed'
}

export interface ActivityRow {
  kind: string
  payload: string
}

export function activityDocument({ kind, payload }: ActivityRow): Document {
  const texts: string[] = []
  const take = (value: unknown, depth: number): void => {
    if (typeof value === 'string') texts.push(value)
    else if (Array.isArray(value) || isRecord(value))
      for (const one of Object.values(value)) if (depth < 3) take(one, depth + 1)
  }
  take(jsonIn(payload), 0)
  return {
    kind: 'activity',
    title: kind.replaceAll(/[._]/g, ' '),
    text: texts.join('\n').slice(0, LONGEST_TEXT),
    paths: [],
    failed: kind === 'task.error',
  }
}

export function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

/** Tells two texts apart; fits a number of SQLite that JavaScript reads exactly. */
export function hashOf(...texts: readonly (string | Buffer)[]): number {
  const hash = createHash('sha1')
  for (const text of texts) hash.update(text).update('\0')
  return hash.digest().readUIntBE(0, 6)
}
