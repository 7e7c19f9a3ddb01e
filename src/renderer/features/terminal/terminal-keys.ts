/** What a key does in a terminal: what the app does with it, or null where it is the program's. */
export type TerminalKey = 'app' | 'copy' | 'paste' | 'find' | 'previous' | 'next' | null

export interface KeyPress {
  readonly key: string
  readonly code: string
  readonly ctrlKey: boolean
  readonly shiftKey: boolean
  readonly altKey: boolean
  readonly metaKey: boolean
}

/** From prompt to prompt, where the shell says where they are. */
const prompts: Readonly<Record<string, 'previous' | 'next'>> = { arrowup: 'previous', arrowdown: 'next' }

/**
 * Who a key belongs to. Escape, Tab and all that a shell knows belong to the program; on macOS everything with Command is
 * the app's, elsewhere what has Control and Shift together, as terminals do there.
 */
export function terminalKey(
  press: KeyPress,
  platform: 'darwin' | 'win32' | 'linux',
  hasSelection: boolean,
): TerminalKey {
  const { ctrlKey, shiftKey, altKey, metaKey } = press
  const key = press.key.toLowerCase()
  if (ctrlKey && !altKey && !metaKey && press.code === 'Backquote') return 'app'
  if (platform === 'darwin') {
    if (!metaKey || ctrlKey || altKey) return null
    const prompt = shiftKey ? undefined : prompts[key]
    if (prompt !== undefined) return prompt
    return key === 'f' && !shiftKey ? 'find' : 'app'
  }
  if (altKey || metaKey) return null
  if (shiftKey && !ctrlKey) return key === 'insert' ? 'paste' : null
  if (!ctrlKey) return null
  if (key === 'insert') return 'copy'
  if (shiftKey) return key === 'c' ? 'copy' : key === 'v' ? 'paste' : key === 'f' ? 'find' : 'app'
  const prompt = prompts[key]
  if (prompt !== undefined) return prompt
  // As the terminals of Windows do: a selection is copied, and without one the key interrupts.
  if (platform === 'win32' && key === 'c' && hasSelection) return 'copy'
  if (platform === 'win32' && key === 'v') return 'paste'
  // Settings, and the sizes of everything.
  return [',', '+', '=', '0'].includes(key) ? 'app' : null
}
