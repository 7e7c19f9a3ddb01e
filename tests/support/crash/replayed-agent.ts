import { randomUUID } from 'node:crypto'
import type { RecordedTurn } from './recorded-streams'

interface Message {
  id?: string | number
  method?: string
  params?: Record<string, unknown>
  result?: unknown
}

/**
 * A sandbox-agent endpoint inside this process whose agent says what was recorded. Which turn it plays stands
 * at the start of the prompt: `<session>.<turn>`.
 */
export function replayedAgent(recorded: RecordedTurn[][], pause: () => Promise<void>): typeof fetch {
  const encoder = new TextEncoder()
  let stream: ReadableStreamDefaultController<Uint8Array> | null = null
  let sent = 0
  let backlog: string[] = []
  const cancelled = new Set<string>()
  const answers = new Map<string | number, () => void>()

  function send(message: object): void {
    sent += 1
    const event = `id: ${sent}\ndata: ${JSON.stringify({ jsonrpc: '2.0', ...message })}\n\n`
    if (stream === null) backlog.push(event)
    else stream.enqueue(encoder.encode(event))
  }

  async function play(sessionId: string, text: string): Promise<unknown> {
    const [session = 0, turn = 0] = (text.split(' ')[0] ?? '').split('.').map(Number)
    const script = recorded[session]?.[turn]
    if (script === undefined) throw new Error(`Nothing was recorded for ${text}`)
    cancelled.delete(sessionId)
    for (const message of script.messages) {
      if (cancelled.has(sessionId)) return { stopReason: 'cancelled' }
      if ('update' in message) {
        send({ method: 'session/update', params: { sessionId, update: message.update } })
        await pause()
      } else {
        const id = `permission-${randomUUID()}`
        send({ id, method: 'session/request_permission', params: { sessionId, ...message.permission } })
        await new Promise<void>((resolve) => answers.set(id, resolve))
      }
    }
    return script.result
  }

  async function receive({ id, method, params = {} }: Message): Promise<void> {
    const sessionId = String(params['sessionId'])
    const respond = (result: unknown): void => send({ id, result })
    switch (method) {
      case undefined:
        if (id !== undefined) answers.get(id)?.()
        return
      case 'initialize':
        return respond({ protocolVersion: 1, agentCapabilities: { loadSession: true } })
      case 'session/new':
        return respond({ sessionId: randomUUID() })
      case 'session/cancel':
        cancelled.add(sessionId)
        return
      case 'session/prompt': {
        const blocks = params['prompt'] as { text: string }[]
        return respond(await play(sessionId, blocks.at(-1)?.text ?? ''))
      }
      default:
        return respond({})
    }
  }

  return (_url, init) => {
    if (init?.method === 'GET') {
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          stream = controller
          for (const event of backlog) controller.enqueue(encoder.encode(event))
          backlog = []
        },
        cancel: () => {
          stream = null
        },
      })
      return Promise.resolve(new Response(body, { headers: { 'content-type': 'text/event-stream' } }))
    }
    if (init?.method === 'POST' && typeof init.body === 'string')
      void receive(JSON.parse(init.body) as Message)
    return Promise.resolve(new Response(null, { status: 202 }))
  }
}
