import type { SavedSearch } from '@shared/search'
import { Bookmark, CornerDownLeft, Pencil, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { call } from '../../client/call'
import { useEntities } from '../../client/topics'
import { useCall } from '../../client/use-call'
import { Button, IconButton } from '../../ui/button'
import { inputLook } from '../../ui/field'
import { InlineEdit } from '../../ui/inline-edit'
import { ErrorNotice } from '../../ui/notice'
import { Popover } from '../../ui/popover'
import { showError, showToast } from '../../ui/toast'
import { searchFor, useSearch } from './search-state'

/** Searches that a person keeps: what is looked for is saved under a name. */
export function SavedSearches() {
  const [open, setOpen] = useState(false)
  return (
    <Popover
      open={open}
      onOpenChange={setOpen}
      align="end"
      title="Saved searches"
      trigger={
        <IconButton label="Saved searches">
          <Bookmark className="size-16" />
        </IconButton>
      }
    >
      <Save />
      <SavedList onChosen={() => setOpen(false)} />
    </Popover>
  )
}

function Save() {
  const text = useSearch((state) => state.text).trim()
  const saved = useEntities('app', null, 'savedSearch')
  const saving = useCall<unknown>()
  const [name, setName] = useState('')
  if (text === '')
    return <p className="text-12 text-text-muted">What is looked for can be saved here under a name.</p>
  const known = saved.has(name.trim())
  const save = async () => {
    const done = await saving.run(async () => {
      const result = await call('search.save', { name: name.trim(), text })
      return result.ok ? { ok: true, value: true } : result
    })
    if (done !== null) setName('')
  }
  return (
    <form
      className="flex min-w-0 flex-col gap-8"
      onSubmit={(event) => {
        event.preventDefault()
        if (name.trim() !== '') void save()
      }}
    >
      <p className="code-text line-clamp-2 break-words text-text-muted">
        <bdi>{text}</bdi>
      </p>
      <div className="flex min-w-0 items-center gap-6">
        <input
          type="text"
          aria-label="Name of the search"
          placeholder="Name of the search"
          maxLength={100}
          dir="auto"
          value={name}
          onChange={(event) => setName(event.target.value)}
          className={`${inputLook} h-24`}
        />
        <Button type="submit" size="small" busy={saving.busy} disabled={name.trim() === ''}>
          {known ? 'Replace' : 'Save'}
        </Button>
      </div>
      {saving.error !== null && <ErrorNotice error={saving.error} />}
    </form>
  )
}

/** All of them, to be looked for, renamed and deleted. */
export function SavedList({ onChosen }: { onChosen?: () => void }) {
  const saved = [...useEntities('app', null, 'savedSearch').values()].toSorted((a, b) =>
    a.id.localeCompare(b.id),
  )
  if (saved.length === 0) return null
  return (
    <ul aria-label="Saved searches" className="flex min-w-0 flex-col">
      {saved.map((one) => (
        <Saved key={one.id} saved={one} onChosen={onChosen} />
      ))}
    </ul>
  )
}

function Saved({ saved, onChosen }: { saved: SavedSearch; onChosen: (() => void) | undefined }) {
  const [renaming, setRenaming] = useState(false)
  const { id: name, text } = saved
  const rename = async (to: string) => {
    setRenaming(false)
    const result = await call('search.rename', { name, to })
    if (!result.ok) showError(result.error)
  }
  const forget = async () => {
    const result = await call('search.forget', { name })
    if (!result.ok) return showError(result.error)
    showToast(`The saved search “${name}” was deleted`, undefined, {
      label: 'Undo',
      run: () =>
        void call('search.save', { name, text }).then((again) => {
          if (!again.ok) showError(again.error)
        }),
    })
  }
  return (
    <li className="flex min-h-row min-w-0 items-center gap-4">
      {renaming ? (
        <InlineEdit
          label={`Name of “${name}”`}
          value={name}
          onSave={(to) => void rename(to)}
          onCancel={() => setRenaming(false)}
        />
      ) : (
        <>
          <button
            type="button"
            onClick={() => {
              searchFor(`${text} `, true)
              onChosen?.()
            }}
            className="flex min-h-24 min-w-0 flex-1 items-center gap-8 rounded-4 px-4 text-start hover:bg-surface-2"
          >
            <CornerDownLeft aria-hidden className="size-12 shrink-0 text-text-faint" />
            <bdi className="min-w-0 shrink-0 max-w-tab truncate">{name}</bdi>
            <bdi className="code-text min-w-0 truncate text-text-faint">{text}</bdi>
          </button>
          <IconButton label={`Rename “${name}”`} onClick={() => setRenaming(true)}>
            <Pencil className="size-12" />
          </IconButton>
          <IconButton label={`Delete “${name}”`} onClick={() => void forget()}>
            <Trash2 className="size-12" />
          </IconButton>
        </>
      )}
    </li>
  )
}
