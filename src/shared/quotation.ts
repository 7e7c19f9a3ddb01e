/** As a quotation in Markdown. */
export function quote(text: string): string {
  return text
    .split('\n')
    .map((line) => (line === '' ? '>' : `> ${line}`))
    .join('\n')
}

/** What GitHub shows of a text: no comments of its source, and no characters that nobody sees. */
export function visible(text: string): string {
  return (
    text
      .replaceAll(/\r\n?|[\u2028\u2029\u0085\v\f]/gu, '\n')
      .replaceAll(/<!--[\s\S]*?(?:-->|$)/gu, '')
      // Tags, direction marks and what has no width, but for joiners, which scripts and emoji need.
      .replaceAll(/[\u{E0000}-\u{E007F}\u200B\u200E\u200F\u202A-\u202E\u2060-\u2069\uFEFF]/gu, '')
      .replaceAll(/(?!\n|\t)\p{Cc}/gu, '')
      .replaceAll(/\n{3,}/gu, '\n\n')
      .trim()
  )
}
