import type { Usage } from '@shared/domain'

/** How a turn ended, where there is something to say. */
export const stopWords: Record<string, string> = {
  end_turn: '',
  max_tokens: 'Stopped: the answer reached its token limit',
  max_turn_requests: 'Stopped: the turn reached its limit of requests',
  refusal: 'The agent refused',
  cancelled: 'Stopped by you',
  interrupted: 'Interrupted: the app or the agent went away',
  failed: 'Failed',
}

const count = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 })

/** Tokens of the turn, and what the session has cost until then, as far as the agent reports them. */
export function usageParts(usage: Usage | null): string[] {
  if (usage === null) return []
  const parts: string[] = []
  if (usage.inputTokens !== undefined || usage.outputTokens !== undefined) {
    parts.push(`${count.format(usage.inputTokens ?? 0)} in, ${count.format(usage.outputTokens ?? 0)} out`)
  } else if (usage.totalTokens !== undefined) parts.push(`${count.format(usage.totalTokens)} tokens`)
  if (usage.cost !== undefined) {
    parts.push(
      new Intl.NumberFormat(undefined, { maximumFractionDigits: 4 }).format(usage.cost.amount) +
        ` ${usage.cost.currency} so far`,
    )
  }
  return parts
}
