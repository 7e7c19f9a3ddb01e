/** What was typed: a part of a path, and behind a colon the line to go to. */
export function readWanted(text: string): { words: string; line: number | null } {
  const [, words = text, line] = /^(.*?)(?::(\d{1,7}))?(?::\d*)?$/s.exec(text) ?? []
  return { words: words.trim(), line: line === undefined || Number(line) < 1 ? null : Number(line) }
}
