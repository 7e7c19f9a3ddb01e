import type { Settings } from '@shared/domain'
import { readStored, writeStored } from '../client/storage'

const dark = window.matchMedia('(prefers-color-scheme: dark)')
const key = 'theme'
let chosen: Settings['theme'] = 'system'

function apply(): void {
  const theme = chosen === 'system' ? (dark.matches ? 'dark' : 'light') : chosen
  document.documentElement.dataset['theme'] = theme
}

/** Called before the first paint with what the last run used, so that no window flashes in the wrong theme. */
export function startTheme(): void {
  chosen = readStored(key, (value) => (value === 'light' || value === 'dark' ? value : 'system')) ?? 'system'
  apply()
  dark.addEventListener('change', apply)
}

export function setTheme(theme: Settings['theme']): void {
  if (theme === chosen) return
  chosen = theme
  writeStored(key, theme)
  apply()
}
