// An agent that talks ACP over its standard streams and answers every prompt with one long markdown text, in chunks at
// a steady rate. Run by Node as it stands: the app starts it as any other agent.
import { createInterface } from 'node:readline'
import { setInterval } from 'node:timers'

/** How the text is sent, in the words of the prompt: "stream 10000 chunks at 500". */
const ORDER = /stream (\d+) chunks at (\d+)/
const CHUNK = 20

interface Message {
  id?: number | string
  method?: string
  params?: { sessionId?: string; prompt?: { text?: string }[] }
}

function send(message: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
}

const PARAGRAPH =
  'The parser reads one line at a time and **writes it** to the cache before the stream ends, so that nothing waits for the disk. '
const SECTION =
  `## A step\n\n${PARAGRAPH.repeat(3)}\n\n- \`read\` takes a line\n- \`write\` keeps it, see [the plan](https://example.com/plan)\n- what is left waits\n\n` +
  "```ts\nexport function read(line: string): string {\n  // Blank lines end a block.\n  return line.trim() === '' ? '' : line\n}\n```\n\n" +
  `| part | state |\n|---|---|\n| parse | done |\n| write | waits |\n\n${PARAGRAPH.repeat(2)}\n\n`

/** So much of an endless answer. */
function textAt(start: number, length: number): string {
  const at = start % SECTION.length
  return (SECTION + SECTION).slice(at, at + length)
}

let sessions = 0
/** Ends the answer of a session before its time. */
const cancels = new Map<string, () => void>()

function answer(message: Message): void {
  const { id, method, params } = message
  if (method === 'session/cancel') cancels.get(params?.sessionId ?? '')?.()
  if (id === undefined || method === undefined) return
  switch (method) {
    case 'initialize':
      send({ id, result: { protocolVersion: 1, agentCapabilities: { loadSession: true }, authMethods: [] } })
      return
    case 'session/new':
      sessions += 1
      send({ id, result: { sessionId: `bench-${process.pid}-${sessions}` } })
      return
    case 'session/prompt':
      stream(id, params?.sessionId ?? '', params?.prompt?.map((part) => part.text ?? '').join('') ?? '')
      return
    default:
      send({ id, result: {} })
  }
}

function stream(id: number | string, sessionId: string, prompt: string): void {
  const [, chunks = '3', rate = '100'] = ORDER.exec(prompt) ?? []
  const total = Number(chunks)
  const startedAt = performance.now()
  let sent = 0
  const timer = setInterval(() => {
    const due = Math.min(total, Math.floor(((performance.now() - startedAt) * Number(rate)) / 1000))
    for (; sent < due; sent++)
      send({
        method: 'session/update',
        params: {
          sessionId,
          update: {
            sessionUpdate: 'agent_message_chunk',
            messageId: `answer-${id}`,
            content: { type: 'text', text: textAt(sent * CHUNK, CHUNK) },
          },
        },
      })
    if (sent === total) end('end_turn')
  }, 4)
  const end = (stopReason: string): void => {
    clearInterval(timer)
    cancels.delete(sessionId)
    send({ id, result: { stopReason } })
  }
  cancels.set(sessionId, () => end('cancelled'))
}

createInterface({ input: process.stdin }).on('line', (line) => answer(JSON.parse(line) as Message))
