import { stripVTControlCharacters } from 'node:util'

/** What may be the beginning of an escape sequence is held back no longer than this. */
const LONGEST_ESCAPE = 200

/**
 * Makes the output of a program, in base64 pieces, into text for a log: what is not UTF-8 is replaced, escape sequences
 * and other control characters are taken out, and a line that was written over counts as another line.
 */
export function plainText(): (base64: string) => string {
  const decoder = new TextDecoder()
  let held = ''
  let returns = ''
  return (base64) => {
    const text = held + decoder.decode(Buffer.from(base64, 'base64'), { stream: true })
    const open = openEscape(text)
    held = text.slice(open)
    const plain = returns + stripVTControlCharacters(text.slice(0, open))
    // A line may end here, or be written over: what comes next says which.
    returns = /\r*$/.exec(plain)?.[0] ?? ''
    return (
      plain
        .slice(0, plain.length - returns.length)
        .replaceAll(/\r+\n/g, '\n')
        .replaceAll('\r', '\n')
        // oxlint-disable-next-line no-control-regex -- that these are taken out is the point
        .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '')
    )
  }
}

/** Where an escape sequence begins whose rest is still to come. */
function openEscape(text: string): number {
  const escape = text.lastIndexOf('\u001b')
  if (escape < 0 || text.length - escape > LONGEST_ESCAPE) return text.length
  const tail = text.slice(escape)
  // oxlint-disable-next-line no-control-regex -- as above
  const closed = /^\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[ -/]*[0-Z\\^-~])/.test(
    tail,
  )
  return closed ? text.length : escape
}
