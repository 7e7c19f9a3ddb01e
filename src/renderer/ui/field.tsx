import { Field } from '@base-ui/react/field'
import { Switch as BaseSwitch } from '@base-ui/react/switch'
import { type ComponentProps, type ReactNode, useId } from 'react'
import { cx } from './cx'

export const inputLook =
  'w-full min-w-0 rounded-6 border border-line-strong bg-surface-0 px-8 text-13 text-text disabled:opacity-60 ' +
  'aria-invalid:border-danger'

/** A label over its control, with what to know and what is wrong under it. */
export function LabeledField({
  label,
  hint,
  error,
  children,
  optional,
}: {
  label: string
  hint?: ReactNode
  error?: string | null | undefined
  optional?: boolean
  children: ReactNode
}) {
  const wrong = error !== undefined && error !== null
  return (
    <Field.Root invalid={wrong} className="flex min-w-0 flex-col gap-4">
      <Field.Label className="text-12 text-text-muted">
        {label}
        {optional === true && <span className="text-text-faint"> (optional)</span>}
      </Field.Label>
      {children}
      {wrong ? (
        <Field.Error match className="text-12 text-danger">
          {error}
        </Field.Error>
      ) : (
        hint !== undefined && (
          <Field.Description className="text-12 text-text-faint">{hint}</Field.Description>
        )
      )}
    </Field.Root>
  )
}

/** A caption over a control that carries its own name, such as a select: what it holds is read out with that name. */
export function CaptionedControl({
  caption,
  hint,
  children,
}: {
  caption: string
  hint?: ReactNode
  children: ReactNode
}) {
  return (
    <div className="flex min-w-0 flex-col gap-4">
      <span aria-hidden className="text-12 text-text-muted">
        {caption}
      </span>
      {children}
      {hint !== undefined && <span className="text-12 text-text-faint">{hint}</span>}
    </div>
  )
}

type InputProps = Omit<ComponentProps<typeof Field.Control>, 'className'>

/** One line of text with its label. */
export function TextField({
  label,
  hint,
  error,
  optional,
  ...rest
}: InputProps & { label: string; hint?: ReactNode; error?: string | null | undefined; optional?: boolean }) {
  return (
    <LabeledField label={label} hint={hint} error={error} {...(optional === undefined ? {} : { optional })}>
      <Field.Control autoComplete="off" spellCheck={false} {...rest} className={cx(inputLook, 'h-control')} />
    </LabeledField>
  )
}

/** A secret on one line, inside a `LabeledField`. No browser store and no spelling check gets to see it. */
export function SecretInput({ shown, ...rest }: InputProps & { shown: boolean }) {
  return (
    <Field.Control
      {...rest}
      type={shown ? 'text' : 'password'}
      autoComplete="off"
      autoCorrect="off"
      autoCapitalize="off"
      spellCheck={false}
      className={cx(inputLook, 'h-control', shown && 'code-text')}
    />
  )
}

/** A choice among a few that are all in sight, each with what it means. */
export function RadioChoice<Value extends string>({
  label,
  value,
  choices,
  onChange,
}: {
  label: string
  value: Value
  choices: readonly { value: Value; label: string; hint: ReactNode }[]
  onChange: (value: Value) => void
}) {
  const id = useId()
  return (
    <div role="radiogroup" aria-label={label} className="flex flex-col gap-12">
      {choices.map((choice) => (
        <div key={choice.value} className="flex items-start gap-8">
          <input
            type="radio"
            id={`${id}-${choice.value}`}
            name={id}
            aria-describedby={`${id}-${choice.value}-hint`}
            checked={choice.value === value}
            onChange={() => onChange(choice.value)}
            className="mt-2 size-16 shrink-0 accent-accent"
          />
          <div className="min-w-0 flex-1">
            <label htmlFor={`${id}-${choice.value}`} className="block">
              {choice.label}
            </label>
            <div id={`${id}-${choice.value}-hint`} className="text-12 text-text-muted">
              {choice.hint}
            </div>
          </div>
        </div>
      ))}
    </div>
  )
}

/** A setting that is on or off, with its label beside it. */
export function Switch({
  label,
  hint,
  checked,
  onChange,
  disabled,
}: {
  label: string
  hint?: ReactNode
  checked: boolean
  onChange: (checked: boolean) => void
  disabled?: boolean
}) {
  const id = useId()
  return (
    <div className="flex items-start gap-12">
      <BaseSwitch.Root
        aria-labelledby={`${id}-label`}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        checked={checked}
        onCheckedChange={onChange}
        disabled={disabled === true}
        className="hit-area mt-2 flex h-16 w-32 shrink-0 items-center rounded-full border border-line-strong bg-surface-2 p-1 transition-colors data-checked:border-accent data-checked:bg-accent data-disabled:opacity-50"
      >
        <BaseSwitch.Thumb className="size-12 rounded-full bg-text-muted transition-transform data-checked:translate-x-16 data-checked:bg-accent-text" />
      </BaseSwitch.Root>
      <div className="min-w-0 flex-1">
        <div id={`${id}-label`}>{label}</div>
        {hint !== undefined && (
          <div id={`${id}-hint`} className="text-12 text-text-faint">
            {hint}
          </div>
        )}
      </div>
    </div>
  )
}
