/** A label as GitHub has it: its colour as a mark beside its name, never as the ground of the text. */
export function LabelChip({ name, color }: { name: string; color: string }) {
  const known = /^[0-9a-f]{6}$/i.test(color)
  return (
    <span
      title={name}
      className="inline-flex h-16 max-w-number min-w-0 items-center gap-4 rounded-full border border-line px-6 text-11 text-text-muted"
    >
      <span
        aria-hidden
        className="size-8 shrink-0 rounded-full border border-line-strong bg-text-faint"
        style={known ? { backgroundColor: `#${color}` } : undefined}
      />
      <span className="truncate" dir="auto">
        {name}
      </span>
    </span>
  )
}
