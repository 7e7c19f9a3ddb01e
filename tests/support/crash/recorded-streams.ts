import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

/** What OpenCode sent while three sessions ran at once: tool calls, a permission request, long answers. */
export interface RecordedTurn {
  prompt: string
  result: { stopReason: string; usage?: unknown }
  messages: RecordedMessage[]
}
export type RecordedMessage =
  | { update: Record<string, unknown> }
  | { permission: { toolCall: Record<string, unknown>; options: { optionId: string }[] } }

/** The turns of each session. Call it from the root of the checkout. */
export function readRecordedStreams(): RecordedTurn[][] {
  const file = resolve('tests/fixtures/streams/three-sessions.json')
  const recording = JSON.parse(readFileSync(file, 'utf8')) as { sessions: { turns: RecordedTurn[] }[] }
  return recording.sessions.map(({ turns }) => turns)
}

/** Everything the agent says in a turn, as one text. */
export function textOf(turn: RecordedTurn): string {
  return turn.messages.map((message) => ('update' in message ? chunkText(message.update) : '')).join('')
}

/** The text of an update that is a chunk of an answer, and nothing of any other. */
export function chunkText(update: Record<string, unknown>): string {
  const content = update['content']
  if (update['sessionUpdate'] !== 'agent_message_chunk') return ''
  return typeof content === 'object' && content !== null && 'text' in content ? String(content.text) : ''
}
