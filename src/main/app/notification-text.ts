/**
 * Text of agents and tasks as a notification may show it: one line, cut, and without marks that the
 * notification servers of Linux would take for markup (a link, an image from the network).
 */
export function notificationText(text: string, maxCharacters: number, platform: NodeJS.Platform): string {
  const line = text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim()
  // A pair that stands for one character is not cut in two.
  const cut =
    line.length > maxCharacters
      ? `${line.slice(0, maxCharacters - 1).replace(/[\ud800-\udbff]$/, '')}\u2026`
      : line
  return platform === 'linux' ? cut.replaceAll('<', '\u2039').replaceAll('>', '\u203a') : cut
}
