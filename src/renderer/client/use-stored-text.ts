import { useState } from 'react'
import { readStored, writeStored } from './storage'

/** What was typed and not sent, over a change of views and a restart. */
export function useStoredText(key: string): [text: string, change: (text: string) => void] {
  const [text, setText] = useState(
    () => readStored(key, (value) => (typeof value === 'string' ? value : null)) ?? '',
  )
  const change = (next: string) => {
    setText(next)
    writeStored(key, next === '' ? null : next)
  }
  return [text, change]
}
