import { join } from 'node:path'
import type Sqlite from 'better-sqlite3'
import { toErrorValue, wordsOf } from '@shared/errors'
import { databaseFailure, openConnection } from '../../database'
import { filterValues } from './filters'
import { Finder } from './finder'
import { isDamage } from './index-thread'
import type { FindAnswer, FindOrder, SearchThread } from './worker-messages'

/** Opens what is stored, and the index beside it, in a way that neither can be written. */
export function openForReading({ directory, nativeBinding }: Omit<SearchThread, 'role'>): Sqlite.Database {
  const connection = openConnection(join(directory, 'foundry.db'), {
    synchronous: 'NORMAL',
    nativeBinding,
    readonly: true,
  })
  try {
    // What is attached to a connection that cannot write cannot be written either.
    connection.prepare('ATTACH ? AS derived').run(join(directory, 'derived.db'))
    return connection
  } catch (error) {
    connection.close()
    throw error
  }
}

/** Answers one question after the other; one that was followed by a newer one ends early. */
export class FindThread {
  readonly #connection: Sqlite.Database
  readonly #finder: Finder
  readonly #answer: (answer: FindAnswer) => void
  #last: Promise<void> = Promise.resolve()

  constructor(thread: SearchThread, answer: (answer: FindAnswer) => void) {
    this.#connection = openForReading(thread)
    this.#finder = new Finder(this.#connection)
    this.#answer = answer
  }

  order(order: FindOrder): void {
    this.#last = this.#last.then(() => this.#work(order))
  }

  async #work(order: FindOrder): Promise<void> {
    const { id } = order
    try {
      if (order.type === 'values') {
        this.#answer({ id, values: filterValues(this.#connection, order.key, order.typed) })
        return
      }
      const { newest } = order
      const superseded = (): boolean => Atomics.load(newest, 0) !== id
      this.#answer({ id, page: await this.#finder.find(order.text, order.cursor, superseded) })
    } catch (error) {
      const damaged = isDamage(error)
      this.#answer({
        id,
        damaged,
        error: damaged
          ? {
              kind: 'conflict',
              message: 'The search index is damaged. It is being made anew.',
              next: 'Search again in a moment.',
              detail: wordsOf(error),
            }
          : toErrorValue(databaseFailure(error)),
      })
    }
  }
}
