import type { DatabaseHealth } from '@shared/backups'
import { toErrorValue, type FoundryError } from '@shared/errors'
import type { TransactionWatch } from './connection'
import { databaseFailure, DatabaseDamaged } from './failure'

/** While the disk refuses, whether it still does is looked at this often. */
const PROBE_MS = 5000

export interface Health extends TransactionWatch {
  state(): DatabaseHealth
  /** Tells of a failure that no transaction met, as of a read. Anything that is not of the disk is nothing. */
  saw(error: unknown): void
  onChange(listener: () => void): void
  close(): void
}

/**
 * Knows whether the database can be written. Where it cannot, a small write is tried until it can; after damage nothing
 * more is written at all, so that nothing is acknowledged that may be lost.
 *
 * @param probe writes something that changes nothing
 * @param suspect notes for the next start that the file is to be checked in full
 */
export function createHealth(options: {
  now(): number
  probe(): void
  suspect(detail: string): void
  setInterval?: (run: () => void, ms: number) => { unref(): unknown }
  clearInterval?: (timer: never) => void
}): Health {
  const every = options.setInterval ?? setInterval
  const end = (options.clearInterval ?? clearInterval) as (timer: unknown) => void
  const listeners = new Set<() => void>()
  let state: DatabaseHealth = { state: 'fine' }
  let damage: DatabaseDamaged | null = null
  let timer: { unref(): unknown } | null = null

  function become(next: DatabaseHealth): void {
    state = next
    if (next.state === 'refused') {
      timer ??= every(probe, PROBE_MS)
      timer.unref()
    } else if (timer !== null) {
      end(timer)
      timer = null
    }
    for (const listener of listeners) listener()
  }

  function probe(): void {
    try {
      options.probe()
    } catch (error) {
      // Still refused: `refused` was told by the transaction itself.
      saw(error)
    }
  }

  function refused(failure: FoundryError): void {
    if (damage !== null) return
    const error = toErrorValue(failure)
    if (failure instanceof DatabaseDamaged) {
      damage = failure
      options.suspect(failure.detail ?? failure.message)
      become({ state: 'damaged', since: options.now(), error })
    } else if (state.state !== 'refused' || state.error.message !== error.message)
      become({ state: 'refused', since: options.now(), error })
  }

  function saw(error: unknown): void {
    const failure = databaseFailure(error)
    // What a read is refused for a moment is told to whoever asked; only damage concerns everybody.
    if (failure instanceof DatabaseDamaged) refused(failure)
  }

  return {
    state: () => state,
    committed() {
      if (state.state === 'refused') become({ state: 'fine' })
    },
    refused,
    stopped: () => damage,
    saw,
    onChange: (listener) => void listeners.add(listener),
    close() {
      if (timer !== null) end(timer)
      timer = null
    },
  }
}
