/** One piece of output as the server's record has it. */
export interface RecordEntry {
  readonly sequence: number
  readonly bytes: Uint8Array
}

/** The server's record of a terminal: everything it printed, numbered from 1, of which it forgets the oldest. */
export interface OutputRecord {
  /**
   * Entries after one, as far as it still has them, up to what was printed when it was asked, in their order. They come in
   * pieces, so that nobody has to hold all of a large answer; whoever has seen enough stops.
   */
  after(sequence: number): AsyncIterable<readonly RecordEntry[]>
}

/**
 * So few frames at once are handed on unchecked: whoever was so slow that the server gave some up finds many more waiting.
 */
const FREE = 8
/** So many frames in a row are not the same as others by chance. */
const COMPARED = 4
/** So many times as long as an answer took no further one is asked for: the server reads nothing while it makes one. */
const REST = 5
const LEAST_REST_MS = 16
const MOST_REST_MS = 400

/**
 * Puts the frames of a terminal, which the server may give up and which carry no number, back into the order of its record.
 * A little output is handed on as it comes. In a flood all waits for a check: the entries of the record that the last frames have
 * to be are asked for again and again. Where they are others, some before them are missing, and are read from the record, as far
 * as it still has them.
 */
export class SequencedOutput {
  /** The number of the last frame that is known to be right, and so are all before it. */
  #checked = 0
  /** Frames after that one, and how many of them were handed on. */
  #frames: Uint8Array[] = []
  #handedOn = 0
  /** After a loss, until frames and entries were seen to go together again. */
  #doubts = false
  #checking: Promise<void> | null = null
  #arrived = Promise.withResolvers<void>()
  #ended = false

  constructor(
    private readonly record: OutputRecord,
    private readonly options: {
      deliver(bytes: readonly Uint8Array[]): void
      /** Entries that neither came nor are in the record any more. */
      missing(entries: number): void
      failed(error: unknown): void
      /** How long a frame may be on its way that the record has already. */
      patience(): Promise<void>
      /** Between two questions. */
      pause(milliseconds: number): Promise<void>
    },
  ) {}

  push(frames: readonly Uint8Array[]): void {
    if (this.#ended) return
    const free = !this.#doubts && !this.#waits && this.#frames.length + frames.length <= FREE
    for (const frame of frames) this.#frames.push(frame)
    if (free) this.#handOn(this.#frames.length)
    this.#arrived.resolve()
    this.#arrived = Promise.withResolvers<void>()
    if (this.#waits || this.#frames.length > FREE / 2) this.check()
  }

  /** Compares what came with the record, and hands on what waits for that. */
  check(): void {
    if (this.#ended) return
    this.#checking ??= this.#checkAll()
      .catch((error: unknown) => this.options.failed(error))
      .finally(() => {
        this.#checking = null
        if (this.#waits) this.check()
      })
  }

  /** Nothing comes any more: what the record has besides is read from it. */
  async end(): Promise<void> {
    this.#ended = true
    await this.#checking
    if (this.#frames.length > 0) await this.#compare()
    // What the program printed last may still be on its way into the record.
    for (let known = -1; known !== this.#checked;) {
      known = this.#checked
      await this.#recover()
    }
  }

  get #waits(): boolean {
    return this.#frames.length > this.#handedOn
  }

  #handOn(until: number): void {
    if (until <= this.#handedOn) return
    this.options.deliver(this.#frames.slice(this.#handedOn, until))
    this.#handedOn = until
  }

  async #checkAll(): Promise<void> {
    while (!this.#ended) {
      const asked = performance.now()
      const seen = await this.#compare()
      const took = performance.now() - asked
      if (seen === 'all' && !this.#waits) return
      if (seen === 'wrong') await this.#recover()
      // The record has more, which is on its way, or was given up at the end of all that is printed for now.
      else if (seen === 'some' && this.#frames.length === 0 && !(await this.#comesSomething()))
        await this.#recover()
      if (this.#ended) return
      await this.options.pause(Math.min(Math.max(took * REST, LEAST_REST_MS), MOST_REST_MS))
    }
  }

  /**
   * Looks whether what came is what the record has in its place, and hands it on if so: `all` where the record has no more, and
   * `some` where it has.
   */
  async #compare(): Promise<'all' | 'some' | 'wrong'> {
    const count = this.#frames.length
    const last = this.#checked + count
    const from = Math.max(this.#checked, last - COMPARED)
    let next = from + 1
    let more = false
    for await (const entries of this.record.after(from)) {
      for (const { sequence, bytes } of entries) {
        more ||= sequence > last
        if (more) break
        const frame = this.#frames[sequence - this.#checked - 1]
        if (sequence !== next || frame === undefined || Buffer.compare(frame, bytes) !== 0) return 'wrong'
        next += 1
      }
      if (more) break
    }
    // What is not in the record was taken for something newer after a loss.
    if (next <= last) return 'wrong'
    this.#doubts = false
    this.#handOn(count)
    this.#drop(count)
    this.#checked = last
    return more ? 'some' : 'all'
  }

  /** Whether a frame comes before long. */
  async #comesSomething(): Promise<boolean> {
    await Promise.race([this.#arrived.promise, this.options.patience()])
    return this.#frames.length > 0
  }

  #drop(frames: number): void {
    this.#frames = this.#frames.slice(frames)
    this.#handedOn = Math.max(0, this.#handedOn - frames)
  }

  /** Some are missing: hands on what the record has now. */
  async #recover(): Promise<void> {
    this.#doubts = true
    const before = this.#frames.length
    // What was handed on unchecked was right: it was too little for some of it to have been given up.
    let known = this.#handedOn
    let last = this.#checked
    let newest: RecordEntry[] = []
    for await (const entries of this.record.after(this.#checked)) {
      const gone = (entries[0]?.sequence ?? last + 1) - last - 1
      if (gone > known) this.options.missing(gone - known)
      known = Math.max(0, known - gone)
      const unknown = entries.slice(known)
      known -= entries.length - unknown.length
      if (unknown.length > 0) this.options.deliver(unknown.map(({ bytes }) => bytes))
      newest = [...newest, ...entries].slice(-COMPARED)
      last = entries.at(-1)?.sequence ?? last
    }
    let at = this.#frames.length - 1
    while (at >= this.#handedOn && !this.#isAt(newest, at)) at -= 1
    // Where its frame was given up too, what came is older, or will be missed and read as well.
    this.#drop(newest.length === 0 ? before : at >= this.#handedOn ? at + 1 : this.#frames.length)
    this.#handedOn = 0
    this.#checked = last
  }

  /** Whether the last of these entries is at a place of what came, and those before it are before that. */
  #isAt(entries: readonly RecordEntry[], place: number): boolean {
    return entries.every(({ bytes }, index) => {
      const at = place - (entries.length - 1 - index)
      const frame = this.#frames[at]
      return at < 0 || (frame !== undefined && Buffer.compare(frame, bytes) === 0)
    })
  }
}
