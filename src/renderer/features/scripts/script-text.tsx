import type { ReactNode } from 'react'
import { withUnseen } from '../transcript/text-guard'
import { ScrolledPre } from '../../ui/scrolled-pre'

/** A command as it would run, in full: what cannot be seen in it is shown. */
export function CommandText({ command }: { command: string }) {
  return (
    <ScrolledPre
      className="code-text max-h-output overflow-auto rounded-4 bg-surface-0 p-8 break-words whitespace-pre-wrap"
      data-selectable
    >
      <bdo dir="ltr">{withUnseen(command)}</bdo>
    </ScrolledPre>
  )
}

export function ScriptPart({
  title,
  hint,
  actions,
  children,
}: {
  title: ReactNode
  hint: ReactNode
  actions?: ReactNode
  children: ReactNode
}) {
  return (
    <section className="flex min-w-0 flex-col gap-6 rounded-6 border border-line bg-surface-1 p-12">
      <header className="flex min-w-0 flex-wrap items-center gap-8">
        <h2 className="min-w-0 flex-1 font-medium break-words">{title}</h2>
        {actions}
      </header>
      <p className="text-12 text-text-muted">{hint}</p>
      {children}
    </section>
  )
}
