import { Tabs as Base } from '@base-ui/react/tabs'
import type { ReactNode } from 'react'

export interface TabPage<Value extends string> {
  value: Value
  label: string
  /** Built only while it is shown. */
  content: () => ReactNode
}

/** Pages of one thing, one shown at a time. Arrow keys go from tab to tab. */
export function Tabs<Value extends string>({
  label,
  value,
  pages,
  onChange,
}: {
  label: string
  value: Value
  pages: readonly TabPage<Value>[]
  onChange: (value: Value) => void
}) {
  return (
    <Base.Root
      value={value}
      onValueChange={(next: unknown) => {
        const page = pages.find((one) => one.value === next)
        if (page !== undefined) onChange(page.value)
      }}
    >
      <Base.List
        aria-label={label}
        className="scroll-strip sticky top-0 z-10 -mx-16 flex gap-4 border-b border-line bg-surface-1 px-16 pt-4 pb-8"
      >
        {pages.map((page) => (
          <Base.Tab
            key={page.value}
            value={page.value}
            className="h-control shrink-0 rounded-6 px-8 text-text-muted transition-colors hover:bg-surface-2 hover:text-text data-active:bg-surface-3 data-active:text-text"
          >
            {page.label}
          </Base.Tab>
        ))}
      </Base.List>
      {pages.map((page) => (
        <Base.Panel key={page.value} value={page.value} className="rounded-4">
          {page.value === value && page.content()}
        </Base.Panel>
      ))}
    </Base.Root>
  )
}
