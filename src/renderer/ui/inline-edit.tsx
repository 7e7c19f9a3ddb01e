import { useEffect, useRef } from 'react'

/** A name edited where it stands. Enter and leaving save, Escape and an empty text cancel. */
export function InlineEdit({
  label,
  value,
  onSave,
  onCancel,
}: {
  label: string
  value: string
  onSave: (value: string) => void
  onCancel: () => void
}) {
  const input = useRef<HTMLInputElement>(null)
  const done = useRef(false)
  useEffect(() => {
    input.current?.focus()
    input.current?.select()
  }, [])
  const finish = (save: boolean) => {
    if (done.current) return
    done.current = true
    const text = input.current?.value.trim() ?? ''
    if (save && text !== '' && text !== value) onSave(text)
    else onCancel()
  }
  return (
    <input
      ref={input}
      aria-label={label}
      defaultValue={value}
      dir="auto"
      className="h-24 min-w-0 flex-1 rounded-4 border border-line-strong bg-surface-0 px-4"
      onBlur={() => finish(true)}
      onPointerDown={(event) => event.stopPropagation()}
      onClick={(event) => event.stopPropagation()}
      onDoubleClick={(event) => event.stopPropagation()}
      onKeyDown={(event) => {
        event.stopPropagation()
        if (event.nativeEvent.isComposing) return
        if (event.key === 'Enter') finish(true)
        if (event.key === 'Escape') finish(false)
      }}
    />
  )
}
