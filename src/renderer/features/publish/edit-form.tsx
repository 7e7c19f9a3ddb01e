import type { TaskSummary } from '@shared/domain'
import type { PullRequest } from '@shared/github'
import type { TaskId } from '@shared/ids'
import { useState } from 'react'
import { call } from '../../client/call'
import { useCall } from '../../client/use-call'
import { Button } from '../../ui/button'
import { CaptionedControl, TextField } from '../../ui/field'
import { ErrorNotice } from '../../ui/notice'
import { SearchSelect } from '../../ui/select'
import { TextArea } from './commit-fields'

/** Title, description and base in place of what they were. Only what was changed is sent. */
export function EditForm({
  taskId,
  pullRequest,
  branches,
  onDone,
}: {
  taskId: TaskId
  pullRequest: PullRequest
  branches: readonly string[]
  onDone: () => void
}) {
  const [title, setTitle] = useState(pullRequest.title)
  const [body, setBody] = useState(pullRequest.body)
  const [base, setBase] = useState(pullRequest.baseRef)
  const saving = useCall<TaskSummary>()
  const isOpen = pullRequest.state === 'open'
  const save = async () => {
    const change = {
      ...(title.trim() === pullRequest.title ? {} : { title }),
      ...(body === pullRequest.body ? {} : { body }),
      ...(base === pullRequest.baseRef ? {} : { base }),
    }
    if (Object.keys(change).length === 0) return onDone()
    const saved = await saving.run(() => call('task.editPullRequest', { taskId, ...change }))
    if (saved !== null) onDone()
  }
  const choices = [...new Set([base, pullRequest.baseRef, ...branches])]
    .filter((name) => name !== pullRequest.headRef)
    .map((name) => ({ value: name, label: name }))
  return (
    <form
      aria-label={`Edit #${pullRequest.number}`}
      className="flex min-w-0 flex-col gap-12"
      onSubmit={(event) => {
        event.preventDefault()
        void save()
      }}
    >
      <TextField label="Title" value={title} maxLength={256} dir="auto" spellCheck onValueChange={setTitle} />
      {isOpen && (
        <CaptionedControl caption="Into">
          <SearchSelect
            label="Into"
            value={base}
            choices={choices}
            onChange={setBase}
            placeholder="Choose a branch"
            empty="No branch by that name"
          />
        </CaptionedControl>
      )}
      <TextArea label="Description" value={body} tall onChange={setBody} onSubmit={() => void save()} />
      {saving.error !== null && <ErrorNotice error={saving.error} />}
      <div className="flex flex-wrap gap-6">
        <Button
          tone="accent"
          type="submit"
          busy={saving.busy}
          reason={title.trim() === '' ? 'It needs a title' : null}
        >
          Save
        </Button>
        <Button onClick={onDone}>Back</Button>
      </div>
    </form>
  )
}
