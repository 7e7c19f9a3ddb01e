import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

interface ChatMessage {
  role: string
  content?: unknown
  tool_calls?: unknown[]
}

interface ChatRequest {
  model: string
  messages: ChatMessage[]
  tools?: unknown[]
}

/** One request of the agent for the next step of a turn. */
export interface ModelRequest {
  readonly model: string
  readonly messages: readonly ChatMessage[]
  /** The last thing a person said. */
  readonly prompt: string
  /** Everything of the conversation as text, to look for what the model was told. */
  readonly conversation: string
  /** How many steps of this turn were answered before. */
  readonly step: number
  /** The directory the agent says it works in. */
  readonly cwd: string
  /** Resolves when the agent closed the request before it was answered to its end. */
  readonly closed: Promise<void>
  /** Set when the agent gave up on the request. */
  readonly aborted: boolean
}

/** What one request is answered with. */
export interface ModelAnswer {
  readonly request: ModelRequest
  text(text: string): void
  tool(name: string, input: Record<string, unknown>): void
}

export type Script = (answer: ModelAnswer) => Promise<void> | void

export interface ScriptedModel {
  readonly baseUrl: string
  /** Requests that belong to a session's conversation, in order. */
  readonly requests: readonly ModelRequest[]
  /** Answers prompts that contain `match`, one script a step; the newest rule that fits wins. */
  answer(match: string, ...steps: Script[]): void
  /**
   * The next or an earlier request that fits.
   *
   * @throws when there is none within `withinMs`
   */
  request(fits: (request: ModelRequest) => boolean, withinMs?: number): Promise<ModelRequest>
  close(): Promise<void>
}

const text = (content: unknown): string => {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content
    .map((part: unknown) =>
      typeof part === 'object' && part !== null && 'text' in part && typeof part.text === 'string'
        ? part.text
        : '',
    )
    .join('\n')
}

/** A model server with the chat-completions protocol, that says and does what a test wants. */
export async function startScriptedModel(): Promise<ScriptedModel> {
  const rules: { match: string; steps: Script[] }[] = []
  const requests: ModelRequest[] = []
  const waiting = new Set<{ fits(request: ModelRequest): boolean; resolve(request: ModelRequest): void }>()

  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk as Buffer)
    if (incoming.url?.endsWith('/chat/completions') !== true) {
      response.writeHead(404).end()
      return
    }
    const body = JSON.parse(Buffer.concat(chunks).toString()) as ChatRequest
    const out = openStream(response, body.model)
    // Titles and summaries are asked for without tools.
    if (body.tools === undefined || body.tools.length === 0) {
      out.text('A title')
      out.end('stop')
      return
    }
    const request = describe(body, response)
    requests.push(request)
    for (const one of waiting) {
      if (!one.fits(request)) continue
      waiting.delete(one)
      one.resolve(request)
    }
    const steps = rules.findLast((rule) => request.prompt.includes(rule.match))?.steps ?? []
    const script = steps[request.step] ?? ((answer: ModelAnswer) => answer.text('Done.'))
    let calls = 0
    await script({
      request,
      text: out.text,
      tool(name, input) {
        out.tool(calls++, `call_${requests.length}_${calls}`, name, input)
      },
    })
    out.end(calls > 0 ? 'tool_calls' : 'stop')
  }

  const server = createServer((incoming, response) => {
    handle(incoming, response).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500)
      response.end(String(error))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    answer: (match, ...steps) => void rules.push({ match, steps }),
    request(fits, withinMs = 60_000) {
      const seen = requests.find(fits)
      if (seen !== undefined) return Promise.resolve(seen)
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          const prompts = requests.map((one) => `${one.prompt.slice(0, 60)} (step ${one.step})`)
          reject(new Error(`The model was not asked within ${withinMs} ms. It saw: ${prompts.join('; ')}`))
        }, withinMs)
        waiting.add({
          fits,
          resolve(request) {
            clearTimeout(timer)
            resolve(request)
          },
        })
      })
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function describe({ model, messages }: ChatRequest, response: ServerResponse): ModelRequest {
  const last = messages.findLastIndex((message) => message.role === 'user')
  const conversation = messages.map((message) => text(message.content)).join('\n')
  let aborted = false
  const closed = new Promise<void>((resolve) => {
    response.on('close', () => {
      if (response.writableFinished) return
      aborted = true
      resolve()
    })
  })
  return {
    model,
    messages,
    prompt: text(messages[last]?.content),
    conversation,
    step: messages.slice(last + 1).filter((message) => message.role === 'assistant').length,
    cwd: /Working directory: (.+)/.exec(conversation)?.[1]?.trim() ?? '',
    closed,
    get aborted() {
      return aborted
    },
  }
}

function openStream(response: ServerResponse, model: string) {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const send = (fields: object): void => {
    if (response.destroyed) return
    const chunk = { id: 'answer', object: 'chat.completion.chunk', created: 1, model, ...fields }
    response.write(`data: ${JSON.stringify(chunk)}\n\n`)
  }
  const delta = (content: object, finish: string | null = null): void =>
    send({ choices: [{ index: 0, delta: content, finish_reason: finish }] })
  return {
    text: (content: string): void => delta({ role: 'assistant', content }),
    tool: (index: number, id: string, name: string, input: object): void =>
      delta({
        role: 'assistant',
        tool_calls: [{ index, id, type: 'function', function: { name, arguments: JSON.stringify(input) } }],
      }),
    end(reason: 'stop' | 'tool_calls'): void {
      delta({}, reason)
      send({ choices: [], usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 } })
      response.end('data: [DONE]\n\n')
    },
  }
}
