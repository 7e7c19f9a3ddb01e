import { expect, it } from 'vitest'
import { createRequestQueue } from '../../../../src/main/github/client/queue'
import type { Purpose } from '../../../../src/main/github/types'

function world(limit: number, kept = 0) {
  const queue = createRequestQueue(limit, kept)
  const started: string[] = []
  const ends = new Map<string, () => void>()
  function add(name: string, purpose: Purpose, signal?: AbortSignal): Promise<string> {
    return queue.run(purpose, signal, async () => {
      started.push(name)
      await new Promise<void>((resolve) => ends.set(name, resolve))
      return name
    })
  }
  const settle = () => new Promise((resolve) => setImmediate(resolve))
  return { queue, started, add, settle, end: (name: string) => ends.get(name)?.() }
}

it('lets in so many at once, people first, then checks, then syncs, each in order', async () => {
  const { started, add, settle, end } = world(2)
  const all = [
    add('s1', 'sync'),
    add('s2', 'sync'),
    add('s3', 'sync'),
    add('c1', 'checks'),
    add('s4', 'sync'),
  ]
  all.push(add('p1', 'interactive'), add('p2', 'sign-in'))
  for (const name of ['s1', 's2', 'p1', 'p2', 'c1', 's3', 's4']) {
    await settle()
    end(name)
  }
  await Promise.all(all)
  expect(started).toEqual(['s1', 's2', 'p1', 'p2', 'c1', 's3', 's4'])
})

it('keeps places that only people get', async () => {
  const { started, add, settle, end } = world(3, 1)
  const all = [add('s1', 'sync'), add('c1', 'checks'), add('s2', 'sync'), add('p1', 'interactive')]
  all.push(add('p2', 'sign-in'))
  await settle()
  expect(started).toEqual(['s1', 'c1', 'p1'])
  end('p1')
  await settle()
  expect(started).toEqual(['s1', 'c1', 'p1', 'p2'])
  end('p2')
  await settle()
  expect(started).not.toContain('s2')
  end('s1')
  await settle()
  expect(started.at(-1)).toBe('s2')
  for (const name of ['c1', 's2']) end(name)
  await Promise.all(all)
})

it('gives the place on when work fails', async () => {
  const { queue } = world(1)
  await expect(queue.run('sync', undefined, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await queue.run('sync', undefined, async () => 'fine')).toBe('fine')
})

it('lets those leave that wait, and nobody else', async () => {
  const { started, add, settle, end } = world(1)
  const first = add('s1', 'sync')
  const stop = new AbortController()
  const left = add('s2', 'sync', stop.signal)
  const last = add('s3', 'sync')
  stop.abort(new Error('enough'))
  await expect(left).rejects.toThrow('enough')
  end('s1')
  await settle()
  end('s3')
  expect(await Promise.all([first, last])).toEqual(['s1', 's3'])
  await expect(add('s4', 'sync', stop.signal)).rejects.toThrow('enough')
  expect(started).toEqual(['s1', 's3'])
})
