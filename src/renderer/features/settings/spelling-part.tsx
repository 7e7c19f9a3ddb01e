import type { Settings } from '@shared/domain'
import { useAppState } from '../../app/app-state'
import { useSpellCheck } from '../../app/spelling'
import { bridge } from '../../client/bridge'
import { call } from '../../client/call'
import { Button } from '../../ui/button'
import { CaptionedControl, Switch } from '../../ui/field'
import { Notice } from '../../ui/notice'
import { SearchSelect } from '../../ui/select'
import { showError } from '../../ui/toast'
import { Part } from './part'

const names = new Intl.DisplayNames(undefined, { type: 'language' })

function nameOf(language: string): string {
  try {
    return names.of(language) ?? language
  } catch {
    // Some have names of their own that are no language tags.
    return language
  }
}

/** Whether prompts are checked, and where the words to check them by come from. */
export function SpellingPart({ change }: { change: (part: Partial<Settings>) => void }) {
  const spelling = useAppState()?.spelling
  const isOn = useSpellCheck()
  const isSystems = bridge().platform === 'darwin'
  return (
    <Part title="Spelling">
      <Switch
        label="Check spelling in prompts"
        hint={
          isSystems
            ? 'By the system, in the languages that are set there.'
            : 'Fetches the dictionary of the language once, from a server of Google (redirector.gvt1.com). What you write stays on this computer.'
        }
        checked={isOn}
        onChange={(spellCheck) => change({ spellCheck })}
      />
      {isOn && !isSystems && spelling !== undefined && (
        <>
          <div className="w-full max-w-field">
            <CaptionedControl caption="Language">
              <SearchSelect
                label="Language"
                value={spelling.language}
                choices={spelling.languages.map((value) => ({ value, label: nameOf(value) }))}
                placeholder="Choose a language"
                empty="No such language."
                onChange={(spellCheckLanguage) => change({ spellCheckLanguage })}
              />
            </CaptionedControl>
          </div>
          {spelling.dictionary === 'failed' && (
            <Notice
              tone="warning"
              actions={
                <Button size="small" onClick={() => void tryAgain()}>
                  Try again
                </Button>
              }
            >
              The dictionary could not be fetched, so nothing is checked.
            </Notice>
          )}
          {spelling.dictionary === 'fetching' && (
            <p className="text-12 text-text-muted">Fetching the dictionary</p>
          )}
        </>
      )}
    </Part>
  )
}

async function tryAgain(): Promise<void> {
  const result = await call('app.retrySpelling')
  if (!result.ok) showError(result.error)
}
