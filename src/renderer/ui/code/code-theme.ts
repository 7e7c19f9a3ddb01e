import type { Theme } from '@pierre/highlights'
import dark from '@pierre/highlights/themes/pierre-dark'
import light from '@pierre/highlights/themes/pierre-light'
import { readableOn } from '../readable-colour'

type Kind = 'light' | 'dark'

/** The strongest tints that code stands on, which are those of changed words: an added one and a removed one. */
const grounds = { light: ['#c1d8ca', '#efc6c5'], dark: ['#375a43', '#5c3539'] } as const
const bases: Readonly<Record<Kind, Theme>> = { light, dark }

export const codeThemes = { light: 'foundry-light', dark: 'foundry-dark' } as const

/** A theme of the highlighter, with every colour moved until it can be read on the tints of a diff. */
export function readableTheme(kind: Kind): Theme {
  const base = bases[kind]
  const readable = (colour: string): string => grounds[kind].reduce(readableOn, colour)
  const syntax = Object.entries(base.style.syntax ?? {}).map(([scope, settings]) => {
    if (typeof settings === 'string') return [scope, readable(settings)] as const
    const { color } = settings
    return [scope, color === undefined ? settings : { ...settings, color: readable(color) }] as const
  })
  return { ...base, name: codeThemes[kind], style: { ...base.style, syntax: Object.fromEntries(syntax) } }
}
