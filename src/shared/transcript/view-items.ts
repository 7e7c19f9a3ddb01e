import type { Attachment, Checkpoint, Permission, TranscriptEvent, TranscriptRow, Usage } from '../domain'
import type { ErrorValue } from '../errors'
import type { PolicyGrounds } from '../permission-policy-schema'
import {
  asRecord,
  asString,
  type Json,
  mergeToolUpdate,
  type PlanEntry,
  readPlan,
  readToolCall,
  textOfContent,
  type ToolCall,
} from './acp'

/** A row whose long strings were cut for the page. */
export interface Cut {
  first: number
  bytes: number
  /** When the rest was removed by the person's policy; null while it can be read. */
  removedAt: number | null
}

interface Common {
  /** Stable while the item is on screen. */
  readonly key: string
  readonly at: number
  readonly turnId: string | null
  readonly cuts: readonly Cut[]
}

/** What the transcript shows, one item a line of the list. Replaced when it changes, never mutated. */
export type ViewItem = Common &
  (
    | { readonly type: 'prompt'; readonly text: string; readonly attachments?: readonly Attachment[] }
    | { readonly type: 'message'; readonly text: string }
    | { readonly type: 'thought'; readonly text: string }
    /** `abandoned`: its turn ended before the tool reported an end. */
    | {
        readonly type: 'tool'
        readonly tool: ToolCall
        readonly abandoned: boolean
        /** By what it was allowed or refused without asking a person. */
        readonly policy: PolicyGrounds | null
      }
    | { readonly type: 'plan'; readonly entries: readonly PlanEntry[] }
    | { readonly type: 'permission'; readonly permission: Permission }
    | {
        readonly type: 'turn_ended'
        readonly stopReason: string
        readonly durationMs: number
        readonly usage: Usage | null
        readonly checkpoint: Checkpoint | null
      }
    | { readonly type: 'error'; readonly error: ErrorValue }
    | {
        readonly type: 'memory_boundary'
        readonly reason: string
        readonly brief: string
        readonly turnsTold: number
        readonly turnsTotal: number
      }
    | ({ readonly type: 'forked' } & Omit<Extract<TranscriptEvent, { type: 'forked' }>, 'type' | 'turnId'> & {
          readonly upTo: string | null
        })
    /** Something small that happened, and updates of kinds this version does not know. */
    | { readonly type: 'note'; readonly text: string; readonly detail: string }
  )

export type Run = 'prompt' | 'message' | 'thought'

/** Which item a row belongs to, seen from the row alone. */
export type Placement =
  | { how: 'hidden' }
  /** An item of its own. */
  | { how: 'single' }
  /** Joins the item before it when that is a run of the same kind, turn and message. */
  | { how: 'run'; run: Run; messageId: string | null }
  /** Joins the item with this scope wherever it stands. */
  | { how: 'keyed'; scope: string }
  | { how: 'tool'; toolCallId: string; starts: boolean; scope: string }

export function placementOf(row: TranscriptRow): Placement {
  const event = row.event
  if (event.type === 'permission') {
    const { id, policy, toolCall } = event.permission
    const call = asString(toolCall['toolCallId'])
    if (policy === null || call === null) return { how: 'keyed', scope: `permission:${id}` }
    // Nobody was asked: it is a fact about the call, and stands on its card.
    return { how: 'tool', toolCallId: call, starts: false, scope: `tool:${row.turnId ?? ''}:${call}` }
  }
  if (event.type !== 'update') return { how: 'single' }
  const update = event.update
  const messageId = asString(update['messageId'])
  switch (update['sessionUpdate']) {
    case 'agent_message_chunk':
      return { how: 'run', run: 'message', messageId }
    case 'agent_thought_chunk':
      return { how: 'run', run: 'thought', messageId }
    case 'user_message_chunk':
      // Within a turn this repeats the prompt that stands there already.
      return row.turnId === null ? { how: 'run', run: 'prompt', messageId } : { how: 'hidden' }
    case 'tool_call':
    case 'tool_call_update': {
      const toolCallId = asString(update['toolCallId'])
      if (toolCallId === null) return { how: 'hidden' }
      return {
        how: 'tool',
        toolCallId,
        starts: update['sessionUpdate'] === 'tool_call',
        scope: `tool:${row.turnId ?? ''}:${toolCallId}`,
      }
    }
    case 'plan':
      return { how: 'keyed', scope: `plan:${row.turnId ?? row.first}` }
    case 'usage_update':
    case 'session_info_update':
    case 'available_commands_update':
    case 'config_option_update':
    case 'config_options_update':
      return { how: 'hidden' }
    default:
      return { how: 'single' }
  }
}

/** The text that a row of a run adds. */
export function runText(row: TranscriptRow): string {
  return row.event.type === 'update' ? textOfContent(row.event.update['content']) : ''
}

/** The row with more text at its end; null for a row that holds no text. */
export function withAppended(row: TranscriptRow, last: number, text: string): TranscriptRow | null {
  if (row.event.type !== 'update') return null
  const content = asRecord(row.event.update['content'])
  const before = asString(content?.['text'])
  if (before === null) return null
  const update = { ...row.event.update, content: { ...content, text: before + text } }
  return { ...row, last, event: { type: 'update', update } }
}

/** Folds the rows of one item, oldest first, into what is shown. */
export function foldItem(
  key: string,
  rows: readonly TranscriptRow[],
  turnEnded: (turnId: string) => boolean,
): ViewItem | null {
  const head = rows[0]
  const latest = rows.at(-1)
  if (head === undefined || latest === undefined) return null
  const common: Common = { key, at: head.at, turnId: head.turnId, cuts: cutsOf(rows) }
  const { event } = rows.findLast((row) => row.event.type !== 'permission') ?? latest
  switch (event.type) {
    case 'prompt':
      return {
        ...common,
        type: 'prompt',
        text: event.text,
        ...(event.attachments === undefined ? {} : { attachments: event.attachments }),
      }
    case 'permission':
      return { ...common, type: 'permission', permission: event.permission }
    case 'turn_ended':
      return {
        ...common,
        type: 'turn_ended',
        stopReason: event.stopReason,
        durationMs: event.durationMs,
        usage: event.usage,
        checkpoint: event.checkpoint,
      }
    case 'error':
      return { ...common, type: 'error', error: event.error }
    case 'forked':
      // The turn it names is of the other session.
      return { ...common, ...event, turnId: common.turnId, upTo: event.turnId }
    case 'memory_boundary':
      return { ...common, ...event }
    case 'update':
      return foldUpdate(common, event.update, rows, turnEnded)
  }
}

function foldUpdate(
  common: Common,
  update: Json,
  rows: readonly TranscriptRow[],
  turnEnded: (turnId: string) => boolean,
): ViewItem {
  switch (update['sessionUpdate']) {
    case 'agent_message_chunk':
      return { ...common, type: 'message', text: rows.map(runText).join('') }
    case 'agent_thought_chunk':
      return { ...common, type: 'thought', text: rows.map(runText).join('') }
    case 'user_message_chunk':
      return { ...common, type: 'prompt', text: rows.map(runText).join('') }
    case 'tool_call':
    case 'tool_call_update': {
      let fields: Json = {}
      for (const row of rows)
        if (row.event.type === 'update') fields = mergeToolUpdate(fields, row.event.update)
      const tool = readToolCall(fields)
      const open = tool.status === 'pending' || tool.status === 'in_progress'
      return {
        ...common,
        type: 'tool',
        tool,
        abandoned: open && common.turnId !== null && turnEnded(common.turnId),
        policy: policyOf(rows),
      }
    }
    case 'plan':
      return { ...common, type: 'plan', entries: readPlan(update) }
    case 'current_mode_update':
      return {
        ...common,
        type: 'note',
        text: `Mode: ${asString(update['currentModeId']) ?? 'unknown'}`,
        detail: '',
      }
    default: {
      const name = asString(update['sessionUpdate'])
      return {
        ...common,
        type: 'note',
        text: name === null ? 'The agent sent something without a kind' : `The agent sent "${name}"`,
        detail: JSON.stringify(update, null, 2),
      }
    }
  }
}

function policyOf(rows: readonly TranscriptRow[]): PolicyGrounds | null {
  for (const { event } of rows)
    if (event.type === 'permission' && event.permission.policy !== null) return event.permission.policy
  return null
}

function cutsOf(rows: readonly TranscriptRow[]): readonly Cut[] {
  const cuts: Cut[] = []
  for (const row of rows)
    if (row.cut !== null) cuts.push({ first: row.first, bytes: row.cut, removedAt: row.removedAt ?? null })
  return cuts.length === 0 ? noCuts : cuts
}

const noCuts: readonly Cut[] = []
