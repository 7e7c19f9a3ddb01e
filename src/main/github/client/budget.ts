import { countHeader, isNear, retryAfter, type Answer } from './answer'
import { PAUSE_MS } from './errors'
import type { Budget } from '@shared/github'
import type { Purpose } from '../types'

export type Resource = Budget['resource']

/** What a sync leaves for what a person does, of every limit. */
export const RESERVE_SHARE = 0.2
/** Checks of the rest are refreshed only while this much is left: a sync is worth more than they are. */
const CHECKS_SHARE = 0.5
const WINDOW_MS: Record<Resource, number> = { core: 3_600_000, graphql: 3_600_000, search: 60_000 }
/** GitHub names the reset of one window with a second more or less. */
const SAME_WINDOW_S = 2
const LONGEST_PAUSE_MS = 15 * 60_000

interface Window {
  limit: number
  remaining: number
  /** By GitHub's clock, in seconds; null while nothing of the window that began by our clock was heard. */
  reset: number | null
  /** By this machine's clock. */
  resetAt: number
  observedAt: number
  spent: Map<Purpose, number>
}

/** What an answer says of a budget. */
export interface Observation {
  limit: number
  remaining: number
  /** By GitHub's clock, in seconds. */
  reset: number
}

/** Why a request does not go out now. */
export interface Refusal {
  reason: 'rate' | 'secondary'
  until: number
  words: string
  /** There is something left, but not for this purpose. */
  reserved: boolean
}

/** A request under way; to be ended whatever becomes of it. */
export interface Permit {
  /** @param cost what it took of the budget: nothing for a 304 */
  end(cost: number): void
}

/** What one account may spend at GitHub, and the rules of who may. It only ever knows what GitHub last said. */
export interface BudgetKeeper {
  begin(resource: Resource, purpose: Purpose): { permit: Permit } | { refusal: Refusal }
  /** @param date GitHub's clock in that answer */
  observe(resource: Resource, observation: Observation, date: number): void
  /** GitHub asked for a pause that no budget explains. */
  paused(answer: Pick<Answer, 'headers'>): void
  /** An answer came as it should: the next pause need not be longer than the last. */
  succeeded(): void
  /** In this machine's time, null if unknown. */
  resetAt(resource: Resource): number | null
  budgets(): Budget[]
}

export function createBudgetKeeper(now: () => number): BudgetKeeper {
  const windows = new Map<Resource, Window>()
  const underWay = new Map<Resource, number>()
  const lastCost = new Map<string, number>()
  let pausedUntil = 0
  let pauses = 0

  /** The window at this moment; one whose reset has passed is a fresh one until GitHub says otherwise. */
  function current(resource: Resource): Window | null {
    const known = windows.get(resource)
    if (known === undefined || now() < known.resetAt) return known ?? null
    const fresh: Window = {
      ...known,
      remaining: known.limit,
      reset: null,
      resetAt: now() + WINDOW_MS[resource],
      spent: new Map(),
    }
    windows.set(resource, fresh)
    return fresh
  }

  function refuse(resource: Resource, purpose: Purpose, cost: number): Refusal | null {
    const patient = purpose === 'sync' || purpose === 'checks'
    if (patient && pausedUntil > now())
      return { reason: 'secondary', until: pausedUntil, words: 'GitHub asked for a pause.', reserved: false }
    const window = current(resource)
    if (window === null) return null
    const left = window.remaining - (underWay.get(resource) ?? 0) - cost
    if (left >= floorOf(window.limit, purpose)) return null
    const words = `${window.remaining} of ${window.limit} (${resource}) are left until the reset.`
    return { reason: 'rate', until: window.resetAt, words, reserved: window.remaining >= cost }
  }

  return {
    begin(resource, purpose) {
      const key = `${resource} ${purpose}`
      const cost = Math.max(1, lastCost.get(key) ?? 1)
      const refusal = refuse(resource, purpose, cost)
      if (refusal !== null) return { refusal }
      underWay.set(resource, (underWay.get(resource) ?? 0) + cost)
      return {
        permit: {
          end(spent) {
            underWay.set(resource, (underWay.get(resource) ?? 0) - cost)
            if (spent === 0) return
            lastCost.set(key, spent)
            const window = current(resource)
            window?.spent.set(purpose, (window.spent.get(purpose) ?? 0) + spent)
          },
        },
      }
    },

    observe(resource, { limit, remaining, reset }, date) {
      const known = current(resource)
      const ahead = translate(reset, date, now())
      const same =
        known !== null && known.reset !== null && (ahead === null || reset - known.reset <= SAME_WINDOW_S)
      // Answers overtake each other: one of an earlier window, or with more left than is known, says nothing new.
      if (same && ahead !== null && known.reset !== null && known.reset - reset > SAME_WINDOW_S) return
      const resetAt = ahead === null ? (known?.resetAt ?? now() + WINDOW_MS[resource]) : now() + ahead
      windows.set(resource, {
        limit,
        remaining: same ? Math.min(known.remaining, remaining) : remaining,
        reset: ahead === null ? (known?.reset ?? null) : reset,
        resetAt: same ? Math.min(known.resetAt, resetAt) : resetAt,
        observedAt: now(),
        spent: same || known?.reset === null ? known.spent : new Map(),
      })
    },

    paused({ headers }) {
      pauses += 1
      const asked = retryAfter(headers, now())
      // Without a time GitHub wants a minute, and longer each time it has to say so again.
      const own = now() + Math.min(PAUSE_MS * 2 ** (pauses - 1), LONGEST_PAUSE_MS)
      pausedUntil = Math.max(pausedUntil, asked ?? own)
    },

    succeeded() {
      if (pausedUntil <= now()) pauses = 0
    },

    resetAt: (resource) => windows.get(resource)?.resetAt ?? null,

    budgets() {
      return [...windows.keys()].flatMap((resource) => {
        const window = current(resource)
        if (window === null) return []
        const spent = [...window.spent].map(([purpose, amount]) => ({ purpose, amount }))
        const { limit, remaining, resetAt, observedAt } = window
        return [{ resource, limit, remaining, reserve: reserveOf(limit), resetAt, spent, observedAt }]
      })
    },
  }
}

export function reserveOf(limit: number): number {
  return Math.ceil(limit * RESERVE_SHARE)
}

/** What has to be left after a request. */
function floorOf(limit: number, purpose: Purpose): number {
  if (purpose === 'sync') return reserveOf(limit)
  return purpose === 'checks' ? Math.ceil(limit * CHECKS_SHARE) : 0
}

/**
 * How far ahead a reset is. By GitHub's own date if that fits, else by this machine's clock if that does; null if
 * neither makes sense, and then nothing is built on it.
 */
function translate(reset: number, date: number, now: number): number | null {
  const byDate = reset * 1000 - date
  if (isNear(byDate)) return Math.max(0, byDate)
  const byClock = reset * 1000 - now
  return isNear(byClock) ? Math.max(0, byClock) : null
}

/** What the headers of an answer say; null where the server keeps no budgets. */
export function observationOf(headers: Record<string, string>): Observation | null {
  const limit = countHeader(headers, 'x-ratelimit-limit')
  const remaining = countHeader(headers, 'x-ratelimit-remaining')
  const reset = countHeader(headers, 'x-ratelimit-reset')
  if (limit === null || limit === 0 || remaining === null || reset === null) return null
  return { limit, remaining: Math.min(remaining, limit), reset }
}

/** Which budget the headers speak of; null for one that is not kept, such as that of code search. */
export function resourceOf(headers: Record<string, string>, asked: Resource): Resource | null {
  const named = headers['x-ratelimit-resource']
  if (named === undefined) return asked
  return named === 'core' || named === 'search' || named === 'graphql' ? named : null
}
