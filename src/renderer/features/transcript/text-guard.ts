/**
 * What agents write can be made to hurt: nested deeper than any reader follows, or with characters that turn text
 * around. Both are made harmless here, before anything is parsed or shown.
 */

/** A line that begins with more quotes and list markers than this is text. */
const deepLine = /^(?:[ \t]*(?:>|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t]))){17}[^\n]*/gm
/** So is one that is indented further than this before its marker. */
const farLine = /^[ \t]{80,}(?:>|[-*+][ \t]|\d{1,9}[.)][ \t])[^\n]*/gm

/** The text with the same length and lines, in which nothing nests deeper than a parser can follow. */
export function flattened(text: string): string {
  const without = (line: string): string => line.replaceAll(/\S/g, 'x')
  return text.replace(deepLine, without).replace(farLine, without)
}

/** Characters that turn the direction of what follows, or are none at all: shown, so that nothing hides behind them. */
const turning = /[\u202A-\u202E\u2066-\u2069]/g
// oxlint-disable-next-line no-control-regex
const unseen = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u200B\u200E\u200F\u2060-\u2064\uFEFF]/g

/** Prose: right-to-left text reads as it should, but nothing is turned around by force. */
export function withoutTurns(text: string): string {
  return text.replace(turning, named)
}

/** Code, commands and outputs, where every character counts. */
export function withUnseen(text: string): string {
  return text.replace(turning, named).replace(unseen, pictured)
}

function pictured(character: string): string {
  const code = character.charCodeAt(0)
  // Of those a terminal acts on there can be thousands, in what was no text to begin with.
  return code < 0xa0 ? '·' : named(character)
}

function named(character: string): string {
  return `[U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}]`
}

const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00A0',
  copy: '©',
  reg: '®',
  trade: '™',
  hellip: '…',
  mdash: '—',
  ndash: '–',
  rarr: '→',
  larr: '←',
  harr: '↔',
  times: '×',
  middot: '·',
  bull: '•',
  le: '≤',
  ge: '≥',
  ne: '≠',
  deg: '°',
  laquo: '«',
  raquo: '»',
  lsquo: '‘',
  rsquo: '’',
  ldquo: '“',
  rdquo: '”',
  check: '✓',
}

/** Character references of HTML, which markdown allows in text. */
export function withCharacters(text: string): string {
  if (!text.includes('&')) return text
  return text.replaceAll(/&(?:#(\d{1,7})|#[xX]([\da-fA-F]{1,6})|([a-zA-Z]{2,8}));/g, (whole, ...parts) => {
    const [decimal, hex, name] = parts as (string | undefined)[]
    if (name !== undefined) return entities[name] ?? whole
    const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal)
    const valid = code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff)
    return valid ? String.fromCodePoint(code) : '\uFFFD'
  })
}
