import type { ReactNode } from 'react'

/** A part of a settings page, under its heading. */
export function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title} className="border-b border-line py-16 last:border-b-0">
      <h3 className="mb-12 font-semibold">{title}</h3>
      <div className="flex min-w-0 flex-col gap-16">{children}</div>
    </section>
  )
}
