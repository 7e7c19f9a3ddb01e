import { type CSSProperties, useEffect, useState, useSyncExternalStore } from 'react'
import { colourCode } from '../../ui/code/code-colours'
import type { CodeLine } from '../../ui/code/protocol'
import { currentTheme, onThemeChange } from '../../ui/theme-watch'

export interface ColouredToken {
  readonly text: string
  readonly style: CSSProperties
}
export type ColouredLines = readonly (readonly ColouredToken[])[]

/** Longer code keeps one colour: what it costs would be felt, and nobody reads it here. */
const limit = 20_000
/** Results that are kept, so that code scrolled back into view has its colours at once. */
const kept = 200
/** Code that still grows is not coloured at every chunk. */
const restMs = 150

const known = new Map<string, ColouredLines>()
/** Languages the highlighter does not have. */
const unknown = new Set<string>()

/**
 * The lines of code with their colours; null while there are none, or never will be. They come from another thread, and
 * the text stands there meanwhile.
 */
export function useHighlighted(code: string, language: string): ColouredLines | null {
  const theme = useSyncExternalStore(onThemeChange, currentTheme)
  const key = `${theme}\n${language}\n${code}`
  const [, setDone] = useState('')
  const wanted = language !== '' && code.length <= limit && !unknown.has(language)
  const found = wanted ? known.get(key) : undefined
  useEffect(() => {
    if (!wanted || found !== undefined) return
    let current = true
    const timer = setTimeout(() => {
      void colour(code, language, theme).then(() => current && setDone(key))
    }, restMs)
    return () => {
      current = false
      clearTimeout(timer)
    }
  }, [wanted, found, code, language, theme, key])
  return found ?? null
}

async function colour(code: string, language: string, theme: 'light' | 'dark'): Promise<void> {
  const lines = await colourCode(code, language, theme)
  // It failed, which says nothing against the language: asked again when it is drawn anew.
  if (lines === undefined) return
  if (lines === null) {
    unknown.add(language)
    return
  }
  const [oldest] = known.keys()
  if (known.size >= kept && oldest !== undefined) known.delete(oldest)
  const texts = code.split(lineEnd)
  known.set(
    `${theme}\n${language}\n${code}`,
    lines.map((line, index) => withTexts(line, texts[index] ?? '')),
  )
}

/** To the highlighter. A return alone, which it does not end a line at, never gets here. */
const lineEnd = /\r?\n/

function withTexts(line: CodeLine, text: string): ColouredToken[] {
  let at = 0
  return line.map(({ length, color, italic }) => {
    const from = at
    at += length
    return { text: text.slice(from, at), style: { color, fontStyle: italic ? 'italic' : undefined } }
  })
}
