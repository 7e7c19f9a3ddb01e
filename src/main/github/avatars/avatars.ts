import { createHash } from 'node:crypto'
import type { AvatarAnswer } from '@shared/github'
import { isPictureHost, pictureAddress } from './address'
import { dataUrl, fetchPicture, pictureType } from './picture'
import { openPictureFiles, type PictureFiles } from './picture-files'

/** Pictures of people and organizations, kept on the disk. */
export interface Avatars {
  /**
   * Answers at once with what is kept or cannot be had now, and names the rest as `later`, with what is kept but old;
   * where nothing of it is kept, once the first has come. Whoever asks again for the rest ends.
   */
  read(urls: readonly string[]): Promise<AvatarAnswer>
  /** Ends what is under way. */
  close(): Promise<void>
}

export interface AvatarsOptions {
  directory: string
  fetch(url: string, init: RequestInit): Promise<Response>
  /** GitHub hosts of the accounts there are: no other is asked. */
  hosts(): readonly string[]
  now: () => number
  /** There is no picture: initials take its place. */
  missing(url: string, error: unknown): void
  reportError(error: unknown, what: string): void
  /** What all pictures together may take on the disk. */
  maxBytes?: number
  timeoutMs?: number
}

const MAX_BYTES = 20_000_000
const TIMEOUT_MS = 10_000
const AT_ONCE = 4
/** After that long a picture is asked for again; the old one is shown meanwhile. */
const FRESH_MS = 7 * 24 * 3_600_000
/** One that could not be had is not asked for again before. */
const RETRY_MS = 60_000
const MAX_MISSING = 2000
/** What goes to the window in one answer, in characters. */
const MAX_ANSWER = 1_000_000

/** Nothing is read from the disk before the first picture is asked for. */
export function createAvatars(options: AvatarsOptions): Avatars {
  const { now, hosts, fetch } = options
  const closing = new AbortController()
  const turn = createTurns(AT_ONCE)
  const underWay = new Map<string, Promise<Buffer | null>>()
  const missingSince = new Map<string, number>()
  let opened: Promise<PictureFiles> | null = null

  const files = (): Promise<PictureFiles> =>
    (opened ??= openPictureFiles({
      directory: options.directory,
      maxBytes: options.maxBytes ?? MAX_BYTES,
      now,
    }).catch((error: unknown) => {
      // The next one who asks finds out whether the disk is well again.
      opened = null
      throw error
    }))

  async function kept(key: string): ReturnType<PictureFiles['read']> {
    try {
      const picture = await (await files()).read(key)
      // What somebody else wrote there is fetched again.
      return picture === null || pictureType(picture.bytes) === null ? null : picture
    } catch (error) {
      options.reportError(error, 'reading a picture')
      return null
    }
  }

  async function keep(key: string, bytes: Buffer): Promise<void> {
    try {
      await (await files()).write(key, bytes)
    } catch (error) {
      // It is shown all the same, and fetched again another time.
      options.reportError(error, 'keeping a picture')
    }
  }

  async function fetchOne(key: string, address: URL): Promise<Buffer | null> {
    const leave = await turn()
    try {
      const bytes = await fetchPicture(address, {
        fetch,
        hosts: hosts(),
        signal: closing.signal,
        timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
      })
      missingSince.delete(key)
      await keep(key, bytes)
      return bytes
    } catch (error) {
      missingSince.delete(key)
      missingSince.set(key, now())
      const [oldest] = missingSince.keys()
      if (missingSince.size > MAX_MISSING && oldest !== undefined) missingSince.delete(oldest)
      options.missing(address.href, error)
      return null
    } finally {
      leave()
    }
  }

  /** Joins the one who fetches it already. Never rejects. */
  function get(key: string, address: URL): Promise<Buffer | null> {
    const known = underWay.get(key)
    if (known !== undefined) return known
    const fetching = fetchOne(key, address).finally(() => underWay.delete(key))
    underWay.set(key, fetching)
    return fetching
  }

  function mayAsk(key: string, address: URL): boolean {
    if (closing.signal.aborted || !isPictureHost(address, hosts())) return false
    const since = missingSince.get(key)
    return since === undefined || now() - since >= RETRY_MS
  }

  return {
    async read(urls) {
      const answer = createAnswer(urls)
      const coming: Promise<void>[] = []
      for (const url of new Set(urls)) {
        if (answer.full()) break
        const address = pictureAddress(url)
        if (address === null) {
          answer.add(url, null)
          continue
        }
        const key = createHash('sha256').update(address.href).digest('hex')
        const picture = await kept(key)
        const fresh = picture !== null && now() - picture.fetchedAt < FRESH_MS
        const old = picture?.bytes ?? null
        const isUnderWay = underWay.has(key)
        const fetching = !fresh && (isUnderWay || mayAsk(key, address)) ? get(key, address) : null
        if (fetching === null) answer.add(url, old)
        // Whoever was sent the old one is sent the new one as well, when asking for the rest.
        else if (old !== null && !isUnderWay) answer.addOld(url, old)
        else coming.push(fetching.then((bytes) => answer.add(url, bytes ?? old)))
      }
      if (answer.isEmpty() && coming.length > 0) await Promise.race(coming)
      return answer.take()
    },
    async close() {
      closing.abort()
      await Promise.all(underWay.values())
    },
  }
}

/** Collects what is known; what comes after it was taken, or does not fit, is for another answer. */
function createAnswer(urls: readonly string[]) {
  const found = new Map<string, string | null>()
  const old = new Set<string>()
  let characters = 0
  const full = (): boolean => characters >= MAX_ANSWER
  return {
    full,
    isEmpty: () => found.size === 0,
    add(url: string, bytes: Buffer | null): void {
      if (full()) return
      const image = bytes === null ? null : dataUrl(bytes)
      characters += image?.length ?? 0
      found.set(url, image)
    },
    addOld(url: string, bytes: Buffer): void {
      this.add(url, bytes)
      old.add(url)
    },
    take(): AvatarAnswer {
      return {
        found: [...found].map(([url, image]) => ({ url, image })),
        later: [...new Set(urls)].filter((url) => !found.has(url) || old.has(url)),
      }
    },
  }
}

/** Lets that many in at a time, in the order they came. */
function createTurns(count: number): () => Promise<() => void> {
  let free = count
  const waiting: (() => void)[] = []
  const leave = (): void => {
    const next = waiting.shift()
    if (next === undefined) free += 1
    else next()
  }
  return async () => {
    if (free > 0) free -= 1
    else await new Promise<void>((resolve) => waiting.push(resolve))
    return leave
  }
}
