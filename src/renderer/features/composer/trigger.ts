/** What is being typed that could be completed, and where in the text it stands. */
export interface Trigger {
  /** `history`: all that was typed, to be replaced by a prompt that was sent before. */
  kind: 'command' | 'file' | 'number' | 'history'
  /** What was typed of it so far, without the sign before it. */
  words: string
  start: number
  end: number
}

const command = /^\/([\w:.-]{0,100})$/u
const file = /(?<=^|[\s(])@("?)([^\s"]{0,200}|(?<=")[^"\n]{0,200})$/u
const number = /(?<=^|[\s(])#([\w-]{0,60})$/u
/** No word that is completed is longer: a text of any length is looked at in no more than this. */
const reach = 300

/** The word at the caret that can be completed; null when there is none. */
export function triggerAt(text: string, caret: number): Trigger | null {
  const from = Math.max(0, caret - reach)
  const before = text.slice(from, caret)
  const place = (match: RegExpExecArray, words: string) => ({
    words,
    start: from + match.index,
    end: caret,
  })
  const asCommand = from === 0 ? command.exec(before) : null
  if (asCommand !== null) return { kind: 'command', ...place(asCommand, asCommand[1] ?? '') }
  const asFile = file.exec(before)
  if (asFile !== null) return { kind: 'file', ...place(asFile, asFile[2] ?? '') }
  const asNumber = number.exec(before)
  return asNumber === null ? null : { kind: 'number', ...place(asNumber, asNumber[1] ?? '') }
}

/** The text with the word completed, and where the caret is then: behind it, one space on. */
export function completed(
  text: string,
  { start, end }: Pick<Trigger, 'start' | 'end'>,
  word: string,
): { text: string; caret: number } {
  const rest = text.slice(end)
  // A folder is gone on with; a space that is there already is enough.
  const space = word.endsWith('/') || /^\s/u.test(rest) ? '' : ' '
  const caret = start + word.length + (word.endsWith('/') ? 0 : 1)
  return { text: text.slice(0, start) + word + space + rest, caret }
}
