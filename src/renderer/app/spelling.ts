import { isSpellingChecked } from '@shared/spelling'
import { bridge } from '../client/bridge'
import { useSettings } from './app-state'

/** Whether what people write in their own words is checked. */
export function useSpellCheck(): boolean {
  const setting = useSettings()?.spellCheck ?? null
  return isSpellingChecked(setting, bridge().platform)
}
