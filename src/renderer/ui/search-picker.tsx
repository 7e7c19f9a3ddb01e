import { Combobox as BaseCombobox } from '@base-ui/react/combobox'
import type { ErrorValue, Result } from '@shared/errors'
import { Check, ChevronDown } from 'lucide-react'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { Button } from './button'
import { cx } from './cx'
import { pickerPopup, pickerRow, pickerTrigger } from './select'

export interface PickerRow {
  value: string
  label: string
  hint?: string
  /** Stands before the label. */
  mark?: ReactNode
}

export interface PickerRows<Row extends PickerRow = PickerRow> {
  rows: readonly Row[]
  /** What to know about the list, such as its age. */
  note?: string | undefined
  /** Stands beside what is known. */
  error?: ErrorValue | null | undefined
}

/** How long typing has to pause before it is searched for. */
const PAUSE_MS = 150

/**
 * A choice among what is searched for elsewhere. `read` is asked when it opens and for what is typed; with `again`, once
 * more for something newer, while what is known can be chosen already.
 */
export function SearchPicker<Row extends PickerRow>({
  label,
  value,
  valueLabel,
  placeholder,
  empty,
  again = false,
  read,
  onChange,
  onText,
}: {
  label: string
  value: string | null
  valueLabel: string | null
  placeholder: string
  /** What is said when nothing matches. */
  empty: string
  again?: boolean
  read: (search: string, newer: boolean) => Promise<Result<PickerRows<Row>>>
  onChange: (row: Row) => void
  /** Sees what is typed or pasted first; true when that is all there is to do with it. */
  onText?: (text: string) => boolean
}) {
  const [open, setOpen] = useState(false)
  // A new object each time: the same words can be asked for again.
  const [asked, setAsked] = useState({ search: '' })
  const setSearch = (search: string) => setAsked({ search })
  const found = useRows(open, asked, again, read)
  const selected = value === null ? null : { value, label: valueLabel ?? value }
  return (
    <BaseCombobox.Root<PickerRow>
      items={found.rows}
      filter={null}
      value={selected}
      open={open}
      onOpenChange={(next) => {
        setOpen(next)
        if (!next) setSearch('')
      }}
      inputValue={asked.search}
      onInputValueChange={(text, details) => {
        if (details.reason !== 'input-change') return
        if (onText?.(text) === true) setOpen(false)
        else setSearch(text)
      }}
      onValueChange={(next) => {
        const chosen = found.rows.find((row) => row.value === next?.value)
        if (chosen === undefined) return
        setOpen(false)
        setSearch('')
        onChange(chosen)
      }}
      itemToStringLabel={(row) => row.label}
      isItemEqualToValue={(a, b) => a.value === b.value}
    >
      <BaseCombobox.Trigger
        aria-label={label}
        className={cx(pickerTrigger, 'w-full border border-line-strong bg-surface-0 hover:bg-surface-2')}
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
            {found.error !== null && (
              <div role="alert" className="flex flex-col gap-4 border-b border-line p-8 text-12">
                <p className="wrap-anywhere text-danger">{found.error.message}</p>
                {found.error.next !== undefined && <p className="text-text-muted">{found.error.next}</p>}
                <span>
                  <Button size="small" onClick={() => setSearch(asked.search)}>
                    Try again
                  </Button>
                </span>
              </div>
            )}
            {found.rows.length === 0 && found.error === null && (
              <output className="block p-8 text-text-muted">{found.busy ? 'Looking' : empty}</output>
            )}
            <BaseCombobox.List className="min-h-0 flex-1 overflow-x-hidden overflow-y-auto p-4 data-empty:p-0">
              {(row: PickerRow) => (
                <BaseCombobox.Item key={row.value} value={row} className={pickerRow}>
                  <span className="flex size-12 shrink-0">
                    <BaseCombobox.ItemIndicator>
                      <Check className="size-12" />
                    </BaseCombobox.ItemIndicator>
                  </span>
                  {row.mark}
                  <span className="min-w-0 flex-1">
                    <span className="block break-words" dir="auto">
                      {row.label}
                    </span>
                    {row.hint !== undefined && (
                      <span className="block truncate text-11 text-text-faint">{row.hint}</span>
                    )}
                  </span>
                </BaseCombobox.Item>
              )}
            </BaseCombobox.List>
            {found.rows.length > 0 && (found.busy || found.note !== undefined) && (
              <output className="block border-t border-line px-8 py-4 text-11 text-text-faint">
                {found.busy ? 'Looking for newer ones' : found.note}
              </output>
            )}
          </BaseCombobox.Popup>
        </BaseCombobox.Positioner>
      </BaseCombobox.Portal>
    </BaseCombobox.Root>
  )
}

interface Found<Row> {
  rows: readonly Row[]
  note: string | undefined
  error: ErrorValue | null
  busy: boolean
}

function useRows<Row extends PickerRow>(
  open: boolean,
  asked: { search: string },
  again: boolean,
  read: (search: string, newer: boolean) => Promise<Result<PickerRows<Row>>>,
): Found<Row> {
  const [found, setFound] = useState<Found<Row>>({ rows: [], note: undefined, error: null, busy: true })
  const latest = useRef(read)
  useEffect(() => {
    latest.current = read
  }, [read])
  useEffect(() => {
    if (!open) return
    let current = true
    const { search } = asked
    const ask = async (newer: boolean, last: boolean) => {
      const result = await latest.current(search, newer)
      if (!current) return
      setFound((before) =>
        result.ok
          ? {
              rows: result.value.rows,
              note: result.value.note,
              error: result.value.error ?? null,
              busy: !last,
            }
          : { ...before, error: result.error, busy: false },
      )
    }
    const start = async () => {
      setFound((before) => ({ ...before, busy: true, error: null }))
      const newer = again && search === ''
      await ask(false, !newer)
      if (newer && current) await ask(true, true)
    }
    const timer = setTimeout(() => void start(), search === '' ? 0 : PAUSE_MS)
    return () => {
      current = false
      clearTimeout(timer)
    }
  }, [open, asked, again])
  return found
}
