/** What xterm.js reads in two or three milliseconds: between pieces of this size keys, echoes and frames have their turn. */
export const PIECE_BYTES = 32 * 1024

/**
 * Output on its way into xterm.js. Of a flood a small piece goes at a time, and the next one when the page has nothing more urgent
 * to do: what is typed, into this terminal or the one beside it, does not wait behind it. A little output goes at once.
 */
export class OutputFeed {
  readonly #waiting: { bytes: Uint8Array; drawn: () => void }[] = []
  #at = 0
  #busy = false

  constructor(
    private readonly options: {
      write(bytes: Uint8Array, read: () => void): void
      /** Later, when the page has time for it. */
      whenIdle(task: () => void): void
    },
  ) {}

  /** @param drawn called once all of it was read */
  push(bytes: Uint8Array, drawn: () => void): void {
    this.#waiting.push({ bytes, drawn })
    if (!this.#busy) this.#next()
  }

  /** What waits is not wanted any more. */
  drop(): void {
    this.#waiting.length = 0
    this.#at = 0
  }

  #next(): void {
    const [first] = this.#waiting
    this.#busy = first !== undefined
    if (first === undefined) return
    const piece = first.bytes.subarray(this.#at, this.#at + PIECE_BYTES)
    this.options.write(piece, () => {
      // Not where all of it was dropped meanwhile.
      if (this.#waiting[0] === first) {
        this.#at += piece.length
        if (this.#at >= first.bytes.length) {
          this.#waiting.shift()
          this.#at = 0
          first.drawn()
        }
      }
      if (this.#waiting.length > 0) this.options.whenIdle(() => this.#next())
      else this.#busy = false
    })
  }
}
