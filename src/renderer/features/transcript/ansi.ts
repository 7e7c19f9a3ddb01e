import { withUnseen } from './text-guard'

/** A stretch of terminal output that looks the same. */
export interface AnsiSpan {
  readonly text: string
  /** Classes; empty for the usual look. */
  readonly look: string
}

const colours = [
  'text-text-faint',
  'text-danger',
  'text-success',
  'text-warning',
  'text-info',
  'text-agent-rose',
  'text-agent-sky',
  'text-text',
]

/** CSI, OSC and other control strings, and two-character escapes. */
const escape =
  // oxlint-disable-next-line no-control-regex
  /\u001B(?:\[([0-?]*)[ -/]*([@-~])|\][^\u0007\u001B]*(?:\u0007|\u001B\\)?|[PX^_][^\u001B]*(?:\u001B\\)?|[ -/]*[0-~])?/g

/** So many changes of colour are followed; a hostile output would make an element of every letter. */
const spanLimit = 2000

/**
 * What a terminal would show of an output, as far as a page can: colours, and lines written over by carriage returns
 * and backspaces. Everything else a terminal could be told is left out.
 */
export function readAnsi(output: string): AnsiSpan[] {
  const spans: AnsiSpan[] = []
  let look = { colour: '', bold: false, faint: false, underlined: false }
  let from = 0
  const text = overwritten(output)
  const take = (to: number): void => {
    if (to === from) return
    const piece = withUnseen(text.slice(from, to))
    const classes = classesOf(look)
    const last = spans.at(-1)
    if (last !== undefined && last.look === classes)
      spans[spans.length - 1] = { text: last.text + piece, look: classes }
    else spans.push({ text: piece, look: classes })
  }
  for (const match of text.matchAll(escape)) {
    take(match.index)
    from = match.index + match[0].length
    if (match[2] === 'm' && spans.length < spanLimit) look = after(look, match[1] ?? '')
  }
  take(text.length)
  return spans
}

type Look = { colour: string; bold: boolean; faint: boolean; underlined: boolean }

function classesOf(look: Look): string {
  return [
    look.colour !== '' ? look.colour : look.faint ? 'text-text-muted' : '',
    look.bold ? 'font-semibold' : '',
    look.underlined ? 'underline' : '',
  ]
    .filter((one) => one !== '')
    .join(' ')
}

function after(look: Look, parameters: string): Look {
  let next = look
  const codes = parameters.split(';').map(Number)
  for (let index = 0; index < codes.length; index++) {
    const code = codes[index] ?? 0
    if (code === 0) next = { colour: '', bold: false, faint: false, underlined: false }
    else if (code === 1) next = { ...next, bold: true }
    else if (code === 2) next = { ...next, faint: true }
    else if (code === 4) next = { ...next, underlined: true }
    else if (code === 22) next = { ...next, bold: false, faint: false }
    else if (code === 24) next = { ...next, underlined: false }
    else if (code === 39) next = { ...next, colour: '' }
    else if (code >= 30 && code <= 37) next = { ...next, colour: colours[code - 30] ?? '' }
    else if (code >= 90 && code <= 97) next = { ...next, colour: colours[code - 90] ?? '' }
    else if (code === 38 || code === 48) {
      const fixed = codes[index + 1] === 5 ? codes[index + 2] : undefined
      if (code === 38 && fixed !== undefined && fixed < 16)
        next = { ...next, colour: colours[fixed % 8] ?? '' }
      index += codes[index + 1] === 5 ? 2 : codes[index + 1] === 2 ? 4 : 0
    }
  }
  return next
}

/** Progress is drawn by writing over a line: what stood last in it is what is left. */
function overwritten(output: string): string {
  if (!output.includes('\r') && !output.includes('\b')) return output
  return output
    .replaceAll('\r\n', '\n')
    .split('\n')
    .map((line) => {
      const last = line.replace(/\r+$/, '')
      return withoutBackspaces(last.slice(last.lastIndexOf('\r') + 1))
    })
    .join('\n')
}

function withoutBackspaces(line: string): string {
  if (!line.includes('\b')) return line
  const kept: string[] = []
  for (const character of line) {
    if (character === '\b') kept.pop()
    else kept.push(character)
  }
  return kept.join('')
}
