/** Behind a question mark a message may still close what it had opened. */
const CLOSING = /[\s*_"'`)\]}»”’]+$/u
const MARKS = /[?？؟]$/u

/**
 * The question a message ends with, as far as its last sentence goes; null where it ends otherwise. Told from the mark
 * alone, in whichever writing.
 */
export function lastQuestion(message: string): string | null {
  const text = message.replace(CLOSING, '')
  if (!MARKS.test(text)) return null
  const lines = text.split('\n')
  const line = (lines.at(-1) ?? '').replace(/^[\s>#*\-\d.]+/, '')
  const before = line.slice(0, -1)
  const from = Math.max(
    ...['. ', '! ', '? ', '。', '！', '？'].map(
      (end) => before.lastIndexOf(end) + (before.includes(end) ? end.length : 0),
    ),
  )
  return line.slice(Math.max(0, from)).trim()
}
