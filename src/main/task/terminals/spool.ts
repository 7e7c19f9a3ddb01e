/** Where output waits that is too much for memory: one file of a bounded size, addressed by offsets of the stream. */
export interface SpillFile {
  /** How much of the stream it can hold; older bytes are written over. */
  readonly capacity: number
  write(offset: number, bytes: Uint8Array): Promise<void>
  read(offset: number, length: number): Promise<Uint8Array>
  /** Gives the space back. What was written is not asked for again. */
  clear(): Promise<void>
  close(): Promise<void>
}

export interface SpoolLimits {
  /** What a window that opens the terminal is shown again. */
  replay: number
  /** What is kept in memory while readers keep up with it. */
  memory: number
  /** What waits in memory at most while the disk is slow; beyond it the oldest is given up. */
  hardMemory: number
}

/** The scrollback of a window holds some 5000 lines: a replay of more would only be thrown away. */
export const spoolLimits: SpoolLimits = { replay: 1 << 20, memory: 4 << 20, hardMemory: 128 << 20 }

/** Written to the file in pieces of this size. */
const SPILL_BYTES = 1 << 20

interface Piece {
  readonly start: number
  readonly bytes: Uint8Array
}

const endOf = ({ start, bytes }: Piece): number => start + bytes.length

/**
 * The output of one terminal as a stream of bytes with absolute offsets. It takes whatever comes, as fast as it comes,
 * and keeps what somebody still has to read, and the newest part besides: in memory first, then in a file. Both are
 * bounded; what falls out is at its beginning, and a reader sees that by `start`.
 */
export class Spool {
  #pieces: Piece[] = []
  /** Pieces before this one are gone already; they are cut off in bulk. */
  #first = 0
  #memoryBytes = 0
  #end: number
  /** What the file holds, up to where memory begins. Empty when equal. */
  #fileStart: number
  #fileEnd: number
  #spilling: Promise<void> | null = null
  #closed = false

  constructor(
    private readonly file: SpillFile,
    private readonly options: {
      readonly limits?: SpoolLimits
      /** The first byte that a reader still has to get; null where there is none. */
      readonly wanted: () => number | null
      readonly reportError: (error: unknown) => void
    },
    start = 0,
  ) {
    this.#end = this.#fileStart = this.#fileEnd = start
  }

  /** The first byte that can still be read. */
  get start(): number {
    return this.#fileStart < this.#fileEnd ? this.#fileStart : this.#memoryStart
  }

  get end(): number {
    return this.#end
  }

  /** Bytes held in memory now. */
  get memoryBytes(): number {
    return this.#memoryBytes
  }

  /** Where a window begins that has seen nothing yet. */
  get replayStart(): number {
    return Math.max(this.start, this.#end - this.#limits.replay)
  }

  append(bytes: Uint8Array): void {
    if (bytes.length === 0 || this.#closed) return
    this.#pieces.push({ start: this.#end, bytes })
    this.#memoryBytes += bytes.length
    this.#end += bytes.length
    if (this.#memoryBytes > this.#limits.memory) this.trim()
  }

  /** Lets go of what nobody has to read any more. */
  trim(): void {
    const { memory, hardMemory, replay } = this.#limits
    const keep = Math.min(this.options.wanted() ?? this.#end, this.#end - replay)
    if (this.#fileStart < this.#fileEnd) {
      this.#fileStart = Math.min(Math.max(this.#fileStart, keep), this.#fileEnd)
      if (this.#fileStart === this.#fileEnd) this.#clearFile()
    }
    for (let piece = this.#oldest; piece !== undefined && endOf(piece) <= keep; piece = this.#oldest)
      this.#dropOldest()
    // The disk takes it more slowly than it comes.
    if (this.#memoryBytes > hardMemory) this.#giveUp(hardMemory)
    if (this.#memoryBytes > memory && this.#spilling === null && !this.#closed) this.#spill()
  }

  /**
   * At most `length` bytes from an offset on, in a buffer of their own. At once where they are in memory; from the file they
   * count only while the offset is not before `start` afterwards.
   */
  read(offset: number, length: number): Uint8Array | Promise<Uint8Array> {
    if (offset < this.start || offset > this.#end)
      throw new RangeError(`Offset ${offset} is not within ${this.start} and ${this.#end}`)
    if (offset < this.#memoryStart)
      return this.file.read(offset, Math.min(length, this.#memoryStart - offset))
    const wanted = Math.min(length, this.#end - offset)
    const out = new Uint8Array(wanted)
    let filled = 0
    for (let index = this.#pieceAt(offset); filled < wanted; index++) {
      const piece = this.#pieces[index]
      if (piece === undefined) throw new Error(`The output has a hole at ${offset + filled}`)
      const from = offset + filled - piece.start
      const part = piece.bytes.subarray(from, from + wanted - filled)
      out.set(part, filled)
      filled += part.length
    }
    return out
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#spilling
    await this.file.close()
  }

  /** Resolves when nothing is being written to the file. */
  async settled(): Promise<void> {
    while (this.#spilling !== null) await this.#spilling
  }

  get #limits(): SpoolLimits {
    return this.options.limits ?? spoolLimits
  }

  get #memoryStart(): number {
    return this.#oldest?.start ?? this.#end
  }

  get #oldest(): Piece | undefined {
    return this.#pieces[this.#first]
  }

  #pieceAt(offset: number): number {
    let low = this.#first
    let high = this.#pieces.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.#pieces[middle]?.start ?? Infinity) <= offset) low = middle
      else high = middle - 1
    }
    return low
  }

  #dropOldest(): void {
    const piece = this.#oldest
    if (piece === undefined) return
    this.#memoryBytes -= piece.bytes.length
    this.#first += 1
    if (this.#first < 1024 || this.#first * 2 < this.#pieces.length) return
    this.#pieces = this.#pieces.slice(this.#first)
    this.#first = 0
  }

  /** The oldest goes although somebody waits for it, who is told by `start`. */
  #giveUp(bytes: number): void {
    this.#fileStart = this.#fileEnd
    while (this.#memoryBytes > bytes) this.#dropOldest()
  }

  #spill(): void {
    this.#spilling = this.#spillUntilSmall()
      .catch((error: unknown) => {
        this.options.reportError(error)
        this.#giveUp(this.#limits.memory)
      })
      .finally(() => {
        this.#spilling = null
        // It could not be cleared while it was written to.
        if (this.#fileStart === this.#fileEnd) this.#clearFile()
      })
  }

  async #spillUntilSmall(): Promise<void> {
    while (this.#memoryBytes > this.#limits.memory && !this.#closed) {
      const start = this.#memoryStart
      const batch = this.#batch()
      const end = start + batch.length
      // Before a byte of it is written over, nobody may count on it any more.
      this.#fileStart = Math.min(Math.max(this.#fileStart, end - this.file.capacity), this.#fileEnd)
      await this.file.write(start, batch)
      // What was let go of meanwhile is of no use in the file either.
      if (this.#memoryStart !== start) continue
      if (this.#fileStart === this.#fileEnd) this.#fileStart = start
      this.#fileEnd = end
      while (this.#memoryStart < end) this.#dropOldest()
    }
  }

  /** The oldest pieces, whole, joined. */
  #batch(): Uint8Array {
    const parts: Uint8Array[] = []
    let length = 0
    for (let index = this.#first; length < SPILL_BYTES; index++) {
      const piece = this.#pieces[index]
      if (piece === undefined) break
      parts.push(piece.bytes)
      length += piece.bytes.length
    }
    return Buffer.concat(parts)
  }

  #clearFile(): void {
    this.#fileStart = this.#fileEnd
    if (this.#spilling !== null) return
    this.file.clear().catch((error: unknown) => this.options.reportError(error))
  }
}
