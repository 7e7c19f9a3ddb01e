import { useState } from 'react'
import { LabeledField, TextField, inputLook } from '../../ui/field'
import { Disclosure } from '../../ui/disclosure'
import { countOf } from './publish-text'
import type { PublishPlan } from '@shared/publish'
import { Field } from '@base-ui/react/field'

export interface Identity {
  name: string
  email: string
}

/** A text of several lines with its label, inside a form of this panel. */
export function TextArea({
  label,
  value,
  tall = false,
  onChange,
  onSubmit,
}: {
  label: string
  value: string
  tall?: boolean
  onChange: (value: string) => void
  onSubmit?: () => void
}) {
  return (
    <LabeledField label={label}>
      <Field.Control
        render={
          <textarea
            dir="auto"
            className={`${inputLook} grows overflow-y-auto py-6 ${tall ? 'max-h-list min-h-prompt-min' : 'max-h-commit-max min-h-commit-min'}`}
          />
        }
        value={value}
        onValueChange={onChange}
        onKeyDown={(event) => {
          if (onSubmit === undefined || event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
          event.preventDefault()
          onSubmit()
        }}
      />
    </LabeledField>
  )
}

/** What is uncommitted goes along: which files, and under which message. */
export function CommitFields({
  uncommitted,
  message,
  onChange,
  onSubmit,
}: {
  uncommitted: NonNullable<PublishPlan['git']>['uncommitted']
  message: string
  onChange: (message: string) => void
  onSubmit: () => void
}) {
  const more = uncommitted.total - uncommitted.first.length
  return (
    <section aria-label="Uncommitted changes" className="flex min-w-0 flex-col gap-4">
      <TextArea label="Commit message" value={message} onChange={onChange} onSubmit={onSubmit} />
      <Disclosure label={`${countOf(uncommitted.total, 'uncommitted file')} will be committed`}>
        {() => (
          <ul className="max-h-output overflow-y-auto ps-16 text-12 text-text-muted" data-selectable>
            {uncommitted.first.map((path) => (
              <li key={path} className="break-all">
                <bdi>{path}</bdi>
              </li>
            ))}
            {more > 0 && <li>and {more} more</li>}
          </ul>
        )}
      </Disclosure>
    </section>
  )
}

/** Who commits, asked for only when git does not know. */
export function useIdentity(needed: boolean) {
  const [identity, setIdentity] = useState<Identity>({ name: '', email: '' })
  const missing = needed && (identity.name.trim() === '' || identity.email.trim() === '')
  return {
    missing,
    given: needed && !missing ? { name: identity.name.trim(), email: identity.email.trim() } : undefined,
    fields: needed ? (
      <div className="flex flex-col gap-8">
        <TextField
          label="Your name"
          value={identity.name}
          autoComplete="name"
          onValueChange={(name) => setIdentity({ ...identity, name })}
        />
        <TextField
          label="Your e-mail"
          type="email"
          value={identity.email}
          autoComplete="email"
          hint="Stored for this task’s checkout only."
          onValueChange={(email) => setIdentity({ ...identity, email })}
        />
      </div>
    ) : null,
  }
}
