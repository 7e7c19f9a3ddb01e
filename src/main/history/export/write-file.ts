import { createHash, type Hash, randomUUID } from 'node:crypto'
// Streams; nothing here waits for the disk.
// oxlint-disable-next-line no-restricted-imports
import { createWriteStream, type WriteStream } from 'node:fs'
import { open, rename, rm, stat } from 'node:fs/promises'
import { createGzip, type Gzip } from 'node:zlib'
import { FoundryError } from '@shared/errors'

/** What is written at a time. */
const CHUNK_CHARACTERS = 256 * 1024

/** A file that is either there as a whole or not at all: written beside its place, and put there in the end. */
export class WholeFile {
  readonly #path: string
  readonly #partial: string
  readonly #file: WriteStream
  readonly #gzip: Gzip | null
  readonly #hash: Hash | null
  #waiting: string[] = []
  #characters = 0
  #problem: unknown = null
  /** Settles when writing fails: whatever waits for the disk waits for this too. */
  readonly #failed: Promise<void>
  #fail: (error: unknown) => void = () => undefined

  constructor(path: string, options: { gzip: boolean }) {
    this.#path = path
    this.#partial = `${path}.${randomUUID().slice(0, 8)}.partial`
    this.#file = createWriteStream(this.#partial, { mode: 0o600, flags: 'wx' })
    this.#failed = new Promise((resolve) => {
      this.#fail = (error) => {
        this.#problem ??= error
        resolve()
      }
    })
    this.#file.on('error', (error) => this.#fail(error))
    this.#gzip = options.gzip ? createGzip({ level: 6 }) : null
    this.#hash = options.gzip ? createHash('sha256') : null
    this.#gzip?.on('error', (error) => this.#fail(error))
    this.#gzip?.pipe(this.#file)
  }

  async write(text: string): Promise<void> {
    if (text === '') return
    this.#waiting.push(text)
    this.#characters += text.length
    if (this.#characters >= CHUNK_CHARACTERS) await this.#flush()
  }

  /** Of all that was written so far. */
  async sha256(): Promise<string> {
    await this.#flush()
    return this.#hash?.copy().digest('hex') ?? ''
  }

  /** Puts it in its place. @returns how large it is */
  async finish(): Promise<number> {
    await this.#flush()
    const sink = this.#gzip ?? this.#file
    sink.end()
    await this.#orFailed(this.#file, 'close')
    if (this.#problem !== null) throw this.#problem
    const file = await open(this.#partial, 'r+')
    try {
      await file.sync()
    } finally {
      await file.close()
    }
    const { size } = await stat(this.#partial)
    await rename(this.#partial, this.#path)
    return size
  }

  /** Leaves nothing behind. */
  async discard(): Promise<void> {
    this.#gzip?.destroy()
    this.#file.destroy()
    // It may be being made just now, and would come to be after it was removed.
    if (!this.#file.closed) await new Promise<void>((resolve) => this.#file.once('close', resolve))
    await rm(this.#partial, { force: true })
  }

  async #flush(): Promise<void> {
    if (this.#problem !== null) throw this.#problem
    const bytes = Buffer.from(this.#waiting.join(''), 'utf8')
    this.#waiting = []
    this.#characters = 0
    if (bytes.length === 0) return
    this.#hash?.update(bytes)
    const sink = this.#gzip ?? this.#file
    if (!sink.write(bytes)) await this.#orFailed(sink, 'drain')
    if (this.#problem !== null) throw this.#problem
  }

  async #orFailed(emitter: WriteStream | Gzip, event: 'close' | 'drain'): Promise<void> {
    await Promise.race([new Promise<void>((resolve) => emitter.once(event, resolve)), this.#failed])
  }
}

/** What a file that could not be read or written means to a person. */
export function fileFailure(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error
  const more = { detail: error.message, cause: error }
  switch (error.code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new FoundryError('disk_full', `The disk is full: ${path} could not be written.`, {
        next: 'Free some space, or choose another disk.',
        ...more,
      })
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
    case 'EISDIR':
      return new FoundryError('read_only', `${path} cannot be used.`, {
        next: 'Choose another place.',
        ...more,
      })
    case 'ENOENT':
    case 'ENOTDIR':
      return new FoundryError('not_found', `${path} is not there.`, {
        next: 'Choose another place.',
        ...more,
      })
    default:
      return error
  }
}
