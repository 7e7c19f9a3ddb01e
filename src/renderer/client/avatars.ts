import type { AvatarAnswer } from '@shared/github'
import type { Result } from '@shared/errors'
import { useCallback, useSyncExternalStore } from 'react'
import { call } from './call'

/** The pictures the window shows, asked of main once for everything new in a frame. */
export interface AvatarCache {
  /** A `data:` URL, or null while there is none. Asks for nothing. */
  get(url: string): string | null
  /** Asks for it if it has to; `changed` is called when `get` answers something else. */
  watch(url: string, changed: () => void): () => void
  /** What could not be had, and is still on screen, is asked for again after a while. */
  retry(): void
}

export interface AvatarCacheOptions {
  ask(urls: string[]): Promise<Result<AvatarAnswer>>
  nextFrame(run: () => void): void
  now(): number
  /** How many pictures nobody looks at are kept. */
  spare?: number
}

/** As the contract has it. */
const URLS_A_CALL = 50
const LONGEST_URL = 2000
const RETRY_MS = 60_000
const SPARE = 500

interface Entry {
  image: string | null
  /** When main said so; null while it is asked. */
  answeredAt: number | null
}

export function createAvatarCache({ ask, nextFrame, now, spare = SPARE }: AvatarCacheOptions): AvatarCache {
  /** The one nobody looked at for the longest time comes first. */
  const entries = new Map<string, Entry>()
  const watchers = new Map<string, Set<() => void>>()
  const wanted = new Set<string>()

  function want(url: string): void {
    const entry = entries.get(url)
    if (entry !== undefined) {
      const { image, answeredAt } = entry
      if (image !== null || answeredAt === null || now() - answeredAt < RETRY_MS) return
    }
    entries.set(url, { image: null, answeredAt: null })
    wanted.add(url)
    if (wanted.size === 1) nextFrame(flush)
  }

  function flush(): void {
    const urls = [...wanted]
    wanted.clear()
    for (let start = 0; start < urls.length; start += URLS_A_CALL)
      void askFor(urls.slice(start, start + URLS_A_CALL))
  }

  async function askFor(urls: string[]): Promise<void> {
    let left = urls
    while (left.length > 0) {
      const result = await ask(left)
      // Initials stay where main cannot say: a picture is worth no message.
      const { found, later } = result.ok ? result.value : { found: [], later: [] }
      for (const { url, image } of found) settle(url, image)
      const next = found.length > 0 ? later : []
      for (const url of left)
        if (entries.get(url)?.answeredAt === null && !next.includes(url)) settle(url, null)
      left = next
    }
    dropSpare()
  }

  function settle(url: string, image: string | null): void {
    entries.set(url, { image, answeredAt: now() })
    if (image !== null) for (const changed of watchers.get(url) ?? []) changed()
  }

  function dropSpare(): void {
    let over = entries.size - watchers.size - spare
    for (const [url, { answeredAt }] of entries) {
      if (over <= 0) return
      if (watchers.has(url) || answeredAt === null) continue
      entries.delete(url)
      over -= 1
    }
  }

  return {
    get: (url) => entries.get(url)?.image ?? null,
    watch(url, changed) {
      if (url.length > LONGEST_URL) return () => undefined
      const known = watchers.get(url) ?? new Set()
      watchers.set(url, known.add(changed))
      want(url)
      return () => {
        known.delete(changed)
        if (known.size > 0 || watchers.get(url) !== known) return
        watchers.delete(url)
        const entry = entries.get(url)
        if (entry === undefined) return
        entries.delete(url)
        entries.set(url, entry)
      }
    },
    retry() {
      for (const url of watchers.keys()) want(url)
    },
  }
}

let shared: AvatarCache | null = null

/** One for the window, made when the first picture is shown. */
function avatars(): AvatarCache {
  if (shared !== null) return shared
  const cache = createAvatarCache({
    ask: (urls) => call('account.avatars', { urls }),
    nextFrame: (run) => void requestAnimationFrame(run),
    now: Date.now,
  })
  window.addEventListener('online', () => cache.retry())
  window.addEventListener('focus', () => cache.retry())
  shared = cache
  return cache
}

const none = (): null => null

/** The picture at an address of GitHub, once it is here. */
export function useAvatar(url: string | null): string | null {
  const subscribe = useCallback(
    (changed: () => void) => (url === null ? () => undefined : avatars().watch(url, changed)),
    [url],
  )
  return useSyncExternalStore(subscribe, url === null ? none : () => avatars().get(url))
}
