import type { TranscriptEvent } from '../../src/shared/domain'
import { seededRandom } from '../../tests/support/seeded-random'

/** One event of the long session, with what stands for it in the other transcript. */
export interface BenchEvent {
  turn: number
  event: TranscriptEvent
}

/** An entry as the other side takes it; the same words as the event. */
export interface PeerEntry {
  id: string
  kind: 'message' | 'tool' | 'meta' | 'reasoning'
  time: string
  role?: 'user' | 'assistant'
  text?: string
  toolName?: string
  toolInput?: string
  toolOutput?: string
  toolStatus?: string
  reasoning?: { text: string }
  meta?: { title: string; detail?: string }
}

/** What the last event says, to know it by. */
export const LAST_WORDS = 'This is the end of the session.'
const LARGE_OUTPUT = 200 * 1024
/** One tool call in so many gives back a large output. */
const LARGE_EVERY = 400

const WORDS =
  'the parser reads a line and writes it to the cache before the stream ends so that nothing waits for the disk while tokens arrive'.split(
    ' ',
  )

/** A session as months of work leave it: turns of prompts, thoughts, tool calls and answers. The same for the same seed. */
export function transcriptEvents(count: number, seed = 1): BenchEvent[] {
  const random = seededRandom(seed)
  const below = (limit: number): number => Math.floor(random() * limit)
  const sentence = (length: number): string =>
    Array.from({ length }, () => WORDS[below(WORDS.length)] ?? '').join(' ')
  const events: BenchEvent[] = []
  let turn = 0
  let tools = 0
  const add = (event: TranscriptEvent): void => void events.push({ turn, event })
  const tool = (): void => {
    tools += 1
    const kind = (['read', 'search', 'execute', 'edit'] as const)[tools % 4] ?? 'other'
    const output =
      tools % LARGE_EVERY === 0
        ? `${sentence(12)}\n`.repeat(LARGE_OUTPUT / 64).slice(0, LARGE_OUTPUT)
        : Array.from({ length: 1 + below(12) }, () => sentence(10)).join('\n')
    add({
      type: 'update',
      update: {
        sessionUpdate: 'tool_call',
        toolCallId: `call-${tools}`,
        title: `${kind} ${sentence(3)}`,
        kind,
        status: tools % 37 === 0 ? 'failed' : 'completed',
        rawInput: { path: `/work/src/part-${below(100)}.ts` },
        content:
          kind === 'edit'
            ? [
                {
                  type: 'diff',
                  path: `/work/src/part-${below(100)}.ts`,
                  oldText: `${sentence(8)}\n${sentence(8)}\n`,
                  newText: `${sentence(8)}\n${sentence(8)}\n${sentence(8)}\n`,
                },
              ]
            : [{ type: 'content', content: { type: 'text', text: output } }],
      },
    })
  }
  const message = (text: string): void =>
    add({
      type: 'update',
      update: {
        sessionUpdate: 'agent_message_chunk',
        messageId: `message-${events.length}`,
        content: { type: 'text', text },
      },
    })
  while (events.length < count - 3) {
    turn += 1
    add({ type: 'prompt', text: `${sentence(6)}?` })
    for (let steps = 2 + below(6); steps > 0; steps--) {
      add({
        type: 'update',
        update: {
          sessionUpdate: 'agent_thought_chunk',
          messageId: `thought-${events.length}`,
          content: { type: 'text', text: sentence(30) },
        },
      })
      for (let calls = 1 + below(4); calls > 0; calls--) tool()
      message(`${sentence(20)}.`)
    }
    message(
      `## ${sentence(4)}\n\n${sentence(60)}.\n\n- ${sentence(8)}\n- \`${sentence(2)}\` ${sentence(6)}\n\n` +
        `\`\`\`ts\nexport const value = ${below(1000)}\nconst read = (line: string) => line.trim()\n\`\`\`\n`,
    )
    add({
      type: 'turn_ended',
      stopReason: 'end_turn',
      durationMs: 30_000 + below(60_000),
      usage: null,
      checkpoint: null,
    })
  }
  events.length = count - 2
  message(
    `| Step | State |\n|---|---|\n| parse | done |\n| write | done |\n\n${sentence(40)}.\n\n**${LAST_WORDS}**`,
  )
  add({ type: 'turn_ended', stopReason: 'end_turn', durationMs: 61_000, usage: null, checkpoint: null })
  return events
}

/** The same events for the other side. */
export function peerEntries(events: readonly BenchEvent[]): PeerEntry[] {
  return events.map(({ event }, index): PeerEntry => {
    const base = { id: `entry-${index}`, time: new Date(1_700_000_000_000 + index * 1000).toISOString() }
    if (event.type === 'prompt') return { ...base, kind: 'message', role: 'user', text: event.text }
    if (event.type !== 'update') return { ...base, kind: 'meta', meta: { title: 'Turn ended' } }
    const { update } = event
    const content = update['content'] as { text?: string } | { content?: { text?: string } }[]
    const text = Array.isArray(content) ? (content[0]?.content?.text ?? '') : (content.text ?? '')
    if (update['sessionUpdate'] === 'agent_message_chunk')
      return { ...base, kind: 'message', role: 'assistant', text }
    if (update['sessionUpdate'] === 'agent_thought_chunk')
      return { ...base, kind: 'reasoning', reasoning: { text } }
    return {
      ...base,
      kind: 'tool',
      toolName: String(update['title']),
      toolInput: JSON.stringify(update['rawInput'], null, 2),
      toolOutput: text === '' ? JSON.stringify(content, null, 2) : text,
      toolStatus: String(update['status']),
    }
  })
}
