import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { ServerClient } from '../../../src/main/sandbox/server-client'
import { runShell } from '../../../src/main/sandbox/shell-run'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

it('follows the log anew after a silence, and so misses nothing that got lost on the way', async () => {
  let mark = ''
  const sdk = {
    createProcess: ({ args }: { args: string[] }) => {
      mark = args[4] ?? ''
      return Promise.resolve({ id: 'one' })
    },
  }
  const client = { ask: (call: (asked: typeof sdk) => unknown) => Promise.resolve(call(sdk)) }
  const line = (sequence: number, stream: string, text: string): Uint8Array =>
    new TextEncoder().encode(
      `data: ${JSON.stringify({ sequence, stream, data: Buffer.from(text).toString('base64') })}\n\n`,
    )
  const asked: string[] = []
  /** Says one line and then nothing, until nobody listens any more; asked again it says all that came since. */
  const fetcher = (url: string, { signal }: { signal: AbortSignal }): Promise<Response> => {
    asked.push(new URL(url).searchParams.get('since') ?? '')
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        if (asked.length === 1) controller.enqueue(line(1, 'stdout', 'first\n'))
        if (asked.length === 3) {
          controller.enqueue(line(2, 'stdout', `second\n${mark} 0\n`))
          controller.enqueue(line(3, 'stderr', `${mark} 0\n`))
        }
        signal.addEventListener('abort', () => controller.error(signal.reason))
      },
    })
    return Promise.resolve(new Response(body))
  }
  let output = ''
  const ended = runShell(
    // What of the client and of `fetch` is used here.
    client as unknown as ServerClient,
    {
      endpoint: { baseUrl: 'http://sandbox', token: 't', fetch: fetcher as unknown as typeof fetch },
      gone: new AbortController().signal,
    },
    '/work',
    {
      command: 'true',
      env: {},
      signal: new AbortController().signal,
      onOutput: (text) => void (output += text),
    },
  )
  const state = { over: false }
  void ended.then(() => (state.over = true))
  while (!state.over) await vi.advanceTimersByTimeAsync(500)
  expect(await ended).toEqual({ exitCode: 0 })
  expect(output).toBe('first\nsecond\n')
  expect(asked).toEqual(['0', '1', '1'])
})
