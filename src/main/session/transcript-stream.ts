import type { TranscriptChange, TranscriptMessage, TranscriptRow } from '@shared/domain'
import type { SessionId } from '@shared/ids'
import type { Clock } from './clock'
import type { LogChange, TranscriptPage } from './event-log'

/** Changes reach the window at most once a frame. */
const FRAME_MS = 16
/** A window that has not handled so many batches gets no further one; changes then join. */
const UNACKNOWLEDGED = 4
/** When more rows than this wait, a fresh tail is less work for everybody. */
const PENDING_ROWS = 1000
const TAIL_ROWS = 100

/** Where the messages of one transcript go: a MessagePort, in the app. */
export interface TranscriptSink {
  post(message: TranscriptMessage): void
}

/** What a stream reads from: the event log. */
export interface TranscriptSource {
  tail(sessionId: SessionId, limit: number): TranscriptPage
  subscribe(sessionId: SessionId, listener: (change: LogChange) => void): () => void
}

type Pending = { type: 'row'; row(): TranscriptRow | null } | { type: 'append'; last: number; text: string }

/**
 * One window's view of one session, as it grows: first the tail, then every change after it, without gap or
 * repetition. A window that falls behind costs a bounded amount of memory and gets a fresh tail.
 */
export class TranscriptStream {
  readonly #source: TranscriptSource
  readonly #sessionId: SessionId
  readonly #sink: TranscriptSink
  readonly #clock: Clock
  readonly #unsubscribe: () => void
  readonly #pending = new Map<number, Pending>()
  #tailDue = false
  #sent = 0
  #acknowledged = 0
  #cancelFrame: (() => void) | null = null
  #detached = false

  constructor(source: TranscriptSource, sessionId: SessionId, sink: TranscriptSink, clock: Clock) {
    this.#source = source
    this.#sessionId = sessionId
    this.#sink = sink
    this.#clock = clock
    this.#postTail()
    this.#unsubscribe = source.subscribe(sessionId, (change) => this.#take(change))
  }

  /** The window has handled the batch of this number and all before it. */
  ack(sequence: number): void {
    if (!Number.isSafeInteger(sequence) || sequence <= this.#acknowledged) return
    this.#acknowledged = Math.min(sequence, this.#sent)
    this.#send()
  }

  detach(): void {
    if (this.#detached) return
    this.#detached = true
    this.#unsubscribe()
    this.#cancelFrame?.()
    this.#cancelFrame = null
    this.#pending.clear()
  }

  #take(change: LogChange): void {
    if (this.#tailDue) return
    if (change.type === 'row') {
      this.#pending.set(change.first, { type: 'row', row: change.row })
    } else {
      const before = this.#pending.get(change.first)
      // A row that waits is read when it is sent: this text will be in it.
      if (before === undefined)
        this.#pending.set(change.first, { type: 'append', last: change.last, text: change.text })
      else if (before.type === 'append') {
        before.last = change.last
        before.text += change.text
      }
    }
    if (this.#pending.size > PENDING_ROWS) {
      this.#pending.clear()
      this.#tailDue = true
    }
    this.#send()
  }

  /** Sends what waits, unless a frame has yet to pass or the window has yet to catch up. */
  #send(): void {
    if (this.#detached || this.#cancelFrame !== null || this.#sent - this.#acknowledged >= UNACKNOWLEDGED)
      return
    if (this.#tailDue) {
      this.#tailDue = false
      this.#postTail()
    } else if (this.#pending.size > 0) {
      const changes: TranscriptChange[] = []
      for (const [first, change] of this.#pending) {
        if (change.type === 'append')
          changes.push({ type: 'append', first, last: change.last, text: change.text })
        else {
          const row = change.row()
          if (row !== null) changes.push({ type: 'row', row })
        }
      }
      this.#pending.clear()
      this.#sent += 1
      this.#sink.post({ type: 'batch', sequence: this.#sent, changes })
    } else return
    this.#cancelFrame = this.#clock.after(FRAME_MS, () => {
      this.#cancelFrame = null
      this.#send()
    })
  }

  #postTail(): void {
    const { rows, hasEarlier } = this.#source.tail(this.#sessionId, TAIL_ROWS)
    this.#sink.post({ type: 'tail', rows, hasEarlier })
  }
}
