import { registerCustomTheme, resolveTheme } from '@pierre/diffs'
import { readableOn } from './readable-colour'

type Kind = 'light' | 'dark'

/** The strongest tints that code stands on, which are those of changed words: an added one and a removed one. */
const grounds = { light: ['#c1d8ca', '#efc6c5'], dark: ['#375a43', '#5c3539'] } as const

export const codeThemes = { light: 'foundry-light', dark: 'foundry-dark' } as const

/** The library's own themes, with every colour moved until it can be read on the tints of a diff. */
async function readableTheme(kind: Kind) {
  const { textmate } = await resolveTheme(`pierre-${kind}`, 'shiki-js')
  if (textmate === undefined) throw new Error(`The theme of ${kind} code has no colours`)
  return {
    ...textmate,
    name: codeThemes[kind],
    settings: textmate.settings.map((rule) => {
      const { foreground } = rule.settings
      return foreground === undefined
        ? rule
        : {
            ...rule,
            settings: { ...rule.settings, foreground: grounds[kind].reduce(readableOn, foreground) },
          }
    }),
  }
}

for (const kind of ['light', 'dark'] as const)
  registerCustomTheme(codeThemes[kind], () => readableTheme(kind))
