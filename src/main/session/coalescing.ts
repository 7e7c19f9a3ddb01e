import { isRecord } from './hostile'

/**
 * Most characters of a message one row holds. With the fields around it a full row fits a leaf cell and one
 * overflow page of SQLite, and rewriting the row that still grows stays cheap.
 */
export const ROW_CHARACTERS = 4000

const CHUNK_KINDS = new Set(['agent_message_chunk', 'agent_thought_chunk', 'user_message_chunk'])

/** A text chunk of a streamed message, apart from its text. */
export interface Chunk {
  kind: string
  messageId: string | null
  /** JSON of the chunk's `_meta`: chunks that differ in it stay apart, so that none is lost. */
  meta: string | null
  text: string
}

/** The chunk an update is, or null when it is none, or carries more than text. */
export function chunkOf(update: Record<string, unknown>): Chunk | null {
  const { sessionUpdate, content, messageId, _meta: meta } = update
  if (typeof sessionUpdate !== 'string' || !CHUNK_KINDS.has(sessionUpdate)) return null
  if (!isRecord(content) || content['type'] !== 'text' || typeof content['text'] !== 'string') return null
  for (const key in content) {
    if (key !== 'type' && key !== 'text' && content[key] !== null && content[key] !== undefined) return null
  }
  for (const key in update) {
    if (key !== 'sessionUpdate' && key !== 'content' && key !== 'messageId' && key !== '_meta') return null
  }
  if (messageId !== undefined && messageId !== null && typeof messageId !== 'string') return null
  if (typeof messageId === 'string' && messageId.length > 256) return null
  const hasMeta = isRecord(meta) && Object.keys(meta).length > 0
  const metaJson = hasMeta ? JSON.stringify(meta) : null
  if (metaJson !== null && metaJson.length > 1024) return null
  return {
    kind: sessionUpdate,
    messageId: messageId ?? null,
    meta: metaJson,
    text: content['text'],
  }
}

/** The update a chunk stands for; the inverse of `chunkOf`. */
export function updateOf(chunk: Chunk): Record<string, unknown> {
  return {
    sessionUpdate: chunk.kind,
    ...(chunk.messageId === null ? {} : { messageId: chunk.messageId }),
    ...(chunk.meta === null ? {} : { _meta: JSON.parse(chunk.meta) as unknown }),
    content: { type: 'text', text: chunk.text },
  }
}

/** Whether the next chunk continues the message of this one, in the same row. */
export function continues(chunk: Chunk, next: Chunk): boolean {
  return (
    chunk.kind === next.kind &&
    chunk.messageId === next.messageId &&
    chunk.meta === next.meta &&
    chunk.text.length + next.text.length <= ROW_CHARACTERS
  )
}

/** Splits a chunk that is longer than a row, never inside a surrogate pair. */
export function piecesOf(chunk: Chunk): Chunk[] {
  if (chunk.text.length <= ROW_CHARACTERS) return [chunk]
  const pieces: Chunk[] = []
  let start = 0
  while (start < chunk.text.length) {
    let end = Math.min(start + ROW_CHARACTERS, chunk.text.length)
    if (end < chunk.text.length && isHighSurrogate(chunk.text.charCodeAt(end - 1))) end -= 1
    pieces.push({ ...chunk, text: chunk.text.slice(start, end) })
    start = end
  }
  return pieces
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}

/** The tool call a repeated update is about, or null for any other update. */
export function updatedToolCall(update: Record<string, unknown>): string | null {
  const id = update['toolCallId']
  return update['sessionUpdate'] === 'tool_call_update' && typeof id === 'string' ? id : null
}

/**
 * Joins an update of a tool call to the one before it, as ACP means it: fields that are given replace, fields
 * that are absent or null stay. Null when they must stay apart, because the call's status changed: a reader
 * wants to know when.
 */
export function mergeToolCallUpdates(
  before: Record<string, unknown>,
  next: Record<string, unknown>,
): Record<string, unknown> | null {
  const status = next['status'] ?? null
  if (status !== null && status !== (before['status'] ?? null)) return null
  const given = Object.entries(next).filter(([, value]) => value !== null && value !== undefined)
  return { ...before, ...Object.fromEntries(given) }
}

/** Whether no further update of the tool call is to be expected. */
export function isToolCallOver(update: Record<string, unknown>): boolean {
  return update['status'] === 'completed' || update['status'] === 'failed'
}
