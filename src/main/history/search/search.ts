import { Worker } from 'node:worker_threads'
import { FoundryError, fromErrorValue, toErrorValue } from '@shared/errors'
import type { SearchIndex, SearchPage, SearchValue } from '@shared/search'
import type { FilterKey } from '@shared/search-query'
import type { FindAnswer, FindOrder, IndexNews, IndexOrder, SearchThread } from './worker-messages'

/** The search over all that was said and done. None of its work is on the main thread. */
export interface Search {
  /** Begins to keep the index. */
  start(): void
  index(): SearchIndex
  /**
   * A page of what was found. A question takes the place of the one before.
   *
   * @throws FoundryError `cancelled` when another one was asked meanwhile
   */
  find(text: string, cursor: string | null): Promise<SearchPage>
  /** Values there are for a filter. */
  values(key: FilterKey, typed: string): Promise<SearchValue[]>
  /** Makes the index anew. */
  rebuild(): void
  /** To be called when something was stored that is older than what was stored last. */
  compare(): void
  /** Ends its threads, after the slice of work that is under way. */
  close(): Promise<void>
}

export interface SearchOptions {
  script: URL
  directory: string
  nativeBinding: string | undefined
  changed(): void
  log: { warn(message: string): void }
  reportError(error: unknown, what: string): void
}

/** A thread that answers questions costs memory: it ends when nobody asked for so long. */
const IDLE_MS = 60_000
/** A thread that does not end by itself is ended. */
const END_MS = 2000
/** For what its threads have just made: they run for long, and V8 would let it grow to 16. */
const YOUNG_MB = 4

interface Asked {
  resolve(answer: FindAnswer): void
  reject(error: unknown): void
}

export function createSearch(options: SearchOptions): Search {
  const { script, directory, nativeBinding, reportError } = options
  let index: Worker | null = null
  let state: SearchIndex = { id: 'index', state: 'starting', progress: 0, error: null }
  const prepared = Promise.withResolvers<void>()
  let find: Worker | null = null
  let idle: ReturnType<typeof setTimeout> | undefined
  let closed = false
  let lastId = 0
  const newest = new Int32Array(new SharedArrayBuffer(4))
  const asked = new Map<number, Asked>()

  function begin(role: SearchThread['role']): Worker {
    const workerData: SearchThread = { role, directory, nativeBinding }
    const worker = new Worker(script, { workerData, resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB } })
    worker.unref()
    return worker
  }

  function become(next: Omit<SearchIndex, 'id'>): void {
    state = { id: 'index', ...next }
    options.changed()
  }

  function heard(news: IndexNews): void {
    switch (news.type) {
      case 'warning':
        return options.log.warn(news.message)
      case 'prepared':
        if (news.remade) endFind(new FoundryError('conflict', 'The search index is being made anew.'))
        return prepared.resolve()
      case 'failed':
        return become({ state: 'failed', progress: state.progress, error: news.error })
      case 'progress': {
        const { building, done, total } = news
        // While small things are followed, nothing about the index is new to anybody.
        if (!building && state.state === 'ready') return
        become({
          state: building ? 'building' : 'ready',
          progress: building ? done / Math.max(1, total) : 1,
          error: null,
        })
      }
    }
  }

  function start(): void {
    if (closed || index !== null) return
    const worker = begin('index')
    index = worker
    worker.on('message', heard)
    worker.on('error', (error) => {
      reportError(error, 'keeping the search index')
      become({ state: 'failed', progress: 0, error: toErrorValue(error) })
    })
    worker.on('exit', () => {
      if (index === worker) index = null
    })
  }

  function endFind(error: unknown): void {
    clearTimeout(idle)
    void find?.terminate()
    find = null
    for (const { reject } of asked.values()) reject(error)
    asked.clear()
  }

  function findThread(): Worker {
    clearTimeout(idle)
    idle = setTimeout(() => {
      if (asked.size === 0) endFind(null)
    }, IDLE_MS)
    idle.unref()
    if (find !== null) return find
    const worker = begin('find')
    find = worker
    worker.on('message', (answer: FindAnswer) => {
      asked.get(answer.id)?.resolve(answer)
      asked.delete(answer.id)
      // Only somebody who waits for an answer keeps a process from ending.
      if (asked.size === 0) worker.unref()
    })
    worker.on('error', (error) => {
      reportError(error, 'searching')
      if (find === worker) endFind(error)
    })
    return worker
  }

  function rebuild(): void {
    start()
    become({ state: 'building', progress: 0, error: null })
    index?.postMessage({ type: 'rebuild' } satisfies IndexOrder)
  }

  async function ask(order: FindOrder): Promise<FindAnswer> {
    start()
    await prepared.promise
    if (closed) throw new FoundryError('cancelled', 'Foundry is closing.')
    index?.postMessage({ type: 'look' } satisfies IndexOrder)
    const answer = await new Promise<FindAnswer>((resolve, reject) => {
      asked.set(order.id, { resolve, reject })
      const worker = findThread()
      worker.ref()
      worker.postMessage(order)
    })
    if ('error' in answer) {
      if (answer.damaged) rebuild()
      throw fromErrorValue(answer.error)
    }
    return answer
  }

  return {
    start,
    index: () => state,
    async find(text, cursor) {
      const id = (lastId += 1)
      Atomics.store(newest, 0, id)
      const answer = await ask({ type: 'find', id, text, cursor, newest })
      if (!('page' in answer)) throw new Error('The search gave no page')
      return answer.page
    },
    async values(key, typed) {
      const answer = await ask({ type: 'values', id: (lastId += 1), key, typed })
      if (!('values' in answer)) throw new Error('The search gave no values')
      return answer.values
    },
    rebuild,
    compare() {
      index?.postMessage({ type: 'compare' } satisfies IndexOrder)
    },
    async close() {
      closed = true
      prepared.resolve()
      endFind(new FoundryError('cancelled', 'Foundry is closing.'))
      const worker = index
      if (worker === null) return
      const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
      // Somebody waits for its end.
      worker.ref()
      worker.postMessage({ type: 'stop' } satisfies IndexOrder)
      const late = new Promise<'late'>((resolve) => setTimeout(() => resolve('late'), END_MS).unref())
      if ((await Promise.race([ended, late])) === 'late') await worker.terminate()
    },
  }
}
