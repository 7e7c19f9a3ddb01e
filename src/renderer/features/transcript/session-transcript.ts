import type { TranscriptChange, TranscriptEvent, TranscriptRow } from '@shared/domain'
import type { ErrorValue, Result } from '@shared/errors'
import { call, errorFrom } from '../../client/call'
import { openTranscript } from '../../client/transcript-stream'
import { besideTyping } from '../../ui/typing'
import { asRecord } from '@shared/transcript/acp'
import { asMarkdown } from './as-markdown'
import { estimatedHeight } from './estimated-height'
import { LineList, type ListSource } from './line-list'
import { TranscriptModel } from './transcript-model'
import { startPlace } from './line-window'

/**
 * One session's transcript while it is on screen: its stream, the pages read so far, and what a person has
 * unfolded. Changes reach the screen at once, and then every other frame.
 */
export class SessionTranscript {
  readonly model = new TranscriptModel()
  readonly list = new LineList(estimatedHeight)
  /** Where its reader is; stays when another session is looked at. */
  readonly place = startPlace()
  ready = false
  earlierError: ErrorValue | null = null
  /** What was unfolded or folded by hand, by item key: survives scrolling out of view. */
  readonly unfolded = new Map<string, boolean>()
  readonly #listeners = new Set<() => void>()
  readonly #rows = new Map<number, TranscriptRow>()
  #pending: TranscriptChange[] = []
  #frameTaken = false
  #version = 0
  #close: (() => void) | null = null
  readonly #refolded = new Set<string>()
  #reading: Promise<void> | null = null
  #quiet = false
  #expected = false

  constructor(readonly sessionId: string) {}

  /** Somebody sends a prompt here that does not have to wait: they want to see it, however soon after a turn it comes. */
  expectPrompt(): void {
    this.#expected = true
  }

  /** It could not be sent. */
  expectNothing(): void {
    this.#expected = false
  }

  /** Opens the stream until the returned function is called. */
  open(): () => void {
    this.#close ??= openTranscript(this.sessionId, {
      onTail: (message) => {
        this.#pending = []
        this.#takeTail(message.rows, message.hasEarlier)
        this.ready = true
        this.#notify()
      },
      onBatch: (message) => {
        this.#pending.push(...message.changes)
        this.#flush()
      },
    })
    return () => {
      this.#close?.()
      this.#close = null
    }
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Moves with everything the view depends on. */
  version = (): number => this.#version

  setUnfolded(key: string, unfolded: boolean): void {
    this.unfolded.set(key, unfolded)
    this.#refolded.add(key)
    this.#notify()
  }

  /** The lines as they are now. */
  lines(running: boolean): LineList {
    const { model } = this
    const source: ListSource = {
      items: model.items,
      origin: model.origin,
      running,
      isUnfolded: (key) => this.unfolded.get(key),
    }
    this.list.sync(model.takeChanges(), source)
    for (const key of this.#refolded) this.list.refold(key, source)
    this.#refolded.clear()
    return this.list
  }

  /** The whole text of a message, of which a line may show a part. */
  textOf(key: string): string {
    const item = this.model.items.find((one) => one.key === key)
    return item !== undefined && 'text' in item ? item.text : ''
  }

  /** Reads on before somebody comes to the start of what is loaded; after a failure only when asked. */
  readEarlierAhead(): void {
    if (this.model.hasEarlier && this.earlierError === null) void this.readEarlier()
  }

  /** Reads the page before what is loaded. */
  readEarlier(): Promise<void> {
    this.#reading ??= this.#readPage().finally(() => (this.#reading = null))
    return this.#reading
  }

  /** Reads older pages until something is there, or there are no more. Drawn once, when it is over. */
  async readBack(until: () => boolean): Promise<void> {
    this.#quiet = true
    try {
      while (!until() && this.model.hasEarlier) {
        await this.readEarlier()
        if (this.earlierError !== null) break
      }
    } finally {
      this.#quiet = false
      this.#notify()
    }
  }

  /** What is loaded of a turn, or of everything, as markdown. */
  markdownOf(turnId: string | null): string {
    const { items } = this.model
    return asMarkdown(turnId === null ? items : items.filter((item) => item.turnId === turnId))
  }

  async #readPage(): Promise<void> {
    const before = this.model.firstRow
    if (!this.model.hasEarlier || before === null) return
    this.earlierError = null
    const result = await call('session.eventsBefore', { sessionId: this.#id(), before })
    if (result.ok) {
      for (const row of result.value.rows) this.#keepCut(row)
      this.model.prepend(result.value.rows, result.value.hasEarlier)
    } else this.earlierError = result.error
    if (!this.#quiet) this.#notify()
  }

  /** Reads what was cut from a row and puts it in place. Returns what went wrong, if anything. */
  async readInFull(first: number): Promise<ErrorValue | null> {
    const row = this.#rows.get(first)
    if (row === undefined) return null
    let text = ''
    let offset: number | null = 0
    while (offset !== null) {
      const piece: Result<{ text: string; nextOffset: number | null }> = await call('session.eventPayload', {
        sessionId: this.#id(),
        first,
        offset,
      })
      if (!piece.ok) return piece.error
      text += piece.value.text
      offset = piece.value.nextOffset
    }
    try {
      const event = fullEvent(JSON.parse(text), row.event)
      this.#rows.delete(first)
      this.#pending.push({ type: 'row', row: { ...row, event, cut: null } })
      this.#flush()
      return null
    } catch (thrown) {
      return { ...errorFrom(thrown), message: 'The full output could not be read.' }
    }
  }

  /** A reader in the middle of a transcript that was left and is opened again keeps what was read of it. */
  #takeTail(rows: readonly TranscriptRow[], hasEarlier: boolean): void {
    const joins = (rows[0]?.first ?? Number.POSITIVE_INFINITY) <= this.model.lastRow
    if (this.ready && joins && !this.place.following) {
      for (const row of rows) this.#keepCut(row)
      this.model.apply(rows.map((row) => ({ type: 'row', row })))
      return
    }
    this.#rows.clear()
    for (const row of rows) this.#keepCut(row)
    this.model.reset(rows, hasEarlier)
  }

  /**
   * The first change is applied now; what follows waits for the frame after the next, or for whoever types. Every other
   * frame belongs to whoever scrolls; and so do more of them, where drawing one takes long.
   */
  #flush(): void {
    if (this.#frameTaken || this.#pending.length === 0) return
    const began = performance.now()
    const changes = this.#pending
    this.#pending = []
    for (const change of changes) {
      if (change.type !== 'row') continue
      this.#keepCut(change.row)
      if (change.row.event.type !== 'prompt') continue
      if (this.#expected || this.#wasIdle(change.row.at)) this.place.following = true
      this.#expected = false
    }
    this.model.apply(changes)
    this.#frameTaken = true
    const next = () => {
      this.#frameTaken = false
      this.#flush()
    }
    // A hidden window has no frames, and need not keep up with them.
    if (document.hidden) setTimeout(next, 250)
    // A task that is asked for in a frame runs once that is drawn.
    else setTimeout(() => besideTyping(next, restAfter(performance.now() - began)))
    this.#notify()
  }

  /** Then a prompt is one that somebody sent just now, and wants to see; one that waited for its turn moves nobody. */
  #wasIdle(at: number): boolean {
    const last = this.model.items.at(-1)
    return last === undefined || at - last.at > promptRestMs
  }

  #keepCut(row: TranscriptRow): void {
    if (row.cut !== null) this.#rows.set(row.first, row)
  }

  #notify(): void {
    this.#version += 1
    for (const listener of this.#listeners) listener()
  }

  #id(): `session_${string}` {
    return this.sessionId as `session_${string}`
  }
}

/** Of the window's time, what streams takes a seventh at most; but nobody waits longer than this for the next words. */
const longestRestMs = 200
const restAfter = (costMs: number): number => Math.min(6 * costMs, longestRestMs)

/** A prompt that waited follows the end of a turn sooner than this. */
const promptRestMs = 2000
/** So many transcripts that were looked at stay in memory. */
const warm = 6
const opened = new Map<string, SessionTranscript>()

/** The transcript of a session, with the place of its reader where it was looked at before. */
export function transcriptOf(sessionId: string): SessionTranscript {
  const transcript = opened.get(sessionId) ?? new SessionTranscript(sessionId)
  opened.delete(sessionId)
  opened.set(sessionId, transcript)
  const [oldest] = opened.keys()
  if (opened.size > warm && oldest !== undefined) opened.delete(oldest)
  return transcript
}

/** The stored JSON is the event itself, or the agent's update inside it. */
function fullEvent(payload: unknown, cut: TranscriptEvent): TranscriptEvent {
  const record = asRecord(payload)
  if (record === null) throw new Error('The stored event is not an object')
  if (record['type'] === cut.type) return record as unknown as TranscriptEvent
  if (cut.type === 'update' && typeof record['sessionUpdate'] === 'string')
    return { type: 'update', update: record }
  throw new Error(`The stored event is of another kind than "${cut.type}"`)
}
