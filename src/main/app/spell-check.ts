import type { SpellCheckState } from '@shared/app-state'
import { isSpellingChecked } from '@shared/spelling'
import type { Log, SettingsStore, SpellCheck } from '../boot/services'

/** What of Chromium's session this needs. */
export interface SpellingSession {
  setSpellCheckerEnabled(enabled: boolean): void
  setSpellCheckerLanguages(languages: string[]): void
  readonly availableSpellCheckerLanguages: string[]
  on(
    event:
      | 'spellcheck-dictionary-initialized'
      | 'spellcheck-dictionary-download-begin'
      | 'spellcheck-dictionary-download-success'
      | 'spellcheck-dictionary-download-failure',
    listener: (event: unknown, language: string) => void,
  ): unknown
}

/**
 * Checks spelling as the settings say, from now on. Elsewhere than on macOS, whose own it is, Chromium fetches the dictionary
 * of a language from a server of Google's: nothing is switched on there before a person has said so.
 */
export function createSpellCheck(
  settings: Pick<SettingsStore, 'get' | 'subscribe'>,
  { platform, locale }: { platform: string; locale: string },
  log: Log,
  target: SpellingSession,
): SpellCheck {
  const isSystems = platform === 'darwin'
  const listeners = new Set<() => void>()
  let dictionary: SpellCheckState['dictionary'] = 'off'
  let applied: string | null | undefined

  const say = (next: SpellCheckState['dictionary']): void => {
    if (next === dictionary) return
    dictionary = next
    for (const listener of listeners) listener()
  }
  const languages = (): string[] => (isSystems ? [] : target.availableSpellCheckerLanguages)
  /** The language that is checked; null for none. */
  const wanted = (): string | null => {
    const { spellCheck, spellCheckLanguage } = settings.get()
    if (!isSpellingChecked(spellCheck, platform)) return null
    const all = languages()
    const [general] = locale.split('-')
    return (
      [spellCheckLanguage, locale, general, 'en-US'].find((one) => one != null && all.includes(one)) ?? ''
    )
  }
  const apply = (): void => {
    const language = wanted()
    if (language === applied) return
    applied = language
    if (!isSystems) target.setSpellCheckerLanguages(language === null || language === '' ? [] : [language])
    target.setSpellCheckerEnabled(language !== null)
    if (language === null) say('off')
    else if (isSystems) say('system')
    else say(language === '' ? 'failed' : 'fetching')
  }
  if (!isSystems) {
    const about = (next: SpellCheckState['dictionary']) => (_event: unknown, language: string) => {
      if (language === applied) say(next)
    }
    target.on('spellcheck-dictionary-download-begin', about('fetching'))
    target.on('spellcheck-dictionary-initialized', about('ready'))
    target.on('spellcheck-dictionary-download-success', about('ready'))
    target.on('spellcheck-dictionary-download-failure', (_event, language) => {
      log.warn(`the dictionary of ${language} could not be fetched`)
      if (language === applied) say('failed')
    })
  }
  apply()
  settings.subscribe(apply)
  return {
    state: () => ({
      languages: languages(),
      language: applied === '' ? null : (applied ?? null),
      dictionary,
    }),
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    retry() {
      if (dictionary !== 'failed') return
      applied = undefined
      if (!isSystems) target.setSpellCheckerLanguages([])
      apply()
    },
  }
}
