/** Arguments as they were typed, one a line; an empty line in the middle is an empty argument. */
export function argumentsOf(text: string): string[] {
  const whole = text.replace(/\n+$/, '')
  return whole === '' ? [] : whole.split('\n')
}

/** Variables as they were typed, `NAME=value` a line. */
export function variablesOf(text: string): { env: Record<string, string> } | { problem: string } {
  const env: Record<string, string> = {}
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue
    const [, name, value] = /^\s*([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(line) ?? []
    if (name === undefined || value === undefined) return { problem: `Not NAME=value: ${line.slice(0, 60)}` }
    env[name] = value
  }
  return { env }
}
