import { Field } from '@base-ui/react/field'
import type { Settings } from '@shared/domain'
import { useState } from 'react'
import { cx } from '../../ui/cx'
import { inputLook, LabeledField, Switch } from '../../ui/field'
import { NumberField } from '../../ui/number-field'
import { Part } from './part'

/** How terminals look and what programs in them may do. */
export function TerminalPart({
  settings,
  change,
}: {
  settings: Settings
  change: (part: Partial<Settings>) => void
}) {
  const { terminal } = settings
  const [font, setFont] = useState<string | null>(null)
  const set = (part: Partial<Settings['terminal']>) => change({ terminal: { ...terminal, ...part } })
  const saveFont = () => {
    if (font !== null && font.trim() !== terminal.font) set({ font: font.trim() })
    setFont(null)
  }
  return (
    <Part title="Terminal">
      <LabeledField
        label="Font"
        hint="The name of a font with letters of one width. JetBrains Mono when empty."
        optional
      >
        <Field.Control
          value={font ?? terminal.font}
          maxLength={200}
          spellCheck={false}
          onChange={(event) => setFont(event.currentTarget.value)}
          onBlur={saveFont}
          onKeyDown={(event) => {
            if (event.key === 'Enter') saveFont()
          }}
          className={cx(inputLook, 'h-control max-w-field')}
        />
      </LabeledField>
      <NumberField
        label="Size of letters in pixels"
        value={terminal.fontSize}
        min={8}
        max={32}
        onCommit={(fontSize) => set({ fontSize })}
      />
      <Switch
        label="Ligatures"
        hint="Signs that stand together, like => and !=, are drawn as one where the font has that."
        checked={terminal.ligatures}
        onChange={(ligatures) => set({ ligatures })}
      />
      <NumberField
        label="Lines kept above the screen"
        hint="More lines take more memory."
        value={terminal.scrollback}
        min={100}
        max={100_000}
        step={1000}
        onCommit={(scrollback) => set({ scrollback })}
      />
      <Switch
        label="Programs may put text on the clipboard"
        hint="They can never read it."
        checked={terminal.clipboard}
        onChange={(clipboard) => set({ clipboard })}
      />
    </Part>
  )
}
