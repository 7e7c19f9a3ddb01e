import { asList, isRecord } from '../../../session/hostile'
import {
  editContent,
  type ForeignRead,
  SessionBuilder,
  textContent,
  wordOf,
  toolKind,
  toolTitle,
} from './foreign-session'

type Json = Record<string, unknown>

/** A session of OpenCode as it is stored: what it says of itself, and its messages with their parts, in their order. */
export interface StoredOpenCode {
  info: Json
  messages: { info: Json; parts: Json[] }[]
}

const QUIET_PART = new Set(['step-start', 'step-finish', 'snapshot', 'patch', 'retry', 'compaction'])

/** Reads a session that OpenCode has kept, in its database or, in older versions, as a file for each message and part. */
export function readOpenCodeSession(
  { info, messages }: StoredOpenCode,
  unknown: Record<string, number>,
): ForeignRead {
  if (typeof info['parentID'] === 'string') return { skipped: 'It is the session of a sub-agent.' }
  const builder = new SessionBuilder('opencode', wordOf(info['id']), unknown)
  if (typeof info['title'] === 'string') builder.title = info['title']
  if (typeof info['directory'] === 'string') builder.cwd = info['directory']
  for (const message of messages) {
    const time = isRecord(message.info['time']) ? message.info['time'] : {}
    builder.time(time['created'])
    const path = isRecord(message.info['path']) ? message.info['path'] : {}
    if (typeof path['cwd'] === 'string') builder.cwd ??= path['cwd']
    if (message.info['role'] === 'user') readPrompt(builder, message.parts)
    else {
      const { providerID, modelID } = message.info
      if (typeof modelID === 'string')
        builder.model(typeof providerID === 'string' ? `${providerID}/${modelID}` : modelID)
      for (const part of message.parts) readPart(builder, message.info, part)
      readError(builder, message.info['error'])
      builder.time(time['completed'])
    }
  }
  return builder.read()
}

function readPrompt(builder: SessionBuilder, parts: readonly Json[]): void {
  const texts = parts.flatMap((part) => {
    if (part['type'] === 'text' && part['synthetic'] !== true && typeof part['text'] === 'string')
      return [part['text']]
    if (part['type'] === 'file') return [`[${wordOf(part['filename'], 'file')}]`]
    return []
  })
  if (texts.length > 0) builder.prompt(texts.join('\n'))
}

function readPart(builder: SessionBuilder, message: Json, part: Json): void {
  const time = isRecord(part['time']) ? part['time'] : {}
  builder.time(time['start'])
  const text = typeof part['text'] === 'string' ? part['text'] : ''
  const type = wordOf(part['type'])
  if (type === 'text') builder.text('agent_message_chunk', text, wordOf(message['id']).slice(0, 256))
  else if (type === 'reasoning') builder.text('agent_thought_chunk', text)
  else if (type === 'tool') readTool(builder, part)
  else if (!QUIET_PART.has(type)) builder.unknown(`opencode ${type}`.slice(0, 80), part)
}

function readTool(builder: SessionBuilder, part: Json): void {
  const state = isRecord(part['state']) ? part['state'] : {}
  const name = wordOf(part['tool'], 'tool')
  const { input, output, error, status } = state
  if (name === 'todowrite' && isRecord(input)) {
    const entries = asList(input['todos'])
      .filter(isRecord)
      .map((todo) => ({ content: wordOf(todo['content']), status: todo['status'] ?? 'pending' }))
    builder.update({ sessionUpdate: 'plan', entries })
  }
  const text = typeof output === 'string' ? output : typeof error === 'string' ? error : ''
  const title =
    typeof state['title'] === 'string' && state['title'] !== ''
      ? `${name} ${state['title']}`
      : toolTitle(name, input)
  builder.update({
    sessionUpdate: 'tool_call',
    toolCallId: wordOf(part['callID'] ?? part['id']),
    title: title.slice(0, 300),
    kind: toolKind(name),
    status: status === 'error' ? 'failed' : status === 'completed' ? 'completed' : 'in_progress',
    rawInput: input,
    content: [...editContent(input), ...(text === '' ? [] : [textContent(text)])],
  })
}

function readError(builder: SessionBuilder, error: unknown): void {
  if (!isRecord(error)) return
  if (error['name'] === 'MessageAbortedError') return builder.stopped('cancelled')
  const data = isRecord(error['data']) ? error['data'] : {}
  const detail = typeof data['message'] === 'string' ? data['message'] : JSON.stringify(error)
  builder.event({ type: 'error', error: { kind: 'agent', message: 'The agent reported an error.', detail } })
}
