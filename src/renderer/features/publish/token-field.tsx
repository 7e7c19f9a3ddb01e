import { X } from 'lucide-react'
import { IconButton } from '../../ui/button'
import { CaptionedControl } from '../../ui/field'
import { SearchSelect, type Choice } from '../../ui/select'

/** Several of many: those chosen, each with a button that takes it out again, and a list to choose from. */
export function TokenField({
  label,
  placeholder,
  empty,
  chosen,
  choices,
  onChange,
}: {
  label: string
  placeholder: string
  empty: string
  chosen: readonly string[]
  choices: readonly Choice[]
  onChange: (chosen: string[]) => void
}) {
  const left = choices.filter(({ value }) => !chosen.includes(value))
  return (
    <CaptionedControl caption={label}>
      {chosen.length > 0 && (
        <ul aria-label={label} className="flex min-w-0 flex-wrap gap-4">
          {chosen.map((value) => (
            <li
              key={value}
              className="flex h-24 max-w-full min-w-0 items-center gap-2 rounded-full border border-line ps-8 pe-2 text-12"
            >
              <bdi className="min-w-0 truncate">{value}</bdi>
              <IconButton
                label={`Remove ${value}`}
                onClick={() => onChange(chosen.filter((one) => one !== value))}
              >
                <X className="size-12" />
              </IconButton>
            </li>
          ))}
        </ul>
      )}
      <SearchSelect
        label={label}
        value={null}
        choices={left}
        onChange={(value) => onChange([...chosen, value])}
        placeholder={placeholder}
        empty={empty}
      />
    </CaptionedControl>
  )
}
