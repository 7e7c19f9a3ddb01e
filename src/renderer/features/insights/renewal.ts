/** What changes at once is counted at once. */
const REST_MS = 2000
/** Between two counts there is at least so much time, and so many times what the last one took. */
const SPACE_MS = 10_000
const SPACE_FACTOR = 10

export interface RenewalOptions {
  now(): number
  /** Returns the function that calls it off. */
  schedule(milliseconds: number, run: () => void): () => void
  /** Whether it came to its end: false where something else was asked meanwhile. */
  count(): Promise<boolean>
}

/** When figures are counted again that somebody looks at: once something changed, and seldom enough to cost nothing. */
export class Renewal {
  readonly #options: RenewalOptions
  #visible = false
  #stale = false
  #counting = false
  #notBefore = Number.NEGATIVE_INFINITY
  #callOff: (() => void) | null = null

  constructor(options: RenewalOptions) {
    this.#options = options
  }

  /** What the figures are of is different now. */
  changed(): void {
    this.#stale = true
    this.#plan()
  }

  /** Whether somebody can see them. What changes while nobody can is counted when they can again. */
  look(visible: boolean): void {
    this.#visible = visible
    if (!visible) {
      this.#callOff?.()
      this.#callOff = null
    }
    this.#plan()
  }

  #plan(): void {
    if (!this.#visible || !this.#stale || this.#counting || this.#callOff !== null) return
    const { schedule, now } = this.#options
    this.#callOff = schedule(Math.max(REST_MS, this.#notBefore - now()), () => {
      this.#callOff = null
      void this.#count()
    })
  }

  async #count(): Promise<void> {
    const { count, now } = this.#options
    const from = now()
    this.#stale = false
    this.#counting = true
    const done = await count()
    this.#counting = false
    this.#notBefore = now() + Math.max(SPACE_MS, (now() - from) * SPACE_FACTOR)
    if (!done) this.#stale = true
    this.#plan()
  }
}
