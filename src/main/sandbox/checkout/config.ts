/** One setting of a `.git/config`; `section` may carry a subsection (`remote "origin"` is `['remote', 'origin']`). */
export interface ConfigEntry {
  section: readonly [name: string] | readonly [name: string, subsection: string]
  key: string
  value: string
}

/** Settings as text to append to a config file: one write in place of one git process a setting. */
export function formatConfig(entries: readonly ConfigEntry[]): string {
  return entries.map(({ section, key, value }) => `${header(section)}\n\t${key} = ${quote(value)}\n`).join('')
}

function header([name, subsection]: ConfigEntry['section']): string {
  if (subsection === undefined) return `[${name}]`
  return `[${name} "${subsection.replaceAll(/["\\]/g, '\\$&')}"]`
}

/** Config values know these escapes and no others. A NUL cannot be in a value. */
function quote(value: string): string {
  const escaped = value
    .replaceAll('\0', '')
    .replaceAll(/["\\]/g, '\\$&')
    .replaceAll('\n', '\\n')
    .replaceAll('\t', '\\t')
    .replaceAll('\b', '\\b')
  return `"${escaped}"`
}
