/** What is counted, apart from where it is stored. Times are those of the clock of this computer, unless told else. */

export interface TurnFact {
  at: number
  taskId: string
  repositoryId: string
  agentId: string
  modelId: string | null
  /** Null while it runs. */
  stopReason: string | null
  /** Null where the agent said nothing of it. */
  tokens: number | null
  cost: { amount: number; currency: string } | null
}

export interface TaskFact {
  id: string
  repositoryId: string
  startedAt: number
  firstChangeAt: number | null
  /** GitHub's clock; null for a pull request that was there before the task was worked on. */
  pullRequestAt: number | null
  hadPullRequest: boolean
  mergedAt: number | null
}

/** Something that happened in a turn of an agent. */
export interface EventFact {
  at: number
  taskId: string
  repositoryId: string
  agentId: string
  modelId: string | null
  key: string
}

export interface CheckFact {
  at: number
  taskId: string
  repositoryId: string
}

export interface Facts {
  turns: readonly TurnFact[]
  tasks: readonly TaskFact[]
  /** By how they were answered. */
  permissions: readonly EventFact[]
  /** Tool calls that failed, by kind of tool. */
  tools: readonly EventFact[]
  errors: readonly EventFact[]
  checks: readonly CheckFact[]
  /** Names by id. */
  repositories: ReadonlyMap<string, string>
  index: 'complete' | 'partial' | 'none'
}

/** A turn's usage as it is stored. */
export interface StoredUsage {
  tokens: number | null
  /** What the agent's session has cost until then. */
  total: { amount: number; currency: string } | null
}

const amount = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null

export function readUsage(json: string | null): StoredUsage {
  const nothing: StoredUsage = { tokens: null, total: null }
  if (json === null) return nothing
  let usage: unknown
  try {
    usage = JSON.parse(json)
  } catch (error) {
    if (error instanceof SyntaxError) return nothing
    throw error
  }
  if (typeof usage !== 'object' || usage === null) return nothing
  const fields = usage as Record<string, unknown>
  const input = amount(fields['inputTokens'])
  const output = amount(fields['outputTokens'])
  const parts = input === null && output === null ? null : (input ?? 0) + (output ?? 0)
  const cost = fields['cost']
  const { amount: sum, currency } = (typeof cost === 'object' && cost !== null ? cost : {}) as Record<
    string,
    unknown
  >
  const paid = amount(sum)
  return {
    tokens: amount(fields['totalTokens']) ?? parts,
    total:
      paid === null || typeof currency !== 'string' || currency.trim() === ''
        ? null
        : { amount: paid, currency: currency.trim().slice(0, 10).toUpperCase() },
  }
}

/**
 * Agents tell what their session has cost so far, so a turn cost what was added since the last one that told. A sum
 * that went down is of a counter that began anew.
 */
export class Costs {
  readonly #last = new Map<string, number>()

  /** Turns of a session have to come in the order in which they ran. */
  add(session: string, total: StoredUsage['total']): TurnFact['cost'] {
    if (total === null) return null
    const key = `${session}\n${total.currency}`
    const before = this.#last.get(key) ?? 0
    this.#last.set(key, total.amount)
    return { currency: total.currency, amount: total.amount >= before ? total.amount - before : total.amount }
  }
}
