import { useRef, useState } from 'react'
import { call } from '../../client/call'
import { useCall } from '../../client/use-call'
import { Button } from '../../ui/button'
import { TextField } from '../../ui/field'
import { ErrorNotice } from '../../ui/notice'
import { showToast } from '../../ui/toast'
import { counted } from '../sync/sync-text'

/** Messages that were typed and not used, by task: closing the panel must not lose them. */
const kept = new Map<string, string>()

/** Commits what is staged onto the task's branch, or everything where nothing is. Asks who commits only when git does not know. */
export function CommitBox({
  taskId,
  files,
  staged,
}: {
  taskId: `task_${string}`
  files: number
  /** So many are staged: then only those are committed. */
  staged: number
}) {
  const committing = useCall<{ commit: string; files: unknown[] }>()
  const field = useRef<HTMLTextAreaElement>(null)
  const [blank, setBlank] = useState((kept.get(taskId) ?? '').trim() === '')
  const [asked, setAsked] = useState(false)
  const [name, setName] = useState('')
  const [email, setEmail] = useState('')
  const needsIdentity = asked || committing.error?.kind === 'git_identity'
  const identityMissing = needsIdentity && (name.trim() === '' || email.trim() === '')

  const commit = async () => {
    const message = field.current?.value.trim() ?? ''
    if (message === '' || identityMissing) return
    const done = await committing.run(async () => {
      const result = await call('task.commit', {
        taskId,
        message,
        ...(staged > 0 ? { staged: true } : {}),
        ...(needsIdentity ? { identity: { name: name.trim(), email: email.trim() } } : {}),
      })
      if (!result.ok && result.error.kind === 'git_identity') setAsked(true)
      return result
    })
    if (done === null) return
    kept.delete(taskId)
    if (field.current !== null) field.current.value = ''
    setBlank(true)
    setAsked(false)
    showToast(
      `Committed ${done.commit.slice(0, 8)}`,
      `${done.files.length} ${done.files.length === 1 ? 'file' : 'files'}`,
    )
  }

  return (
    <section aria-label="Commit" className="flex flex-col gap-8 p-8">
      <textarea
        ref={field}
        aria-label="Commit message"
        placeholder="Commit message"
        defaultValue={kept.get(taskId) ?? ''}
        dir="auto"
        className="grows max-h-commit-max min-h-commit-min w-full overflow-y-auto rounded-6 border border-line-strong bg-surface-0 px-8 py-6"
        onChange={(event) => {
          const text = event.currentTarget.value
          kept.set(taskId, text)
          setBlank(text.trim() === '')
        }}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
          event.preventDefault()
          void commit()
        }}
      />
      {committing.error !== null && (
        <div className="max-h-list overflow-y-auto">
          <ErrorNotice error={committing.error} />
        </div>
      )}
      {needsIdentity && (
        <div className="flex flex-col gap-8">
          <TextField
            label="Your name"
            value={name}
            autoComplete="name"
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <TextField
            label="Your e-mail"
            type="email"
            value={email}
            autoComplete="email"
            hint="Stored for this task’s checkout only."
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
        </div>
      )}
      <Button
        tone="accent"
        wide
        busy={committing.busy}
        disabled={blank || identityMissing}
        onClick={() => void commit()}
      >
        {committing.busy
          ? 'Committing'
          : staged > 0
            ? `Commit ${counted(staged, 'staged file', 'staged files')}`
            : `Commit ${counted(files, 'file', 'files')}`}
      </Button>
    </section>
  )
}
