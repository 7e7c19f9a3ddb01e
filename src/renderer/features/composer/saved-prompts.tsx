import type { SavedPrompt } from '@shared/domain'
import { Bookmark, CornerDownLeft, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { call } from '../../client/call'
import { useEntities } from '../../client/topics'
import { useCall } from '../../client/use-call'
import { Button, IconButton } from '../../ui/button'
import { inputLook } from '../../ui/field'
import { ErrorNotice } from '../../ui/notice'
import { Popover } from '../../ui/popover'
import { showError, showToast } from '../../ui/toast'

/** Prompts that a person keeps: what is in the field is saved under a name, and what was saved is put into it. */
export function SavedPrompts({
  disabled,
  read,
  onInsert,
}: {
  disabled: boolean
  /** What is in the field. */
  read: () => string
  onInsert: (text: string) => void
}) {
  const [open, setOpen] = useState(false)
  return (
    <Popover
      open={open}
      onOpenChange={setOpen}
      title="Saved prompts"
      trigger={
        <IconButton label="Saved prompts" disabled={disabled}>
          <Bookmark className="size-16" />
        </IconButton>
      }
    >
      <Save text={read()} />
      <List
        onInsert={(text) => {
          setOpen(false)
          onInsert(text)
        }}
      />
    </Popover>
  )
}

function Save({ text }: { text: string }) {
  const saved = useEntities('app', null, 'savedPrompt')
  const saving = useCall<unknown>()
  const [name, setName] = useState('')
  const known = saved.has(name.trim())
  if (text.trim() === '')
    return <p className="text-12 text-text-muted">What is in the field can be saved here under a name.</p>
  const save = async () => {
    const done = await saving.run(async () => {
      const result = await call('app.savePrompt', { name: name.trim(), text })
      return result.ok ? { ok: true, value: true } : result
    })
    if (done !== null) setName('')
  }
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        if (name.trim() !== '') void save()
      }}
    >
      <div className="flex gap-8">
        <input
          aria-label="Name of the prompt"
          placeholder="Save what is in the field as"
          value={name}
          maxLength={100}
          className={`${inputLook} h-control`}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Button type="submit" busy={saving.busy} disabled={name.trim() === ''}>
          {known ? 'Replace' : 'Save'}
        </Button>
      </div>
      {saving.error !== null && <ErrorNotice error={saving.error} />}
    </form>
  )
}

function List({ onInsert }: { onInsert: (text: string) => void }) {
  const saved = useEntities('app', null, 'savedPrompt')
  const ordered = [...saved.values()].toSorted((a, b) => a.id.localeCompare(b.id))
  if (ordered.length === 0)
    return <p className="text-12 text-text-faint">No prompt is saved yet. Saved ones also stand under /.</p>
  return (
    <ul aria-label="Saved prompts" className="flex max-h-list flex-col overflow-y-auto">
      {ordered.map((prompt) => (
        <li key={prompt.id} className="flex items-center gap-4 rounded-4 ps-8 hover:bg-surface-3">
          <span className="min-w-0 flex-1 truncate" dir="auto" title={prompt.text.slice(0, 1000)}>
            {prompt.id}
          </span>
          <IconButton label={`Insert ${prompt.id}`} onClick={() => onInsert(prompt.text)}>
            <CornerDownLeft className="size-12" />
          </IconButton>
          <IconButton label={`Delete ${prompt.id}`} onClick={() => void forget(prompt)}>
            <Trash2 className="size-12" />
          </IconButton>
        </li>
      ))}
    </ul>
  )
}

async function forget({ id: name, text }: SavedPrompt): Promise<void> {
  const result = await call('app.forgetPrompt', { name })
  if (!result.ok) return showError(result.error)
  showToast(`“${name}” is deleted`, undefined, {
    label: 'Undo',
    run: () =>
      void call('app.savePrompt', { name, text }).then((again) => {
        if (!again.ok) showError(again.error)
      }),
  })
}
