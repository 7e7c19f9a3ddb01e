import { asList, isRecord } from '../../../session/hostile'
import { jsonIn } from '../../search/documents'
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

/** What Codex tells its model as if a person had said it. */
const BOILERPLATE =
  /^\s*(?:<(?:environment_context|user_instructions|permissions|turn_aborted|INSTRUCTIONS|collaboration_mode|skill)|# AGENTS\.md)/

/** Events for the screen: what they say stands in the items beside them. */
const QUIET_EVENT =
  /^(?:agent_|token_count|task_|exec_|patch_|mcp_|web_search|turn_(?:started|complete|diff)|thread_|item_|plan_|background|stream|context_compacted|entered|exited|collab|view_image|raw|warning|session_|deprecation|undo|shutdown|get_history|list_)/

/**
 * Reads a session that Codex has kept: one JSON object a line in `~/.codex/sessions/YYYY/MM/DD/rollout-….jsonl`, with a
 * `type` and its `payload`; in the oldest versions the payload alone.
 */
export async function readCodexSession(
  id: string,
  lines: AsyncIterable<unknown> | Iterable<unknown>,
  unknown: Record<string, number>,
): Promise<ForeignRead> {
  const builder = new SessionBuilder('codex', id, unknown)
  let isNamed = false
  for await (const line of lines) {
    if (!isRecord(line)) continue
    builder.time(line['timestamp'])
    const payload = isRecord(line['payload']) ? line['payload'] : line
    const type = isRecord(line['payload'])
      ? line['type']
      : 'cwd' in line || 'git' in line || 'instructions' in line
        ? 'session_meta'
        : 'response_item'
    switch (type) {
      case 'session_meta': {
        // A fork has those of what it came from behind its own.
        if (isNamed) break
        isNamed = true
        if (typeof payload['id'] === 'string') builder.id = payload['id']
        if (typeof payload['cwd'] === 'string') builder.cwd = payload['cwd']
        const git = isRecord(payload['git']) ? payload['git'] : {}
        if (typeof git['branch'] === 'string') builder.branch = git['branch']
        if (typeof git['repository_url'] === 'string') builder.remote = git['repository_url']
        break
      }
      case 'turn_context':
        if (typeof payload['model'] === 'string') builder.model(payload['model'])
        if (typeof payload['cwd'] === 'string') builder.cwd ??= payload['cwd']
        break
      case 'compacted':
        builder.event({
          type: 'memory_boundary',
          reason: 'The agent summarized the conversation.',
          brief: typeof payload['message'] === 'string' ? payload['message'] : '',
          turnsTold: 0,
          turnsTotal: 0,
        })
        break
      case 'event_msg':
        readEvent(builder, payload)
        break
      case 'response_item':
        readItem(builder, payload)
        break
      // What the model is told of its surroundings.
      case 'world_state':
        break
      default:
        builder.unknown(`codex ${wordOf(type)}`.slice(0, 80), payload)
    }
  }
  return builder.read()
}

function readEvent(builder: SessionBuilder, payload: Json): void {
  const { type, message } = payload
  if (type === 'user_message') {
    if (typeof message === 'string' && !BOILERPLATE.test(message) && !builder.isJustAsked(message))
      builder.prompt(message)
  } else if (type === 'turn_aborted') builder.stopped('cancelled')
  else if (type === 'error')
    builder.event({
      type: 'error',
      error: { kind: 'agent', message: 'The agent reported an error.', detail: wordOf(message) },
    })
  else if (typeof type === 'string' && !QUIET_EVENT.test(type))
    builder.unknown(`codex ${type}`.slice(0, 80), payload)
}

function readItem(builder: SessionBuilder, item: Json): void {
  switch (item['type']) {
    case 'message':
      return readMessage(builder, item)
    case 'reasoning': {
      const texts = [...asList(item['summary']), ...asList(item['content'])].filter(isRecord)
      return builder.text(
        'agent_thought_chunk',
        texts.flatMap(({ text }) => (typeof text === 'string' ? [text] : [])).join('\n\n'),
      )
    }
    case 'function_call':
    case 'custom_tool_call':
    case 'local_shell_call':
    case 'web_search_call':
    case 'tool_search_call':
      return readCall(builder, item)
    case 'function_call_output':
    case 'custom_tool_call_output':
    case 'tool_search_output':
      return readOutput(builder, item)
    case 'ghost_snapshot':
    case 'additional_tools':
    case 'compaction':
    case 'compaction_summary':
      return
    default:
      // Older versions keep lines about their own state.
      if (item['record_type'] === 'state') return
      return builder.unknown(`codex ${wordOf(item['type'])}`.slice(0, 80), item)
  }
}

function readMessage(builder: SessionBuilder, item: Json): void {
  const parts = asList(item['content']).filter(isRecord)
  const text = parts
    .map((part) =>
      typeof part['text'] === 'string' ? part['text'] : part['type'] === 'input_image' ? '[image]' : '',
    )
    .filter((one) => one !== '')
    .join('\n')
  if (item['role'] === 'assistant') {
    const messageId = typeof item['id'] === 'string' ? item['id'].slice(0, 256) : null
    return builder.text('agent_message_chunk', text, messageId)
  }
  if (item['role'] !== 'user' || text.trim() === '' || BOILERPLATE.test(text)) return
  if (!builder.isJustAsked(text)) builder.prompt(text)
}

function readCall(builder: SessionBuilder, item: Json): void {
  const name = typeof item['name'] === 'string' ? item['name'] : wordOf(item['type']).replace(/_call$/, '')
  const given = item['arguments'] ?? item['input'] ?? item['action']
  const input = typeof given === 'string' ? (jsonIn(given) ?? given) : given
  if (name === 'update_plan' && isRecord(input)) {
    const entries = asList(input['plan'])
      .filter(isRecord)
      .map((step) => ({ content: wordOf(step['step']), status: step['status'] ?? 'pending' }))
    builder.update({ sessionUpdate: 'plan', entries })
  }
  builder.update({
    sessionUpdate: 'tool_call',
    toolCallId: wordOf(item['call_id'] ?? item['id']),
    title: toolTitle(name, input),
    kind: toolKind(name),
    status: item['status'] === 'completed' ? 'completed' : 'in_progress',
    rawInput: input,
    content: editContent(input),
  })
}

function readOutput(builder: SessionBuilder, item: Json): void {
  const { output } = item
  const parsed = typeof output === 'string' && output.startsWith('{') ? jsonIn(output) : output
  const fields = isRecord(parsed) ? parsed : {}
  const metadata = isRecord(fields['metadata']) ? fields['metadata'] : {}
  const parts = Array.isArray(output) ? output : asList(fields['content'])
  const text =
    typeof fields['output'] === 'string'
      ? fields['output']
      : typeof fields['content'] === 'string'
        ? fields['content']
        : parts.length > 0
          ? parts
              .flatMap((part) => (isRecord(part) && typeof part['text'] === 'string' ? [part['text']] : []))
              .join('\n')
          : typeof output === 'string'
            ? output
            : JSON.stringify(output ?? '')
  const code = metadata['exit_code']
  const failed = fields['success'] === false || (typeof code === 'number' && code !== 0)
  builder.update({
    sessionUpdate: 'tool_call_update',
    toolCallId: wordOf(item['call_id']),
    status: failed ? 'failed' : 'completed',
    content: [textContent(text)],
  })
}
