import { createHash } from 'node:crypto'
import type Sqlite from 'better-sqlite3'
import type { IncomingEntry } from '../../task/packs/intake'
import type { Row } from '../export/archive-rows'
import type { PackPart } from '../transfer/messages'

/** Entries that are handed on with one content. */
const MOST_TOGETHER = 100
/** What is the same in both, apart from the content itself: when it was last wanted is of each computer. */
const COMPARED = ['hash', 'mode', 'bytes', 'reason', 'detail']

/** The pack of a task that is being brought in: the content that came last, and the entries that have it. */
export class IncomingPack {
  readonly #taskId: string
  readonly #isNew: boolean
  readonly #queue: (part: PackPart) => Promise<void>
  readonly #find: Sqlite.Statement<unknown[], Row>
  #content: { number: number; bytes: Buffer; hash: string | null } | null = null
  #waiting: IncomingEntry[] = []
  /** Pages of another conversation are here: none of this one goes among them. */
  #isOtherTalk: boolean
  /** Something of it was not here. */
  hasNews: boolean

  constructor(
    here: Sqlite.Database,
    { taskId, isNew, hasNews }: { taskId: string; isNew: boolean; hasNews: boolean },
    queue: (part: PackPart) => Promise<void>,
  ) {
    this.#taskId = taskId
    this.#isNew = isNew
    this.#queue = queue
    this.hasNews = hasNews
    this.#find = here.prepare(
      'SELECT * FROM pack_entries WHERE task_id = ? AND kind = ? AND state = ? AND path = ?',
    )
    this.#isOtherTalk = this.#find.get(taskId, 'reviews', '0', '') !== undefined
  }

  async begin(number: number, bytes: Buffer): Promise<void> {
    await this.end()
    this.#content = { number, bytes, hash: null }
  }

  /** The content that an entry names; undefined for one that did not come directly before it. */
  named(number: Row[string]): Buffer | null | undefined {
    if (number === null) return null
    return this.#content?.number === number ? this.#content.bytes : undefined
  }

  async take(row: Row, hasContent: boolean): Promise<'added' | 'same' | 'kept'> {
    const hash = hasContent ? this.#hash() : null
    const { kind = null, state = null, path = null } = row
    const here = this.#find.get(this.#taskId, kind, state, path)
    if (kind === 'reviews' && state === '0')
      this.#isOtherTalk = here !== undefined && here['hash'] !== hash && !hadNoRoom(here)
    if (here !== undefined) {
      const coming: Row = { ...row, hash }
      return COMPARED.every((name) => (coming[name] ?? null) === here[name]) ? 'same' : 'kept'
    }
    if (kind === 'reviews' && this.#isOtherTalk) return 'kept'
    this.hasNews = true
    if (hasContent) {
      this.#waiting.push(entryOf(row))
      if (this.#waiting.length >= MOST_TOGETHER) await this.#send()
    } else await this.#hand([entryOf(row)], null)
    return 'added'
  }

  async end(): Promise<void> {
    await this.#send()
    this.#content = null
  }

  async #send(): Promise<void> {
    const entries = this.#waiting
    this.#waiting = []
    if (this.#content === null || entries.length === 0) return
    await this.#hand(entries, Uint8Array.from(this.#content.bytes))
  }

  async #hand(entries: IncomingEntry[], content: Uint8Array<ArrayBuffer> | null): Promise<void> {
    await this.#queue({ pack: this.#taskId, isNew: this.#isNew, entries, content })
  }

  #hash(): string | null {
    if (this.#content === null) return null
    this.#content.hash ??= createHash('sha256').update(this.#content.bytes).digest('hex')
    return this.#content.hash
  }
}

const hadNoRoom = ({ reason }: Row): boolean => reason === 'task_limit' || reason === 'total_limit'

/** Of a row that was checked. */
function entryOf(row: Row): IncomingEntry {
  const { kind, state, path, mode = null, bytes, reason = null, detail = null, run } = row
  return { kind, state, path, mode, bytes, reason, detail, run } as IncomingEntry
}
