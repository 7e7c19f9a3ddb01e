import { type CSSProperties, useEffect, useState, useSyncExternalStore } from 'react'
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
 * The lines of code with their colours; null while there are none, or never will be. They come when the window has
 * nothing else to do, and the text stands there meanwhile.
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
      requestIdleCallback(
        () => {
          if (current) void colour(code, language, theme).then(() => current && setDone(key))
        },
        { timeout: 2000 },
      )
    }, restMs)
    return () => {
      current = false
      clearTimeout(timer)
    }
  }, [wanted, found, code, language, theme, key])
  return found ?? null
}

async function colour(code: string, language: string, theme: 'light' | 'dark'): Promise<void> {
  // The highlighter of the diffs, with its languages read one by one as they are needed.
  const [{ getSharedHighlighter }, { codeThemes }] = await Promise.all([
    import('@pierre/diffs'),
    import('../../ui/code-theme'),
  ])
  const name = codeThemes[theme]
  try {
    const highlighter = await getSharedHighlighter({
      themes: [name],
      langs: [language],
      preferredHighlighter: 'shiki-js',
    })
    const { tokens } = highlighter.codeToTokens(code, { lang: language, theme: name })
    const [oldest] = known.keys()
    if (known.size >= kept && oldest !== undefined) known.delete(oldest)
    known.set(
      `${theme}\n${language}\n${code}`,
      tokens.map((line) => line.map((token) => ({ text: token.content, style: styleOf(token) }))),
    )
  } catch {
    // A language that nobody knows is not an error: its code stays in one colour.
    unknown.add(language)
  }
}

function styleOf(token: { color?: string; fontStyle?: number }): CSSProperties {
  const italic = ((token.fontStyle ?? 0) & 1) !== 0
  return {
    ...(token.color === undefined ? {} : { color: token.color }),
    ...(italic ? { fontStyle: 'italic' } : {}),
  }
}
