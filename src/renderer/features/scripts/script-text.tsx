import { type ReactNode } from 'react'

/** A command as it would run, in full: what cannot be seen in it is shown. */
export function CommandText({ command }: { command: string }) {
  return (
    <pre
      className="code-text max-h-output overflow-auto rounded-4 bg-surface-0 p-8 break-words whitespace-pre-wrap"
      data-selectable
    >
      <bdo dir="ltr">{visible(command)}</bdo>
    </pre>
  )
}

// oxlint-disable-next-line no-control-regex -- to show them is the point
const unseen = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]/g

/** Characters that have no width, or turn what follows around, are written out. */
export function visible(text: string): string {
  return text.replaceAll(unseen, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
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
        <h3 className="min-w-0 flex-1 font-medium break-words">{title}</h3>
        {actions}
      </header>
      <p className="text-12 text-text-muted">{hint}</p>
      {children}
    </section>
  )
}
