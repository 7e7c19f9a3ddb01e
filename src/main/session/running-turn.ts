import type { Usage } from '@shared/domain'
import type { TurnRow } from './session-store'

/** A turn while it runs. */
export interface RunningTurn {
  readonly row: TurnRow
  usage: Usage | null
  cancelOverdue: boolean
  /** Its agent has begun to use tools. */
  usesTools: boolean
  /** Resolves when the turn is over and on disk. */
  readonly over: Promise<void>
  readonly finish: () => void
}

export function runningTurn(row: TurnRow): RunningTurn {
  const { promise: over, resolve: finish } = Promise.withResolvers<void>()
  return { row, usage: null, cancelOverdue: false, usesTools: false, over, finish }
}
