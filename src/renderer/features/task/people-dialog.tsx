import type { TaskDetail, TaskSummary } from '@shared/domain'
import type { OrganizationId } from '@shared/ids'
import { type FormEvent, useState } from 'react'
import { call } from '../../client/call'
import { useEntity } from '../../client/topics'
import { useCall } from '../../client/use-call'
import { Button } from '../../ui/button'
import { Dialog } from '../../ui/dialog'
import { CaptionedControl, TextField } from '../../ui/field'
import { ErrorNotice } from '../../ui/notice'
import { type PickerRow, SearchPicker } from '../../ui/search-picker'

/** Stands for the reader, or for who opened the pull request: the owner a task has by itself. */
const BY_ITSELF = ''

/** Whose the task is, and who commits in its checkout. */
export function PeopleDialog({
  task,
  organizationId,
  onClose,
}: {
  task: TaskDetail
  organizationId: string
  onClose: () => void
}) {
  const repository = useEntity('organization', organizationId, 'repository', task.repositoryId)
  return (
    <Dialog open onClose={onClose} title="Owner and author">
      <div className="flex flex-col gap-24 pt-8">
        {repository?.github != null && <Owner task={task} organizationId={repository.organizationId} />}
        <Author key={`${task.author?.name ?? ''} ${task.author?.email ?? ''}`} task={task} />
      </div>
    </Dialog>
  )
}

function Owner({ task, organizationId }: { task: TaskDetail; organizationId: OrganizationId }) {
  const giving = useCall<TaskSummary>()
  const byItself = task.status === 'virtual' ? 'Who opened the pull request' : 'You'
  const read = async (search: string) => {
    const result = await call('organization.members', { organizationId, search, cursor: null })
    if (!result.ok) return result
    const members = result.value.members.map(({ login, name }): PickerRow => ({
      value: login,
      label: login,
      ...(name === null ? {} : { hint: name }),
    }))
    const rows = search === '' ? [{ value: BY_ITSELF, label: byItself }, ...members] : members
    return { ok: true as const, value: { rows } }
  }
  return (
    <div className="flex flex-col gap-8">
      <CaptionedControl caption="Owner" hint="A member of the organization, who sees the task as theirs.">
        <SearchPicker
          label="Owner"
          value={task.owner ?? BY_ITSELF}
          valueLabel={task.owner ?? byItself}
          placeholder={byItself}
          empty="No member matches."
          read={read}
          onChange={({ value }) =>
            void giving.run(() =>
              call('task.setOwner', { taskId: task.id, login: value === BY_ITSELF ? null : value }),
            )
          }
        />
      </CaptionedControl>
      {giving.error !== null && <ErrorNotice error={giving.error} />}
    </div>
  )
}

function Author({ task }: { task: TaskDetail }) {
  const saving = useCall()
  const [name, setName] = useState(task.author?.name ?? '')
  const [email, setEmail] = useState(task.author?.email ?? '')
  const isSame = name.trim() === (task.author?.name ?? '') && email.trim() === (task.author?.email ?? '')
  const reason =
    name.trim() === '' || email.trim() === ''
      ? 'Write a name and an e-mail address'
      : isSame
        ? 'It is saved'
        : null
  const save = (event: FormEvent) => {
    event.preventDefault()
    if (reason !== null) return
    void saving.run(() =>
      call('task.setAuthor', { taskId: task.id, author: { name: name.trim(), email: email.trim() } }),
    )
  }
  return (
    <form onSubmit={save} className="flex flex-col gap-12">
      <p className="text-12 text-text-muted">
        {task.author === null
          ? 'Commits are by who git knows in your folder, else by your account. Choose somebody else for this task:'
          : 'Commits of this task are by:'}
      </p>
      <div className="flex flex-wrap gap-12">
        <div className="min-w-field flex-1">
          <TextField
            label="Author name"
            dir="auto"
            maxLength={200}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
        </div>
        <div className="min-w-field flex-1">
          <TextField
            label="Author e-mail"
            maxLength={200}
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
        </div>
      </div>
      {saving.error !== null && <ErrorNotice error={saving.error} />}
      <div className="flex flex-wrap justify-end gap-8">
        {task.author !== null && (
          <Button
            disabled={saving.busy}
            onClick={() => void saving.run(() => call('task.setAuthor', { taskId: task.id, author: null }))}
          >
            As git knows it
          </Button>
        )}
        <Button type="submit" tone="accent" busy={saving.busy} reason={reason}>
          Save author
        </Button>
      </div>
    </form>
  )
}
