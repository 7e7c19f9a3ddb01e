import { describe, expect, it } from 'vitest'
import { settingsSchema, type Settings } from '@shared/domain'
import { createSpellCheck, type SpellingSession } from '../../../src/main/app/spell-check'

class Session implements SpellingSession {
  readonly calls: string[] = []
  readonly availableSpellCheckerLanguages = ['de', 'en-GB', 'en-US']
  readonly #listeners = new Map<string, (event: unknown, language: string) => void>()
  setSpellCheckerEnabled(enabled: boolean): void {
    this.calls.push(enabled ? 'on' : 'off')
  }
  setSpellCheckerLanguages(languages: string[]): void {
    this.calls.push(`languages ${languages.join(' ')}`.trim())
  }
  on(event: string, listener: (event: unknown, language: string) => void): void {
    this.#listeners.set(event, listener)
  }
  tell(event: string, language: string): void {
    this.#listeners.get(`spellcheck-dictionary-${event}`)?.(null, language)
  }
}

function open(platform: string, first: Partial<Settings> = {}, locale = 'de-AT') {
  let settings = settingsSchema.parse(first)
  let changed = (_settings: Settings): void => undefined
  const target = new Session()
  const told: string[] = []
  const log = { warn: (text: string) => told.push(text) }
  const spelling = createSpellCheck(
    {
      get: () => settings,
      subscribe(listener) {
        changed = listener
        return () => undefined
      },
    },
    { platform, locale },
    log as never,
    target,
  )
  const dictionaries: string[] = []
  spelling.onChange(() => dictionaries.push(spelling.state().dictionary))
  return {
    target,
    spelling,
    told,
    dictionaries,
    change(patch: Partial<Settings>) {
      settings = { ...settings, ...patch }
      changed(settings)
    },
  }
}

describe('the check of spelling', () => {
  it('names no language and fetches nothing before a person wants it', () => {
    const { target, spelling } = open('linux')
    expect(target.calls).toEqual(['languages', 'off'])
    expect(spelling.state()).toEqual({
      languages: ['de', 'en-GB', 'en-US'],
      language: null,
      dictionary: 'off',
    })
  })

  it("is the system's own on macOS, until a person does not want it", () => {
    const { target, spelling, change } = open('darwin')
    expect(target.calls).toEqual(['on'])
    expect(spelling.state()).toEqual({ languages: [], language: null, dictionary: 'system' })
    change({ spellCheck: false })
    expect(target.calls).toEqual(['on', 'off'])
  })

  it('is in the language of the system, or the one that was chosen', () => {
    const { target, spelling, change, dictionaries } = open('win32', { spellCheck: true })
    expect(target.calls).toEqual(['languages de', 'on'])
    target.tell('download-begin', 'de')
    target.tell('initialized', 'de')
    change({ theme: 'dark' })
    change({ spellCheckLanguage: 'en-GB' })
    target.tell('initialized', 'de')
    expect(spelling.state()).toMatchObject({ language: 'en-GB', dictionary: 'fetching' })
    expect(dictionaries).toEqual(['ready', 'fetching'])
    change({ spellCheckLanguage: 'tlh' })
    expect(spelling.state().language).toBe('de')
    change({ spellCheck: false })
    expect(target.calls.slice(-2)).toEqual(['languages', 'off'])
    expect(open('linux', { spellCheck: true }, 'fi').spelling.state().language).toBe('en-US')
  })

  it('says when the dictionary cannot be fetched, and fetches it when asked again', () => {
    const { target, spelling, told } = open('linux', { spellCheck: true })
    target.tell('download-failure', 'de')
    expect(spelling.state().dictionary).toBe('failed')
    expect(told).toEqual(['the dictionary of de could not be fetched'])
    spelling.retry()
    expect(target.calls.slice(-3)).toEqual(['languages', 'languages de', 'on'])
    expect(spelling.state().dictionary).toBe('fetching')
    spelling.retry()
    expect(target.calls).toHaveLength(5)
  })
})
