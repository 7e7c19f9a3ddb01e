import type { Usage } from '@shared/domain'
import { asAmount, asText, isRecord } from './hostile'

/** Token counts as the answer to a prompt carries them. */
export function usageOf(value: unknown): Usage | null {
  if (!isRecord(value)) return null
  return orNull({
    ...field('inputTokens', asAmount(value['inputTokens'])),
    ...field('outputTokens', asAmount(value['outputTokens'])),
    ...field('totalTokens', asAmount(value['totalTokens'])),
  })
}

/** Context and cost as a `usage_update` carries them. */
export function usageOfUpdate(update: Record<string, unknown>): Usage | null {
  const cost = isRecord(update['cost']) ? update['cost'] : {}
  const amount = asAmount(cost['amount'])
  const currency = asText(cost['currency'])
  return orNull({
    ...field('contextUsed', asAmount(update['used'])),
    ...field('contextSize', asAmount(update['size'])),
    ...(amount === undefined || currency === null
      ? {}
      : { cost: { amount, currency: currency.slice(0, 10) } }),
  })
}

export function joinUsage(before: Usage | null, next: Usage | null): Usage | null {
  return before === null ? next : { ...before, ...next }
}

function field<Name extends string>(name: Name, value: number | undefined): { [Key in Name]?: number } {
  return value === undefined ? {} : ({ [name]: value } as { [Key in Name]: number })
}

function orNull(usage: Usage): Usage | null {
  return Object.keys(usage).length === 0 ? null : usage
}
