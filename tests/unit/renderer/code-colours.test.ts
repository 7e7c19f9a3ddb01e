import { expect, it, vi } from 'vitest'
import { CodeDocument, colourCode } from '../../../src/renderer/ui/code/code-colours'
import type { CodeRequest } from '../../../src/renderer/ui/code/protocol'

const { started } = vi.hoisted(() => {
  const workers: (EventTarget & { asked: unknown[] })[] = []
  return { started: workers }
})
vi.mock('../../../src/renderer/ui/code/code-worker?worker', () => ({
  default: class extends EventTarget {
    readonly asked: unknown[] = []
    constructor() {
      super()
      started.push(this)
    }
    postMessage(request: unknown) {
      this.asked.push(request)
    }
    terminate() {
      // Nothing runs.
    }
  },
}))
vi.mock('../../../src/renderer/client/report', () => ({ reportError: () => undefined }))

const fails = () => started.at(-1)?.dispatchEvent(Object.assign(new Event('error'), { message: 'no' }))
function answers(): void {
  const { asked } = started.at(-1) ?? { asked: [] }
  const { request } = asked.at(-1) as CodeRequest & { request: number }
  started.at(-1)?.dispatchEvent(new MessageEvent('message', { data: { request, lines: [] } }))
}

it('tells a worker that failed from a language nobody knows, and starts another, but not for ever', async () => {
  const first = colourCode('a', 'ts', 'light')
  const read = new CodeDocument('a', 'ts', 'light').read(0, 1)
  fails()
  expect(await first).toBeUndefined()
  expect(await read).toBeUndefined()
  const second = colourCode('a', 'ts', 'light')
  answers()
  expect(await second).toEqual([])
  // One that answers may fail as often again as one that is new.
  for (let failure = 0; failure < 3; failure++) {
    const asked = colourCode('a', 'ts', 'light')
    fails()
    expect(await asked).toBeUndefined()
  }
  expect(started).toHaveLength(4)
  expect(await colourCode('a', 'ts', 'light')).toBeUndefined()
  expect(started).toHaveLength(4)
})
