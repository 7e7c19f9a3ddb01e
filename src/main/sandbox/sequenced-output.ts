/** One piece of output as the server's record has it. */
export interface RecordEntry {
  readonly sequence: number
  readonly bytes: Uint8Array
}

/** The server's record of a terminal: everything it printed, numbered from 1, of which it forgets the oldest. */
export interface OutputRecord {
  /** The newest few entries in their order; none while nothing was printed. */
  newest(): Promise<RecordEntry[]>
  /** Entries after one and up to another, as far as it still has them. */
  read(since: number, until: number): Promise<RecordEntry[]>
}

/**
 * So few frames at once are handed on unchecked: whoever was so slow that the server gave some up finds many more waiting.
 */
const FREE = 8
/** So many times as long as an answer took no further one is asked for. */
const REST = 5
const MOST_REST_MS = 400
/** So many frames in a row are not the same as others by chance. */
const COMPARED = 4

/**
 * Puts the frames of a terminal, which the server may give up and which carry no number, back into the order of its record.
 * A little output is handed on as it comes. In a flood all waits for a check: the newest entries of the record are asked for again
 * and again, and the frames of their numbers have to be the same, or some before them are missing and are read from the record,
 * where they still are.
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
      deliver(bytes: Uint8Array[]): void
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
    const newest = await this.record.newest()
    const last = newest.at(-1)
    if (last === undefined || last.sequence <= this.#checked) return
    const place = last.sequence - this.#checked - 1
    if (this.#isAt(newest, place)) return this.#handOn(place + 1)
    // Most often the last words alone are missing: all that came need not be read again.
    const came = Math.min(this.#frames.length, place)
    if (came >= COMPARED && !this.#doubts) {
      const end = await this.record.read(this.#checked + came - COMPARED, last.sequence)
      const known = end.slice(0, COMPARED)
      if (known[0]?.sequence === this.#checked + came - COMPARED + 1 && this.#isAt(known, came - 1)) {
        this.#handOn(came)
        return this.options.deliver(end.slice(COMPARED).map(({ bytes }) => bytes))
      }
    }
    await this.#readFrom(newest)
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
    for (let again = true; again && !this.#ended;) {
      const before = this.#frames.length
      // The server copies for an answer what it should be reading: it is asked the less, the longer it takes.
      const asked = performance.now()
      const newest = await this.record.newest()
      const took = performance.now() - asked
      const last = newest.at(-1)
      if (this.#ended) return
      // What came before the question and is not in the record is what was taken for something newer after a loss.
      if (last === undefined || last.sequence <= this.#checked) return this.#drop(before)
      const place = last.sequence - this.#checked - 1
      if (place >= this.#frames.length) await this.#waitFor(place)
      const right = this.#isAt(newest, place)
      if (right) {
        this.#doubts = false
        this.#handOn(place + 1)
        this.#drop(place + 1)
        this.#checked = last.sequence
      } else await this.#readFrom(newest)
      // After a loss what is left may not be what it seems.
      again = this.#waits || !right
      if (again) await this.options.pause(Math.min(took * REST, MOST_REST_MS))
    }
  }

  /** Whether the last of these entries is at a place of what came, and those before it are before that. */
  #isAt(entries: readonly RecordEntry[], place: number): boolean {
    return entries.every(({ bytes }, index) => {
      const at = place - (entries.length - 1 - index)
      const frame = this.#frames[at]
      return at < 0 || (frame !== undefined && Buffer.compare(frame, bytes) === 0)
    })
  }

  /** Until the frame is there, or none has come for some time. */
  async #waitFor(place: number): Promise<void> {
    for (let known = -1; place >= this.#frames.length && known !== this.#frames.length && !this.#ended;) {
      known = this.#frames.length
      await Promise.race([this.#arrived.promise, this.options.patience()])
    }
  }

  #drop(frames: number): void {
    this.#frames = this.#frames.slice(frames)
    this.#handedOn = Math.max(0, this.#handedOn - frames)
  }

  /** Some are missing up to the last of these entries: the record says which. */
  async #readFrom(newest: readonly RecordEntry[]): Promise<void> {
    const last = newest.at(-1)
    if (last === undefined) return
    const entries = await this.record.read(this.#checked, last.sequence)
    const first = entries[0]?.sequence ?? last.sequence + 1
    const gone = first - this.#checked - 1
    // What was handed on unchecked was right: it was too little for some of it to have been given up.
    const known = Math.max(0, this.#handedOn - gone)
    if (gone > this.#handedOn) this.options.missing(gone - this.#handedOn)
    this.options.deliver(entries.slice(known).map(({ bytes }) => bytes))
    let at = this.#frames.length - 1
    while (at >= this.#handedOn && !this.#isAt(newest, at)) at -= 1
    // Where its frame was given up too, what came is older, or will be missed and read as well.
    this.#drop(at >= this.#handedOn ? at + 1 : this.#frames.length)
    this.#handedOn = 0
    this.#doubts = true
    this.#checked = last.sequence
  }
}
