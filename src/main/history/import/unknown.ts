/** Names are told of the first so many kinds; the rest are counted together. */
const MOST_KINDS = 50
const LONGEST_NAME = 80
const REST = 'others'

/** Counts what this version does not know, by what it is called in a file that anybody can have written. */
export function countUnknown(amounts: Record<string, number>, kind: string): void {
  const name = kind.slice(0, LONGEST_NAME)
  const key = Object.hasOwn(amounts, name) || Object.keys(amounts).length < MOST_KINDS ? name : REST
  amounts[key] = (Object.hasOwn(amounts, key) ? (amounts[key] ?? 0) : 0) + 1
}
