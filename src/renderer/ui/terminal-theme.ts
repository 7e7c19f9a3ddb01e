import type { ITheme } from '@xterm/xterm'
import { currentTheme } from './theme-watch'

/**
 * The sixteen colours of a terminal, in their order. Each can be read on the background of its theme, but for the first of the
 * dark one, which programs take for a background of their own.
 */
const palettes = {
  dark: [
    ['black', '#3a3f4b', '#6f7686'],
    ['red', '#f07c82', '#ff9ea1'],
    ['green', '#7fcf94', '#9fe3af'],
    ['yellow', '#e0c070', '#f0d48c'],
    ['blue', '#85b1f5', '#a6c8ff'],
    ['magenta', '#c79bf0', '#dcb8ff'],
    ['cyan', '#6fcad0', '#90e0e4'],
    ['white', '#d4d8e0', '#ffffff'],
  ],
  light: [
    ['black', '#24272e', '#5a6070'],
    ['red', '#b3202c', '#c93540'],
    ['green', '#1d6e36', '#2a7a40'],
    ['yellow', '#7f5a00', '#8a6400'],
    ['blue', '#1d53b8', '#2f62c6'],
    ['magenta', '#7a35b0', '#8c46c2'],
    ['cyan', '#0b6a78', '#147685'],
    ['white', '#6b7180', '#4a505d'],
  ],
} as const

/** The colours of a terminal as the theme on screen has them. */
export function terminalTheme(): ITheme {
  const styles = getComputedStyle(document.documentElement)
  const of = (name: string): string => styles.getPropertyValue(`--${name}`).trim()
  const colours: Record<string, string> = {}
  for (const [name, usual, bright] of palettes[currentTheme()]) {
    colours[name] = usual
    colours[`bright${name[0]?.toUpperCase() ?? ''}${name.slice(1)}`] = bright
  }
  return {
    ...colours,
    background: of('surface-0'),
    foreground: of('text'),
    cursor: of('accent'),
    cursorAccent: of('surface-0'),
    selectionBackground: of('selection'),
    scrollbarSliderBackground: of('surface-3'),
    scrollbarSliderHoverBackground: of('line-strong'),
    scrollbarSliderActiveBackground: of('line-strong'),
  }
}

/** What is found is marked in these. */
export function terminalMarks(): {
  matchBackground: string
  activeMatchBackground: string
  matchOverviewRuler: string
  activeMatchColorOverviewRuler: string
} {
  const dark = currentTheme() === 'dark'
  return {
    matchBackground: dark ? '#4a4673' : '#d6d2fa',
    activeMatchBackground: dark ? '#8279d6' : '#9d94f0',
    matchOverviewRuler: dark ? '#8279d6' : '#7168c8',
    activeMatchColorOverviewRuler: dark ? '#ffffff' : '#24272e',
  }
}

export const terminalFont = "'JetBrains Mono Variable', ui-monospace, monospace"
