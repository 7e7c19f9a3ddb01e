import type { TranscriptChange, TranscriptEvent, TranscriptRow } from '@shared/domain'
import type { ErrorValue, Result } from '@shared/errors'
import { call, errorFrom } from '../../client/call'
import { openTranscript } from '../../client/transcript-stream'
import { asRecord } from './acp'
import { TranscriptModel } from './transcript-model'

/**
 * One session's transcript while it is on screen: its stream, the pages read so far, and what a person has
 * unfolded. Changes reach the screen at once, and then at most once a frame.
 */
export class SessionTranscript {
  readonly model = new TranscriptModel()
  ready = false
  earlierError: ErrorValue | null = null
  readingEarlier = false
  /** What was unfolded or folded by hand, by item key: survives scrolling out of view. */
  readonly unfolded = new Map<string, boolean>()
  readonly #listeners = new Set<() => void>()
  readonly #rows = new Map<number, TranscriptRow>()
  #pending: TranscriptChange[] = []
  #frameTaken = false
  #version = 0
  #close: (() => void) | null = null

  constructor(readonly sessionId: string) {}

  /** Opens the stream until the returned function is called. */
  open(): () => void {
    this.#close ??= openTranscript(this.sessionId, {
      onTail: (message) => {
        this.#pending = []
        this.#rows.clear()
        for (const row of message.rows) this.#keepCut(row)
        this.model.reset(message.rows, message.hasEarlier)
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
    this.#notify()
  }

  /** Reads the page before what is loaded. */
  async readEarlier(): Promise<void> {
    const before = this.model.firstRow
    if (this.readingEarlier || !this.model.hasEarlier || before === null) return
    this.readingEarlier = true
    this.earlierError = null
    const result = await call('session.eventsBefore', { sessionId: this.#id(), before })
    this.readingEarlier = false
    if (result.ok) {
      for (const row of result.value.rows) this.#keepCut(row)
      this.model.prepend(result.value.rows, result.value.hasEarlier)
    } else this.earlierError = result.error
    this.#notify()
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

  /** The first change of a frame is applied now; what follows in the same frame waits for the next. */
  #flush(): void {
    if (this.#frameTaken || this.#pending.length === 0) return
    const changes = this.#pending
    this.#pending = []
    for (const change of changes) if (change.type === 'row') this.#keepCut(change.row)
    this.model.apply(changes)
    this.#frameTaken = true
    const next = () => {
      this.#frameTaken = false
      this.#flush()
    }
    // A hidden window has no frames, and need not keep up with them.
    if (document.hidden) setTimeout(next, 250)
    else requestAnimationFrame(next)
    this.#notify()
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

/** The stored JSON is the event itself, or the agent's update inside it. */
function fullEvent(payload: unknown, cut: TranscriptEvent): TranscriptEvent {
  const record = asRecord(payload)
  if (record === null) throw new Error('The stored event is not an object')
  if (record['type'] === cut.type) return record as unknown as TranscriptEvent
  if (cut.type === 'update' && typeof record['sessionUpdate'] === 'string')
    return { type: 'update', update: record }
  throw new Error(`The stored event is of another kind than "${cut.type}"`)
}
