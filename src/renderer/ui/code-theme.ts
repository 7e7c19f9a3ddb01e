import { registerCustomTheme, resolveTheme } from '@pierre/diffs'
import { readableOn } from './readable-colour'

type Kind = 'light' | 'dark'

/** The strongest tint that code stands on, which is that of a changed word: `--diff-add` and its kin over a surface. */
const grounds = { light: '#cfe0d5', dark: '#2c4435' } as const

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
        : { ...rule, settings: { ...rule.settings, foreground: readableOn(foreground, grounds[kind]) } }
    }),
  }
}

for (const kind of ['light', 'dark'] as const)
  registerCustomTheme(codeThemes[kind], () => readableTheme(kind))
