/** Longest string a page of the transcript carries. What is longer is cut and read with `payload`. */
export const STRING_LIMIT = 8192
/** Most a whole row carries, however many strings it has. */
const ROW_LIMIT = 48 * 1024
/** Deeper than this nothing an agent sends means anything to a reader; a stack overflow would end the app. */
const DEPTH_LIMIT = 48

export interface CutResult {
  value: unknown
  /** Whether anything was left out. */
  cut: boolean
}

/**
 * A copy of a JSON value that is small enough for a page: long strings, long lists and deep nesting are cut.
 * The value itself is returned when nothing had to go.
 */
export function cutValue(value: unknown): CutResult {
  if (roughSize(value, STRING_LIMIT) <= STRING_LIMIT) return { value, cut: false }
  for (const strings of [STRING_LIMIT, 1024, 128]) {
    const limits: Limits = { strings, items: strings === STRING_LIMIT ? 2000 : 100, cut: false }
    const copy = copyWithin(value, limits, 0)
    if (roughSize(copy, ROW_LIMIT) <= ROW_LIMIT) return { value: limits.cut ? copy : value, cut: limits.cut }
  }
  const limits: Limits = { strings: 64, items: 8, cut: false }
  const copy = copyWithin(value, limits, 0)
  // Eight of eight of eight ... still grows without bound: then only the outer fields are shown.
  const small = roughSize(copy, ROW_LIMIT) <= ROW_LIMIT ? copy : outline(value)
  return { value: small, cut: true }
}

/** About how many bytes the JSON of a value takes, for people to read. */
export function jsonBytes(value: unknown): number {
  return roughSize(value, Number.POSITIVE_INFINITY, (text) => Buffer.byteLength(text, 'utf8'))
}

interface Limits {
  strings: number
  items: number
  cut: boolean
}

function copyWithin(value: unknown, limits: Limits, depth: number): unknown {
  if (typeof value === 'string') {
    if (value.length <= limits.strings) return value
    limits.cut = true
    return value.slice(0, limits.strings)
  }
  if (typeof value !== 'object' || value === null) return value
  if (depth >= DEPTH_LIMIT) {
    limits.cut = true
    return null
  }
  if (Array.isArray(value)) {
    if (value.length > limits.items) limits.cut = true
    return value.slice(0, limits.items).map((item) => copyWithin(item, limits, depth + 1))
  }
  const copy: Record<string, unknown> = {}
  let fields = 0
  for (const [key, field] of Object.entries(value)) {
    if (fields >= limits.items || key.length > limits.strings) {
      limits.cut = true
      continue
    }
    fields += 1
    setField(copy, key, copyWithin(field, limits, depth + 1))
  }
  return copy
}

/** Plain assignment to `__proto__` would change the copy's prototype instead. */
function setField(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true })
  } else {
    target[key] = value
  }
}

/** Keeps strings and numbers of the outer two levels: enough to know what kind of event it was. */
function outline(value: unknown): unknown {
  const limits: Limits = { strings: 64, items: 16, cut: true }
  return copyWithin(value, limits, DEPTH_LIMIT - 2)
}

/** Walks without recursion, and stops as soon as the limit is passed. */
function roughSize(
  value: unknown,
  limit: number,
  measure: (text: string) => number = (text) => text.length,
): number {
  let size = 0
  const stack: unknown[] = [value]
  while (stack.length > 0 && size <= limit) {
    const next = stack.pop()
    if (typeof next === 'string') size += measure(next) + 3
    else if (typeof next !== 'object' || next === null) size += 6
    else if (Array.isArray(next)) {
      size += 2
      for (const item of next) stack.push(item)
    } else {
      size += 2
      for (const [key, field] of Object.entries(next)) {
        size += measure(key) + 4
        stack.push(field)
      }
    }
  }
  return size
}
