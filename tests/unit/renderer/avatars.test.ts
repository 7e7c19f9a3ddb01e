import { describe, expect, it } from 'vitest'
import type { AvatarAnswer } from '@shared/github'
import type { Result } from '@shared/errors'
import { createAvatarCache } from '../../../src/renderer/client/avatars'

const PICTURE = 'data:image/png;base64,AAAA'

function open(spare?: number) {
  const frames: (() => void)[] = []
  const asked: string[][] = []
  let time = 0
  let answer = (urls: string[]): AvatarAnswer => ({
    found: urls.map((url) => ({ url, image: PICTURE })),
    later: [],
  })
  const cache = createAvatarCache({
    async ask(urls): Promise<Result<AvatarAnswer>> {
      asked.push(urls)
      return { ok: true, value: answer(urls) }
    },
    nextFrame: (run) => void frames.push(run),
    now: () => time,
    ...(spare === undefined ? {} : { spare }),
  })
  return {
    cache,
    asked,
    answerWith: (next: typeof answer) => void (answer = next),
    wait: (milliseconds: number) => void (time += milliseconds),
    frames,
    /** The next frame, and what it brought about. */
    async frame() {
      for (const run of frames.splice(0)) run()
      for (let turns = 0; turns < 20; turns += 1) await Promise.resolve()
    },
  }
}

const nothing = (): void => undefined

describe('pictures in the window', () => {
  it('asks once a frame for all that is new, and tells each watcher', async () => {
    const world = open()
    let told = 0
    for (const url of ['a', 'b', 'a']) world.cache.watch(url, () => (told += 1))
    expect(world.frames).toHaveLength(1)
    expect(world.cache.get('a')).toBeNull()
    await world.frame()
    expect(world.asked).toEqual([['a', 'b']])
    expect(world.cache.get('a')).toBe(PICTURE)
    expect(told).toBe(3)
    world.cache.watch('a', nothing)
    expect(world.frames).toHaveLength(0)
  })

  it('asks for 50 at a time, and again for what comes later', async () => {
    const world = open()
    world.answerWith((urls) => ({
      found: urls.slice(0, 30).map((url) => ({ url, image: PICTURE })),
      later: urls.slice(30),
    }))
    const urls = Array.from({ length: 70 }, (_, index) => `u${index}`)
    for (const url of urls) world.cache.watch(url, nothing)
    await world.frame()
    expect(world.asked.map(({ length }) => length).toSorted((one, other) => one - other)).toEqual([
      20, 20, 50,
    ])
    expect(urls.filter((url) => world.cache.get(url) === null)).toEqual([])
  })

  it('asks again for what could not be had, after a while and only when it is looked at', async () => {
    const world = open()
    world.answerWith((urls) => ({ found: urls.map((url) => ({ url, image: null })), later: [] }))
    const leave = world.cache.watch('a', nothing)
    await world.frame()
    world.cache.retry()
    expect(world.frames).toHaveLength(0)
    world.wait(60_000)
    world.cache.retry()
    await world.frame()
    expect(world.asked).toEqual([['a'], ['a']])
    leave()
    world.wait(60_000)
    world.cache.retry()
    expect(world.frames).toHaveLength(0)
  })

  it('ends when main says nothing, and asks for no address that is too long', async () => {
    const world = open()
    world.answerWith((urls) => ({ found: [], later: urls }))
    world.cache.watch('a', nothing)
    world.cache.watch('x'.repeat(2001), nothing)
    await world.frame()
    expect(world.asked).toEqual([['a']])
    expect(world.cache.get('a')).toBeNull()
  })

  it('keeps few of those that nobody looks at', async () => {
    const world = open(1)
    const leaves = ['a', 'b', 'c'].map((url) => world.cache.watch(url, nothing))
    await world.frame()
    leaves[2]?.()
    leaves[0]?.()
    world.cache.watch('d', nothing)
    await world.frame()
    expect(['a', 'b', 'c', 'd'].map((url) => world.cache.get(url) !== null)).toEqual([
      true,
      true,
      false,
      true,
    ])
  })
})
