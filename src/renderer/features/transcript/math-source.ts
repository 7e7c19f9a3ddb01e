import type { TokenizerExtensionFunction, TokenizerStartFunction, Tokens } from 'marked'

/** A formula in a message, as TeX. */
export interface MathToken {
  type: 'math'
  raw: string
  tex: string
  /** It stands on a line of its own. */
  display: boolean
}

/** A longer formula is text. */
const longest = 2000
const beginsWell = /[$\\]/

/**
 * A formula at the beginning of a text. Dollars stand around other things as well (prices, variables of a shell): with one on
 * each side, only what is written tightly and looks like TeX is a formula.
 */
export function readMath(source: string): MathToken | undefined {
  if (!beginsWell.test(source.charAt(0))) return undefined
  const near = source.slice(0, longest)
  const display = /^\$\$([^$]+)\$\$/.exec(near) ?? /^\\\[([^$]+?)\\\]/.exec(near)
  if (display !== null) return tokenOf(display, true)
  const inline = /^\\\(([^$]+?)\\\)/.exec(near)
  if (inline !== null) return tokenOf(inline, false)
  const tight = /^\$(?![\s$])((?:[^$\n\\]|\\[^\n])*)(?<!\s)\$(?![\w$])/.exec(near)
  const tex = tight?.[1] ?? ''
  if (tight === null || !/[\\^_{}=]|^[A-Za-z]$/.test(tex)) return undefined
  return tokenOf(tight, false)
}

function tokenOf(match: RegExpExecArray, display: boolean): MathToken | undefined {
  const tex = (match[1] ?? '').trim()
  return tex === '' ? undefined : { type: 'math', raw: match[0], tex, display }
}

/** Where the next formula may begin. */
export const mathStart: TokenizerStartFunction = (source) => {
  const found = /(?<![\w\\$])\$|\\[[(]/.exec(source)
  return found === null ? undefined : found.index
}

export const mathTokenizer: TokenizerExtensionFunction = (source) =>
  readMath(source) as Tokens.Generic | undefined
