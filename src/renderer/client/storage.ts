import { reportError } from './report'

/**
 * What this window remembers between runs about its own look (widths, folded groups). Work and drafts live in
 * the database. A storage that refuses costs nothing but that memory.
 */
export function readStored<Value>(key: string, accept: (value: unknown) => Value | null): Value | null {
  try {
    const text = localStorage.getItem(`foundry.${key}`)
    return text === null ? null : accept(JSON.parse(text))
  } catch (thrown) {
    reportError(new Error(`The stored value of "${key}" could not be read`, { cause: thrown }))
    return null
  }
}

export function writeStored(key: string, value: unknown): void {
  try {
    localStorage.setItem(`foundry.${key}`, JSON.stringify(value))
  } catch (thrown) {
    reportError(new Error(`The value of "${key}" could not be stored`, { cause: thrown }))
  }
}
