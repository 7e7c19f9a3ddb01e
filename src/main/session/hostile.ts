/** Readers for values that came from an agent: any shape is possible, none may throw. */

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function asText(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

/** A finite number that is not negative: counts, sizes and amounts of money. */
export function asAmount(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined
}

export function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

/** The first line, without control characters and directional marks that could disguise a name. */
export function asLine(value: unknown, limit: number): string | null {
  if (typeof value !== 'string') return null
  const line = value
    .slice(0, limit * 4)
    // oxlint-disable-next-line no-control-regex -- control characters are what is being removed
    .replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  if (line === '') return null
  return line.slice(0, limit).replace(/\p{Surrogate}/gu, '\ufffd')
}
