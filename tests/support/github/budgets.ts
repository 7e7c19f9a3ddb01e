import type { Resource } from './answer'

const HOUR = 3_600_000
const windows: Record<Resource, number> = { core: HOUR, graphql: HOUR, search: 60_000 }

interface Window {
  used: number
  resetAt: number
}

/** What each user may spend. A window begins with the first request of it, as at GitHub. */
export class Budgets {
  readonly limits: Record<Resource, number> = { core: 5000, graphql: 5000, search: 30 }
  readonly #windows = new Map<string, Window>()

  constructor(readonly now: () => number) {}

  #window(userId: number, resource: Resource): Window {
    const key = `${userId} ${resource}`
    const known = this.#windows.get(key)
    if (known !== undefined && known.resetAt > this.now()) return known
    const fresh = { used: 0, resetAt: this.now() + windows[resource] }
    this.#windows.set(key, fresh)
    return fresh
  }

  state(userId: number, resource: Resource) {
    const { used, resetAt } = this.#window(userId, resource)
    const limit = this.limits[resource]
    return { limit, used, remaining: Math.max(0, limit - used), reset: Math.floor(resetAt / 1000), resetAt }
  }

  spend(userId: number, resource: Resource, cost: number): void {
    this.#window(userId, resource).used += cost
  }

  /** Leaves the user that much of it; the window ends at `resetAt`, where that is said. */
  leave(userId: number, resource: Resource, remaining: number, resetAt?: number): void {
    const window = this.#window(userId, resource)
    window.used = this.limits[resource] - remaining
    if (resetAt !== undefined) window.resetAt = resetAt
  }

  headers(userId: number, resource: Resource): Record<string, string> {
    const { limit, used, remaining, reset } = this.state(userId, resource)
    return {
      'X-RateLimit-Limit': String(limit),
      'X-RateLimit-Remaining': String(remaining),
      'X-RateLimit-Reset': String(reset),
      'X-RateLimit-Used': String(used),
      'X-RateLimit-Resource': resource,
    }
  }
}
