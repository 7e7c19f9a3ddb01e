// An agent over standard streams that sends every kind of ACP update there is, or what is meant to hurt. Run by Node as
// it stands; the first word of a prompt says which.
import { createInterface } from 'node:readline'

interface Message {
  id?: number | string
  method?: string
  params?: { sessionId?: string; prompt?: { text?: string }[] }
}
type Update = Record<string, unknown>

const send = (message: Record<string, unknown>): void =>
  void process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
const text = (content: string): Update => ({ type: 'content', content: { type: 'text', text: content } })
const say = (content: string): Update => ({
  sessionUpdate: 'agent_message_chunk',
  content: { type: 'text', text: content },
})
const think = (content: string): Update => ({
  sessionUpdate: 'agent_thought_chunk',
  content: { type: 'text', text: content },
})
let calls = 0
const tool = (kind: string, title: string, fields: Update = {}): Update => ({
  sessionUpdate: 'tool_call',
  toolCallId: `call-${++calls}`,
  kind,
  title,
  status: 'completed',
  ...fields,
})

const ESC = '\u001B'
const PICTURE =
  'iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAFklEQVR4nGP8z8DwnwEbYMIqOnAlAADnBAMEvnYyzQAAAABJRU5ErkJggg=='

const answer = `# What was done

The parser reads **one line** at a time, see [the plan](https://example.com/plan) and \`src/parser.ts\`. ~~Not all~~ of it.

- [x] read the file
- [ ] write the tests
  1. unit
  2. end to end

| part | state | lines |
|:---|:---:|---:|
| parser | done | 120 |
| cache | *waits* | 8 |

> Nothing nests deeper than it must.

\`\`\`ts
export function read(line: string): string {
  // Blank lines end a block.
  return line.trim() === '' ? '' : line
}
\`\`\`

![chart](https://example.com/chart.png) AT&amp;T &copy; 2026
`

const kinds: Update[] = [
  think('**Looking** at the parser first. It reads the whole file, which is slow for long ones.'),
  tool('read', 'src/parser.ts', {
    locations: [{ path: '/work/src/parser.ts', line: 3 }],
    content: [
      text("import { line } from './line'\n\nexport const parse = (text: string) => text.split('\\n')\n"),
    ],
  }),
  tool('search', 'parse\\(', { content: [text('src/parser.ts:3\nsrc/cache.ts:12')] }),
  tool('fetch', 'https://example.com/docs', { content: [text('# Documentation\nOne page.')] }),
  tool('delete', 'src/old.ts', { locations: [{ path: '/work/src/old.ts' }] }),
  tool('move', 'src/a.ts to src/b.ts', {
    locations: [{ path: '/work/src/a.ts' }, { path: '/work/src/b.ts' }],
  }),
  tool('think', 'Plan the change', { content: [text('First **read**, then write.')] }),
  tool('other', 'screenshot', {
    content: [{ type: 'content', content: { type: 'image', mimeType: 'image/png', data: PICTURE } }],
  }),
  say('I found where it is slow.'),
  {
    sessionUpdate: 'plan',
    entries: [
      { content: 'Read the parser', status: 'completed', priority: 'high' },
      { content: 'Read a line at a time', status: 'in_progress', priority: 'high' },
      { content: 'Measure it', status: 'pending', priority: 'low' },
    ],
  },
  { sessionUpdate: 'current_mode_update', currentModeId: 'build' },
  tool('edit', 'src/parser.ts', {
    content: [
      {
        type: 'diff',
        path: '/work/src/parser.ts',
        oldText: "const a = 1\nconst parse = (text: string) => text.split('\\n')\nexport { parse }\n",
        newText: 'const a = 1\nconst parse = (text: string) => lines(text)\nexport { parse }\n',
      },
    ],
  }),
  tool('execute', 'npm test', {
    rawInput: { command: 'npm test -- parser' },
    content: [
      text(
        `${ESC}[32m✓${ESC}[0m 12 passed\n${ESC}[31;1m✗ 1 failed${ESC}[0m\nprogress 10%\rprogress 100%\n${ESC}]0;title\u0007done`,
      ),
    ],
    status: 'failed',
  }),
  tool('other', 'Agent: write the tests', { toolCallId: 'sub' }),
  tool('execute', 'npm run lint', {
    _meta: { claudeCode: { parentToolUseId: 'sub' } },
    content: [text('clean')],
  }),
  { sessionUpdate: 'something_new', detail: { of: 'a later version' } },
  say(answer),
  { sessionUpdate: 'usage_update', used: 12_000, size: 200_000, cost: { amount: 0.42, currency: 'USD' } },
]

const hostile: Update[] = [
  say(
    '<script>window.hurt = 1</script>\n\n<img src=x onerror="window.hurt = 2"><svg onload="window.hurt = 3"></svg>\n\n' +
      '[press](javascript:window.hurt=4) [data](data:text/html,<script>window.hurt=5</script>) ![](javascript:window.hurt=6)\n\n' +
      '![x](https://example.com/seen.png) <https://example.com/auto> \u202Egnp.exe\u202C zero\u200Bwidth\n\n',
  ),
  say(`${'>'.repeat(100_000)} deep\n\n`),
  say(`${'- '.repeat(100_000)}deep\n\n`),
  say(`${'- an item\n'.repeat(100_000)}\n\n`),
  say(`${'['.repeat(50_000)}\n\n${'*a_'.repeat(30_000)}\n\n`),
  say(`${'x'.repeat(1_000_000)}\n\n`),
  say(`| a |\n|---|\n${'| b |\n'.repeat(20_000)}\n\n`),
  tool('execute', `ls \u202Etxt.exe ${ESC}[2J`, {
    content: [text(`${ESC}[2J${ESC}]52;c;aGk=\u0007${ESC}[31m`.repeat(20_000))],
  }),
  tool('execute', 'cat image.bin', {
    status: 'failed',
    content: [text(Array.from({ length: 40_000 }, (_, at) => String.fromCharCode(at % 256)).join(''))],
  }),
  tool('execute', 'cat everything', { content: [text('a line of the output\n'.repeat(250_000))] }),
  say('The end of it.'),
]

const long = (count: number): Update[] =>
  Array.from({ length: count }, (_, at) => [
    tool('read', `file-${at}.ts`, { content: [text(`contents ${at}`)] }),
    tool('read', `other-${at}.ts`, { content: [text(at === 7 ? 'the needle is here' : `more ${at}`)] }),
    say(`Step ${at} is done.`),
  ]).flat()

function updatesFor(prompt: string): Update[] {
  if (prompt.startsWith('hostile')) return hostile
  const many = /^long (\d+)/.exec(prompt)
  return many === null ? kinds : long(Number(many[1]))
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line) as Message
  if (id === undefined) return
  if (method === 'initialize')
    send({ id, result: { protocolVersion: 1, agentCapabilities: { loadSession: true }, authMethods: [] } })
  else if (method === 'session/new') send({ id, result: { sessionId: `kinds-${process.pid}-${id}` } })
  else if (method === 'session/prompt') {
    const { sessionId } = params ?? {}
    for (const update of updatesFor(params?.prompt?.[0]?.text ?? ''))
      send({ method: 'session/update', params: { sessionId, update } })
    const usage = { inputTokens: 11_200, outputTokens: 840, totalTokens: 12_040 }
    send({ id, result: { stopReason: 'end_turn', usage } })
  } else send({ id, result: {} })
})
