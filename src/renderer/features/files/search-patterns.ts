const mostPatterns = 50

/** Commas separate; one in braces belongs to its pattern. */
export function patternsOf(text: string): string[] {
  const patterns = text
    .split(/,(?![^{]*\})/)
    .map((pattern) => pattern.trim())
    .filter((pattern) => pattern !== '')
  return withoutBraces(patterns).slice(0, mostPatterns)
}

/** Git knows no braces: `*.{ts,tsx}` is two patterns. */
function withoutBraces(patterns: readonly string[]): string[] {
  const ready: string[] = []
  const open = [...patterns]
  // The first come first, and what is too much is never made.
  while (ready.length < mostPatterns) {
    const pattern = open.shift()
    if (pattern === undefined) break
    const [whole, before = '', inside = '', after = ''] = /^([^{]*)\{([^{}]*)\}(.*)$/.exec(pattern) ?? []
    if (whole === undefined) ready.push(pattern)
    else open.unshift(...inside.split(',').map((part) => `${before}${part.trim()}${after}`))
  }
  return ready
}
