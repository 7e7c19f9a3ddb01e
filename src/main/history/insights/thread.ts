import { join } from 'node:path'
import type Sqlite from 'better-sqlite3'
import { type ErrorValue, FoundryError, toErrorValue } from '@shared/errors'
import type { Insights, InsightsQuestion } from '@shared/insights'
import { databaseFailure, openConnection } from '../../database'
import { aggregate } from './aggregate'
import { Days } from './days'
import type { Facts } from './facts'
import { FactsReader } from './read-facts'

export interface InsightsThreadOptions {
  /** The data folder. */
  directory: string
  nativeBinding: string | undefined
}

export interface InsightsOrder {
  id: number
  question: InsightsQuestion
  /** The id of the newest question: an older one is given up. */
  newest: Int32Array
}

export type InsightsAnswer = { id: number } & ({ insights: Insights } | { error: ErrorValue })

/** Counts. What was read is kept, so that another filter costs no reading. */
export class InsightsThread {
  readonly #connection: Sqlite.Database
  readonly #directory: string
  #reader: FactsReader
  #hasIndex = false
  readonly #days = new Map<string, Days>()
  #kept: { organizationId: string; version: string; facts: Facts } | null = null

  constructor({ directory, nativeBinding }: InsightsThreadOptions) {
    this.#connection = openConnection(join(directory, 'foundry.db'), {
      synchronous: 'NORMAL',
      nativeBinding,
      readonly: true,
    })
    this.#directory = directory
    this.#reader = new FactsReader(this.#connection, false)
  }

  /** @throws FoundryError `cancelled` when a newer question came */
  read({ id, question, newest }: InsightsOrder): Insights {
    const check = (): void => {
      if (Atomics.load(newest, 0) !== id)
        throw new FoundryError('cancelled', 'Something else was asked meanwhile.')
    }
    check()
    const facts = this.#facts(question, check)
    check()
    let days = this.#days.get(question.timeZone)
    if (days === undefined) this.#days.set(question.timeZone, (days = new Days(question.timeZone)))
    return aggregate(facts, question, days)
  }

  answer(order: InsightsOrder): InsightsAnswer {
    try {
      return { id: order.id, insights: this.read(order) }
    } catch (error) {
      return { id: order.id, error: toErrorValue(databaseFailure(error)) }
    }
  }

  close(): void {
    this.#connection.close()
  }

  #facts(
    { organizationId, fresh }: Pick<InsightsQuestion, 'organizationId' | 'fresh'>,
    check: () => void,
  ): Facts {
    const kept = this.#kept?.organizationId === organizationId ? this.#kept : null
    if (kept !== null && !fresh) return kept.facts
    // The index may be made while somebody looks.
    if (!this.#hasIndex && attachIndex(this.#connection, this.#directory)) {
      this.#hasIndex = true
      this.#reader = new FactsReader(this.#connection, true)
    }
    // Before reading: what is written meanwhile is read the next time.
    const version = (this.#hasIndex ? ['main', 'derived'] : ['main'])
      .map((schema) => String(this.#connection.pragma(`${schema}.data_version`, { simple: true })))
      .join(' ')
    if (kept?.version === version) {
      // What failed is looked up a part at a time.
      if (kept.facts.index === 'partial')
        Object.assign(kept.facts, this.#reader.failed(organizationId, check))
      return kept.facts
    }
    const facts = this.#connection.transaction(() => this.#reader.read(organizationId, check))()
    this.#kept = { organizationId, version, facts }
    return facts
  }
}

/** Whether the index of the search can be read. Without it all is counted that does not need it. */
function attachIndex(connection: Sqlite.Database, directory: string): boolean {
  try {
    connection.prepare('ATTACH ? AS derived').run(join(directory, 'derived.db'))
    connection.prepare('SELECT count(*) FROM derived.sqlite_schema').get()
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false
    throw error
  }
}
