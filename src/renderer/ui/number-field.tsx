import { Field } from '@base-ui/react/field'
import { type ReactNode, useState } from 'react'
import { cx } from './cx'
import { inputLook, LabeledField } from './field'

/** A whole number within limits. Taken over when the field is left or Enter is pressed, if it is valid. */
export function NumberField({
  label,
  hint,
  value,
  min,
  max,
  step = 1,
  onCommit,
}: {
  label: string
  hint?: ReactNode
  value: number
  min: number
  max: number
  step?: number
  onCommit: (value: number) => void
}) {
  const [typed, setTyped] = useState<string | null>(null)
  const number = typed === null ? value : Number(typed)
  const valid =
    typed === null || (typed.trim() !== '' && Number.isInteger(number) && number >= min && number <= max)
  const commit = () => {
    if (!valid) return
    if (typed !== null && number !== value) onCommit(number)
    setTyped(null)
  }
  return (
    <LabeledField label={label} hint={hint} error={valid ? null : `A whole number from ${min} to ${max}`}>
      <Field.Control
        type="number"
        inputMode="numeric"
        min={min}
        max={max}
        step={step}
        value={typed ?? String(value)}
        onChange={(event) => setTyped(event.currentTarget.value)}
        onBlur={commit}
        onKeyDown={(event) => {
          if (event.key === 'Enter') commit()
          if (event.key === 'Escape' && typed !== null) {
            event.stopPropagation()
            setTyped(null)
          }
        }}
        className={cx(inputLook, 'h-control max-w-number')}
      />
    </LabeledField>
  )
}
