import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type Sqlite from 'better-sqlite3'
import { toErrorValue } from '@shared/errors'
import { codeOf, databaseFailure, openConnection, openDerived, setAside } from '../../database'
import { Indexer, type IndexProgress } from './indexer'
import { prepareSchema } from './schema'
import type { IndexNews, IndexOrder, SearchThread } from './worker-messages'

/** How long something that was stored may stay unseen. */
const LOOK_MS = 250
/** And where nothing was for so long, so that a computer can rest when its person does. */
const QUIET_MS = 10_000
const QUIET_LOOK_MS = 1000
/** After the disk refused, the next try. What is the matter is shown meanwhile. */
const AGAIN_MS = 15_000
const TELL_MS = 200
/** An index is not made anew more often. */
const REMADE_MS = 60_000

/** Keeps the index: looks at what was stored, and does slices of work while there is some. */
export class IndexThread {
  readonly #port: { postMessage(news: IndexNews): void }
  readonly #thread: SearchThread
  #index: Sqlite.Database | null = null
  #source: Sqlite.Database | null = null
  #stopped = false
  #rebuild = false
  #compare = false
  #wake: (() => void) | null = null
  #told = 0
  /** When something new was found, or somebody searched. */
  #wantedAt = 0
  #last: IndexProgress | null = null
  #remadeAt = Number.NEGATIVE_INFINITY

  constructor(port: { postMessage(news: IndexNews): void }, thread: SearchThread) {
    this.#port = port
    this.#thread = thread
  }

  order(order: IndexOrder): void {
    if (order.type === 'stop') this.#stopped = true
    else if (order.type === 'rebuild') this.#rebuild = true
    else if (order.type === 'compare') this.#compare = true
    else this.#wantedAt = performance.now()
    this.#wake?.()
  }

  /** Until it is stopped. */
  async run(): Promise<void> {
    let remade = false
    while (!this.#stopped) {
      try {
        await this.#keep(remade)
      } catch (error) {
        remade = await this.#failed(error)
      } finally {
        this.#close()
      }
    }
  }

  async #keep(remade: boolean): Promise<void> {
    const { directory, nativeBinding } = this.#thread
    const file = join(directory, 'foundry.db')
    const source = (this.#source = openConnection(file, {
      synchronous: 'NORMAL',
      nativeBinding,
      readonly: true,
    }))
    const index = (this.#index = await openDerived({
      directory,
      nativeBinding,
      log: { warn: (message) => this.#tell({ type: 'warning', message }) },
    }))
    // It is read from one end to the other: more than a little of it in memory helps nobody.
    source.pragma('cache_size = -1000')
    // On this thread a checkpoint holds up nobody.
    index.pragma('wal_autocheckpoint = 1000')
    // A restored backup is another file.
    const { ino } = await stat(file)
    prepareSchema(index, String(ino))
    this.#tell({ type: 'prepared', remade })
    const indexer = new Indexer(index, source)
    this.#last = null
    this.#wantedAt = performance.now()
    while (!this.#stopped && !this.#rebuild) {
      if (this.#compare) {
        this.#compare = false
        indexer.compare()
      } else if (indexer.busy) {
        await indexer.step()
        this.#progress(indexer, !indexer.busy)
        await new Promise((resolve) => setImmediate(resolve))
      } else {
        this.#progress(indexer, this.#told === 0)
        await this.#rest(performance.now() - this.#wantedAt < QUIET_MS ? LOOK_MS : QUIET_LOOK_MS)
        if (indexer.look()) this.#wantedAt = performance.now()
      }
    }
    if (!this.#rebuild) return
    this.#rebuild = false
    index.exec('UPDATE search_state SET version = -1')
  }

  /** Says what is the matter. True when the index is to be made anew, in a new file. */
  async #failed(thrown: unknown): Promise<boolean> {
    const now = performance.now()
    // What is damaged again at once is not this file but what it is made from, or the disk.
    if (isDamage(thrown) && this.#index !== null && now - this.#remadeAt > REMADE_MS) {
      this.#remadeAt = now
      // What is durable is checked by others; this file can be made anew at any time.
      this.#tell({ type: 'warning', message: `the search index is damaged and made anew: ${String(thrown)}` })
      this.#close()
      await setAside(join(this.#thread.directory, 'derived.db'))
      return true
    }
    this.#tell({ type: 'failed', error: toErrorValue(databaseFailure(thrown)) })
    await this.#rest(AGAIN_MS)
    return false
  }

  #progress(indexer: Indexer, now: boolean): void {
    const time = performance.now()
    if (!now && time - this.#told < TELL_MS) return
    const { building, done, total } = indexer.progress
    // Most looks find nothing, and main need not wake up to hear that.
    const last = this.#last
    if (last !== null && last.building === building && last.done === done && last.total === total) return
    this.#last = { building, done, total }
    this.#told = time
    this.#tell({ type: 'progress', building, done, total })
  }

  #rest(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        this.#wake = null
        resolve()
      }
      const timer = setTimeout(done, milliseconds)
      this.#wake = done
    })
  }

  #tell(news: IndexNews): void {
    this.#port.postMessage(news)
  }

  #close(): void {
    this.#index?.close()
    this.#source?.close()
    this.#index = null
    this.#source = null
  }
}

/** Whether a file does not hold what was written to it. */
export function isDamage(error: unknown): boolean {
  const code = codeOf(error)
  return code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB'
}
