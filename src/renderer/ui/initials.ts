/** One or two letters that stand for a name where there is no picture. */
export function initialsOf(name: string): string {
  const words = name.split(/[\s\-_./]+/).filter((word) => /[\p{L}\p{N}]/u.test(word))
  const letters = words.slice(0, 2).map((word) => /[\p{L}\p{N}]/u.exec(word)?.[0] ?? '')
  return letters.join('').toLocaleUpperCase() || '?'
}
