import { Combobox as BaseCombobox } from '@base-ui/react/combobox'
import { Select as BaseSelect } from '@base-ui/react/select'
import { Check, ChevronDown } from 'lucide-react'
import { cx } from './cx'

export interface Choice<Value extends string = string> {
  value: Value
  label: string
  hint?: string
}

export const pickerPopup =
  'w-anchor-min max-h-available max-w-picker animate-appear overflow-y-auto rounded-6 border border-line bg-surface-2 p-4 shadow-float outline-none'
export const pickerRow =
  'flex min-h-24 cursor-default items-center gap-8 rounded-4 px-8 py-2 outline-none select-none data-highlighted:bg-surface-3'
export const pickerTrigger =
  'flex h-control min-w-0 items-center gap-6 rounded-6 px-8 text-13 transition-colors disabled:opacity-50 data-disabled:opacity-50'

/** A choice among a few. `label` is its accessible name. */
export function Select<Value extends string>({
  label,
  value,
  choices,
  onChange,
  look = 'field',
  disabled,
}: {
  label: string
  value: Value
  choices: readonly Choice<Value>[]
  onChange: (value: Value) => void
  look?: 'field' | 'quiet'
  disabled?: boolean
}) {
  return (
    <BaseSelect.Root
      value={value}
      items={choices.map((choice) => ({ value: choice.value, label: choice.label }))}
      onValueChange={(next) => next !== null && onChange(next)}
      disabled={disabled === true}
    >
      <BaseSelect.Trigger
        aria-label={label}
        className={cx(
          pickerTrigger,
          look === 'field'
            ? 'w-full border border-line-strong bg-surface-0 hover:bg-surface-2'
            : 'text-text-muted hover:bg-surface-2 hover:text-text',
        )}
      >
        <BaseSelect.Value className="min-w-0 flex-1 truncate text-start" />
        <ChevronDown aria-hidden className="size-12 shrink-0 text-text-muted" />
      </BaseSelect.Trigger>
      <BaseSelect.Portal>
        <BaseSelect.Positioner sideOffset={4} alignItemWithTrigger={false} className="z-50">
          <BaseSelect.Popup className={pickerPopup}>
            {choices.map((choice) => (
              <BaseSelect.Item key={choice.value} value={choice.value} className={pickerRow}>
                <span className="flex size-12 shrink-0">
                  <BaseSelect.ItemIndicator>
                    <Check className="size-12" />
                  </BaseSelect.ItemIndicator>
                </span>
                <span className="min-w-0">
                  <BaseSelect.ItemText>{choice.label}</BaseSelect.ItemText>
                  {choice.hint !== undefined && (
                    <span className="block text-11 text-text-faint">{choice.hint}</span>
                  )}
                </span>
              </BaseSelect.Item>
            ))}
          </BaseSelect.Popup>
        </BaseSelect.Positioner>
      </BaseSelect.Portal>
    </BaseSelect.Root>
  )
}

/** A choice among many, with a search field. */
export function SearchSelect({
  label,
  value,
  choices,
  onChange,
  placeholder,
  empty,
  disabled,
  look = 'field',
}: {
  label: string
  value: string | null
  choices: readonly Choice[]
  onChange: (value: string) => void
  placeholder: string
  /** What is said when nothing matches. */
  empty: string
  disabled?: boolean
  look?: 'field' | 'quiet'
}) {
  const selected = choices.find((choice) => choice.value === value) ?? null
  return (
    <BaseCombobox.Root
      items={choices}
      value={selected}
      onValueChange={(next) => next !== null && onChange(next.value)}
      itemToStringLabel={(choice) => choice.label}
      isItemEqualToValue={(a, b) => a.value === b.value}
      limit={200}
      disabled={disabled === true}
    >
      <BaseCombobox.Trigger
        aria-label={label}
        className={cx(
          pickerTrigger,
          look === 'field'
            ? 'w-full border border-line-strong bg-surface-0 hover:bg-surface-2'
            : 'self-start text-text-muted hover:bg-surface-2 hover:text-text',
        )}
      >
        <span className={cx('min-w-0 flex-1 truncate text-start', selected === null && 'text-text-faint')}>
          {selected?.label ?? placeholder}
        </span>
        <ChevronDown aria-hidden className="size-12 shrink-0 text-text-muted" />
      </BaseCombobox.Trigger>
      <BaseCombobox.Portal>
        <BaseCombobox.Positioner sideOffset={4} className="z-50">
          <BaseCombobox.Popup className={cx(pickerPopup, 'flex flex-col p-0')}>
            <div className="border-b border-line p-4">
              <BaseCombobox.Input
                aria-label={`Search: ${label}`}
                placeholder="Search"
                className="h-24 w-full rounded-4 bg-surface-0 px-8 text-13"
              />
            </div>
            <BaseCombobox.Empty className="text-text-muted not-empty:p-8">{empty}</BaseCombobox.Empty>
            <BaseCombobox.List className="min-h-0 flex-1 overflow-y-auto p-4 data-empty:p-0">
              {(choice: Choice) => (
                <BaseCombobox.Item key={choice.value} value={choice} className={pickerRow}>
                  <span className="flex size-12 shrink-0">
                    <BaseCombobox.ItemIndicator>
                      <Check className="size-12" />
                    </BaseCombobox.ItemIndicator>
                  </span>
                  <span className="min-w-0">
                    <span className="block break-words">{choice.label}</span>
                    {choice.hint !== undefined && (
                      <span className="block truncate text-11 text-text-faint">{choice.hint}</span>
                    )}
                  </span>
                </BaseCombobox.Item>
              )}
            </BaseCombobox.List>
          </BaseCombobox.Popup>
        </BaseCombobox.Positioner>
      </BaseCombobox.Portal>
    </BaseCombobox.Root>
  )
}
