import type { TerminalMessage } from '@shared/terminals'
import type { Spool } from './spool'

/** So much may be under way to a window that has not drawn it yet: what it draws in a few frames. */
export const UNACKNOWLEDGED_BYTES = 256 * 1024
/** A message is no larger, so that a window can say often how far it is. */
export const MESSAGE_BYTES = 64 * 1024

/** Where the messages of one window go: a MessagePort, in the app. */
export interface TerminalSink {
  post(message: TerminalMessage): void
}

/**
 * One window's view of one terminal: the newest output first, then everything after it, each byte once and in order,
 * as fast as the window draws and no faster. The pace of a window never reaches the socket: what it has not drawn
 * waits in the spool.
 */
export class TerminalStream {
  #sent = 0
  #acknowledged = 0
  #visible = true
  #reading = false
  #detached = false

  constructor(
    private readonly spool: Pick<Spool, 'start' | 'end' | 'replayStart' | 'read' | 'trim'>,
    private readonly sink: TerminalSink,
    private readonly reportError: (error: unknown) => void,
  ) {
    this.#begin(this.spool.replayStart, 0)
    this.pump()
  }

  /** The first byte that still has to be sent. */
  get position(): number {
    return this.#sent
  }

  /** The window has drawn everything before this offset. */
  ack(offset: number): void {
    if (offset <= this.#acknowledged) return
    this.#acknowledged = Math.min(offset, this.#sent)
    this.pump()
  }

  show(visible: boolean): void {
    this.#visible = visible
    this.pump()
  }

  detach(): void {
    this.#detached = true
  }

  /** Sends what waits, as far as the window keeps up. */
  pump(): void {
    while (!this.#detached && this.#visible && !this.#reading) {
      if (this.#sent < this.spool.start) this.#begin(this.spool.start, this.spool.start - this.#sent)
      const waiting = this.spool.end - this.#sent
      const underWay = this.#sent - this.#acknowledged
      const room = Math.min(MESSAGE_BYTES, UNACKNOWLEDGED_BYTES - underWay)
      // A little more can wait for the next word of the window: messages are few, and the first is never late.
      if (waiting === 0 || room <= 0 || (underWay > 0 && waiting < room)) return
      const bytes = this.spool.read(this.#sent, room)
      if (bytes instanceof Uint8Array) this.#send(bytes)
      else this.#sendLater(this.#sent, bytes)
    }
  }

  #begin(offset: number, missing: number): void {
    this.#sent = this.#acknowledged = offset
    this.sink.post({ type: 'start', offset, replayEnd: this.spool.end, missing })
  }

  #send(bytes: Uint8Array): void {
    this.sink.post({ type: 'data', offset: this.#sent, bytes })
    this.#sent += bytes.length
    this.spool.trim()
  }

  #sendLater(offset: number, reading: Promise<Uint8Array>): void {
    this.#reading = true
    reading
      .then((bytes) => {
        // Begun anew meanwhile, or written over while it was read.
        if (!this.#detached && this.#sent === offset && offset >= this.spool.start) this.#send(bytes)
      })
      .catch((error: unknown) => {
        this.reportError(error)
        // What cannot be read is missing, and is said to be.
        const { replayStart } = this.spool
        if (!this.#detached && this.#sent === offset) this.#begin(replayStart, replayStart - offset)
      })
      .finally(() => {
        this.#reading = false
        this.pump()
      })
  }
}
