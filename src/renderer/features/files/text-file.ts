/**
 * Text as people edit it, and the bytes it stands for. What was not edited comes back byte for byte: line endings, the
 * byte order mark and the end of the last line are those of the file.
 */

/** What separates the lines of a file. `mixed`: not the same everywhere, so that each is kept where it stands. */
export type LineEnding = 'lf' | 'crlf' | 'cr' | 'mixed'

export interface TextFormat {
  /** It begins with a byte order mark. */
  readonly bom: boolean
  readonly ending: LineEnding
}

export type ReadText =
  | { readonly kind: 'text'; readonly text: string; readonly format: TextFormat }
  /** Text, but not UTF-8: it can be read, and not be written back as it was. */
  | { readonly kind: 'foreign'; readonly text: string; readonly encoding: string }
  | { readonly kind: 'binary' }

const BOM = '\uFEFF'
/** As git tells binary files from others: a zero byte near the beginning. */
const LOOKED_AT = 8000

/** In the text, lines end with a line feed alone, unless they end in different ways. */
export function readText(bytes: Uint8Array): ReadText {
  const wide = wideEncoding(bytes)
  if (wide !== null)
    return { kind: 'foreign', text: decode(bytes, wide, false), encoding: wide.toUpperCase() }
  if (bytes.subarray(0, LOOKED_AT).includes(0)) return { kind: 'binary' }
  try {
    const whole = decode(bytes, 'utf-8', true)
    const bom = whole.startsWith(BOM)
    const text = bom ? whole.slice(1) : whole
    const ending = endingOf(text)
    return { kind: 'text', text: toLineFeeds(text, ending), format: { bom, ending } }
  } catch (error) {
    // The only reason to throw: bytes that are no UTF-8.
    if (!(error instanceof TypeError)) throw error
    return { kind: 'foreign', text: decode(bytes, 'utf-8', false), encoding: 'not UTF-8' }
  }
}

/** The bytes of a text. Of what `readText` gave, the bytes it was given. */
export function writeText(text: string, { bom, ending }: TextFormat): Uint8Array<ArrayBuffer> {
  const separator = { lf: '\n', crlf: '\r\n', cr: '\r', mixed: '\n' }[ending]
  const ended = separator === '\n' ? text : text.replaceAll('\n', separator)
  return new TextEncoder().encode(bom ? BOM + ended : ended)
}

function decode(bytes: Uint8Array, encoding: string, fatal: boolean): string {
  return new TextDecoder(encoding, { fatal, ignoreBOM: encoding === 'utf-8' }).decode(bytes)
}

function wideEncoding(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | null {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : null
}

function endingOf(text: string): LineEnding {
  if (!text.includes('\r')) return 'lf'
  // A return that ends nothing would come back as what ends lines, and the other way round.
  if (!text.includes('\n')) return 'cr'
  const pairs = text.match(/\r\n/g)?.length ?? 0
  const feeds = text.match(/\n/g)?.length ?? 0
  const returns = text.match(/\r/g)?.length ?? 0
  return pairs === feeds && pairs === returns ? 'crlf' : 'mixed'
}

function toLineFeeds(text: string, ending: LineEnding): string {
  if (ending === 'crlf') return text.replaceAll('\r\n', '\n')
  return ending === 'cr' ? text.replaceAll('\r', '\n') : text
}
