import type { Sync } from '@shared/github'

const SHOWN_MS = 60_000
const OTHERS_MS = 15 * 60_000
/** What a person notices happening (coming back, waking the machine, a push) starts a sync this often at most. */
const NUDGED_MS = 10_000
/** Every list is read to its end once a day, whatever the updates told. */
const FULL_MS = 24 * 3_600_000

/** What decides when an organization is synced again. */
export interface Occasion {
  state: Sync['state']
  shown: boolean
  waitingUntil: number | null
  /** When the last run began, in this run of the app; null if none did. */
  startedAt: number | null
  syncedAt: number | null
  /** GitHub wants to be asked this seldom. */
  pollMs: number
}

/** When it is due by the clock; null for never, until a person starts it. */
export function dueAt(occasion: Occasion, now: number): number | null {
  const { state, startedAt, syncedAt } = occasion
  if (state === 'cancelled') return null
  if (state === 'waiting') return occasion.waitingUntil ?? now
  if (state === 'never' || state === 'running') return now
  const interval = Math.max(occasion.shown ? SHOWN_MS : OTHERS_MS, occasion.pollMs)
  return (startedAt ?? syncedAt ?? now - interval) + interval
}

/** When it starts on an occasion a person notices; null for not because of that. */
export function nudgedAt(occasion: Occasion, network: boolean, now: number): number | null {
  const { state, startedAt, waitingUntil } = occasion
  if (state === 'cancelled') return null
  // A limit of GitHub is not over because somebody looks.
  if (state === 'waiting' && !network) return Math.max(waitingUntil ?? now, now)
  return startedAt === null ? now : Math.max(now, startedAt + Math.max(NUDGED_MS, occasion.pollMs))
}

export function isFullDue(row: { changesSince: number | null; fullAt: number | null }, now: number): boolean {
  return row.changesSince === null || row.fullAt === null || now - row.fullAt >= FULL_MS
}
