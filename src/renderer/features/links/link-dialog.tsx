import { type FormEvent, useId, useRef, useState } from 'react'
import { create } from 'zustand'
import { setLinkDialogOpen } from '../../app/workspace'
import { Button } from '../../ui/button'
import { Dialog } from '../../ui/dialog'
import { TextField } from '../../ui/field'
import { followLink, linkIn } from './follow-link'

/** What was typed outlives the dialog. */
const useTyped = create<{ text: string }>(() => ({ text: '' }))

/** Takes a link that was typed or pasted. */
export function LinkDialog() {
  const { text } = useTyped()
  const [wrong, setWrong] = useState(false)
  const form = useId()
  const field = useRef<HTMLInputElement>(null)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const link = linkIn(text)
    setWrong(link === null)
    if (link === null) return
    useTyped.setState({ text: '' })
    setLinkDialogOpen(false)
    void followLink(link)
  }
  return (
    <Dialog
      open
      onClose={() => setLinkDialogOpen(false)}
      title="Open link"
      initialFocus={field}
      footer={
        <Button
          type="submit"
          form={form}
          tone="accent"
          reason={text.trim() === '' ? 'Paste a link first' : null}
        >
          Open
        </Button>
      }
    >
      <form id={form} onSubmit={submit}>
        <TextField
          ref={field}
          label="Link"
          placeholder="https://github.com/owner/repository/pull/1"
          hint="The address of a pull request, or a link that starts with foundry://"
          error={wrong ? 'This is neither the address of a pull request nor a link of Foundry.' : null}
          value={text}
          onChange={(event) => {
            setWrong(false)
            useTyped.setState({ text: event.currentTarget.value })
          }}
        />
      </form>
    </Dialog>
  )
}
