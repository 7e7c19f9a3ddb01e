/** Progress with its figure as soon as one is known; without one, only the words beside it say what happens. */
export function Progress({ label, value }: { label: string; value: number | null }) {
  if (value === null) return null
  const percent = Math.round(Math.min(1, Math.max(0, value)) * 100)
  return (
    <div className="flex items-center gap-8">
      <progress aria-label={label} value={percent} max={100} className="progress min-w-0 flex-1" />
      <span className="text-12 text-text-muted">{percent} %</span>
    </div>
  )
}

/** For waits without a figure: nothing for 300 ms, then quiet words. */
export function Waiting({ children }: { children: string }) {
  return (
    <output className="flex h-full animate-late items-center justify-center p-24 text-text-faint">
      {children}
    </output>
  )
}
