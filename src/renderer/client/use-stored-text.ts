import { useState } from 'react'
import { readStored, writeStored } from './storage'

export const storedText = (value: unknown): string | null => (typeof value === 'string' ? value : null)

/** What was typed and not sent, over a change of views and a restart. */
export function useStoredText(key: string): [text: string, change: (text: string) => void] {
  const [text, setText] = useState(() => readStored(key, storedText) ?? '')
  const change = (next: string) => {
    setText(next)
    writeStored(key, next === '' ? null : next)
  }
  return [text, change]
}
