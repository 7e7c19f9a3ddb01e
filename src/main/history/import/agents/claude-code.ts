import { asList, isRecord } from '../../../session/hostile'
import { countUnknown } from '../unknown'
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

/** Entries that say nothing of the conversation. */
const QUIET = new Set([
  'summary',
  'file-history-snapshot',
  'queue-operation',
  'progress',
  'last-prompt',
  'custom-title',
  'agent-name',
  'attachment',
  'permission-mode',
  'pr-link',
  'mode',
])

/**
 * Reads a session that Claude Code has kept: one JSON object a line in `~/.claude/projects/<folder>/<session id>.jsonl`. The
 * format is not documented; whatever is missing or new in it is passed by.
 */
export async function readClaudeSession(
  id: string,
  lines: AsyncIterable<unknown> | Iterable<unknown>,
  unknown: Record<string, number>,
): Promise<ForeignRead> {
  const builder = new SessionBuilder('claude', id, unknown)
  const seen = new Set<string>()
  for await (const line of lines) {
    if (!isRecord(line)) continue
    const { type, uuid } = line
    // A session that was resumed may begin with what it took over, and hold it twice.
    if (typeof uuid === 'string') {
      if (seen.has(uuid)) continue
      seen.add(uuid)
    }
    builder.time(line['timestamp'])
    if (typeof line['cwd'] === 'string') builder.cwd ??= line['cwd']
    const branch = line['gitBranch']
    if (typeof branch === 'string' && branch !== '' && branch !== 'HEAD') builder.branch ??= branch
    if (type === 'summary' && typeof line['summary'] === 'string') builder.title = line['summary']
    if (type === 'custom-title' && typeof line['customTitle'] === 'string')
      builder.title = line['customTitle']
    if (line['isSidechain'] === true) {
      countUnknown(unknown, 'messages of sub-agents')
      continue
    }
    if (type === 'user') readUser(builder, line)
    else if (type === 'assistant') readAssistant(builder, line)
    else if (type === 'system') readSystem(builder, line)
    else if (typeof type === 'string' && !QUIET.has(type))
      builder.unknown(`claude ${type}`.slice(0, 80), line)
  }
  return builder.read()
}

function readUser(builder: SessionBuilder, line: Json): void {
  const message = isRecord(line['message']) ? line['message'] : {}
  const { content } = message
  const blocks =
    typeof content === 'string' ? [{ type: 'text', text: content }] : asList(content).filter(isRecord)
  const texts: string[] = []
  for (const block of blocks) {
    if (block['type'] === 'tool_result') readResult(builder, block)
    else if (block['type'] === 'text' && typeof block['text'] === 'string') texts.push(block['text'])
    else if (block['type'] === 'image') texts.push('[image]')
    else builder.unknown(`claude ${wordOf(block['type'])}`.slice(0, 80), block)
  }
  const text = texts.join('\n').trim()
  // What the app told the agent beside the person's words.
  if (text === '' || line['isMeta'] === true) return
  if (line['isCompactSummary'] === true)
    return builder.event({
      type: 'memory_boundary',
      reason: 'The agent summarized the conversation.',
      brief: text,
      turnsTold: 0,
      turnsTotal: 0,
    })
  if (text.startsWith('[Request interrupted by user')) return builder.stopped('cancelled')
  builder.prompt(text)
}

function readResult(builder: SessionBuilder, block: Json): void {
  const { content } = block
  const parts =
    typeof content === 'string' ? [{ type: 'text', text: content }] : asList(content).filter(isRecord)
  builder.update({
    sessionUpdate: 'tool_call_update',
    toolCallId: wordOf(block['tool_use_id']),
    status: block['is_error'] === true ? 'failed' : 'completed',
    content: parts.flatMap((part): Json[] => {
      if (typeof part['text'] === 'string') return [textContent(part['text'])]
      const source = isRecord(part['source']) ? part['source'] : {}
      if (part['type'] !== 'image') return []
      return [
        { type: 'content', content: { type: 'image', data: source['data'], mimeType: source['media_type'] } },
      ]
    }),
  })
}

function readAssistant(builder: SessionBuilder, line: Json): void {
  const message = isRecord(line['message']) ? line['message'] : {}
  const { model, content } = message
  if (typeof model === 'string' && model !== '<synthetic>') builder.model(model)
  const messageId = typeof message['id'] === 'string' ? message['id'].slice(0, 256) : null
  const blocks =
    typeof content === 'string' ? [{ type: 'text', text: content }] : asList(content).filter(isRecord)
  for (const block of blocks) {
    const { type, text, thinking } = block
    if (type === 'text' && typeof text === 'string') builder.text('agent_message_chunk', text, messageId)
    else if (type === 'thinking')
      builder.text('agent_thought_chunk', typeof thinking === 'string' ? thinking : '')
    else if (type === 'tool_use' || type === 'server_tool_use') readCall(builder, block)
    else if (type !== 'redacted_thinking') builder.unknown(`claude ${wordOf(type)}`.slice(0, 80), block)
  }
}

function readCall(builder: SessionBuilder, block: Json): void {
  const name = wordOf(block['name'], 'tool')
  const { input } = block
  if (name === 'TodoWrite' && isRecord(input)) {
    const entries = asList(input['todos'])
      .filter(isRecord)
      .map((todo) => ({ content: wordOf(todo['content']), status: todo['status'] ?? 'pending' }))
    builder.update({ sessionUpdate: 'plan', entries })
  }
  builder.update({
    sessionUpdate: 'tool_call',
    toolCallId: wordOf(block['id']),
    title: toolTitle(name, input),
    kind: toolKind(name),
    status: 'in_progress',
    rawInput: input,
    content: editContent(input),
  })
}

function readSystem(builder: SessionBuilder, line: Json): void {
  if (line['subtype'] !== 'api_error' && line['level'] !== 'error') return
  const { content, error } = line
  const detail = typeof content === 'string' ? content : JSON.stringify(error ?? null)
  builder.event({ type: 'error', error: { kind: 'agent', message: 'The agent reported an error.', detail } })
}
