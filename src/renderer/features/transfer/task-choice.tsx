import type { OrganizationId, TaskId } from '@shared/ids'
import { useMemo, useState } from 'react'
import { useEntities, useTopicPhase } from '../../client/topics'
import { TextField } from '../../ui/field'
import { Waiting } from '../../ui/progress'
import { counted } from '../sync/sync-text'

/** More are found by narrowing the list. */
const SHOWN = 200

/** Tasks that were worked on, to choose some of them. */
export function TaskChoice({
  organizationId,
  chosen,
  onChange,
}: {
  organizationId: OrganizationId
  chosen: ReadonlySet<TaskId>
  onChange: (chosen: ReadonlySet<TaskId>) => void
}) {
  const tasks = useEntities('tasks', organizationId, 'task')
  const repositories = useEntities('organization', organizationId, 'repository')
  const phase = useTopicPhase('tasks', organizationId)
  const [words, setWords] = useState('')
  const rows = useMemo(() => {
    const wanted = words.toLocaleLowerCase().split(/\s+/).filter(Boolean)
    return [...tasks.values()]
      .filter((task) => task.status !== 'virtual')
      .map((task) => ({ task, repository: repositories.get(task.repositoryId)?.name ?? '' }))
      .filter(({ task, repository }) => {
        const text = `${task.title} ${task.branch} ${repository}`.toLocaleLowerCase()
        return wanted.every((word) => text.includes(word))
      })
      .toSorted((left, right) => right.task.updatedAt - left.task.updatedAt)
  }, [tasks, repositories, words])
  const allChosen = rows.length > 0 && rows.every(({ task }) => chosen.has(task.id))
  const set = (ids: readonly TaskId[], on: boolean) => {
    const next = new Set(chosen)
    for (const id of ids)
      if (on) next.add(id)
      else next.delete(id)
    onChange(next)
  }
  if (phase === 'loading') return <Waiting>Reading the tasks</Waiting>
  return (
    <section aria-label="Tasks to export" className="flex flex-col gap-8">
      <TextField
        label="Filter tasks"
        value={words}
        onChange={(event) => setWords(event.target.value)}
        hint="By title, branch or repository"
      />
      <label className="flex items-center gap-8">
        <input
          type="checkbox"
          checked={allChosen}
          disabled={rows.length === 0}
          onChange={() =>
            set(
              rows.map(({ task }) => task.id),
              !allChosen,
            )
          }
          className="size-16 shrink-0 accent-accent"
        />
        <span>
          All {counted(rows.length, 'task', 'tasks')}
          {words.trim() !== '' && ' of the filter'}
        </span>
        <span className="text-12 text-text-muted">{counted(chosen.size, 'is', 'are')} chosen</span>
      </label>
      {rows.length === 0 ? (
        <p className="text-text-muted">
          {words.trim() === '' ? 'Nobody has worked on a task here yet.' : 'No task has these words.'}
        </p>
      ) : (
        <ul aria-label="Tasks" className="max-h-output overflow-y-auto rounded-6 border border-line">
          {rows.slice(0, SHOWN).map(({ task, repository }) => (
            <li key={task.id} className="border-b border-line last:border-b-0">
              <label className="flex items-start gap-12 p-8 hover:bg-surface-2">
                <input
                  type="checkbox"
                  aria-label={task.title}
                  checked={chosen.has(task.id)}
                  onChange={(event) => set([task.id], event.target.checked)}
                  className="mt-2 size-16 shrink-0 accent-accent"
                />
                <span className="min-w-0 flex-1">
                  <span className="block break-words" dir="auto">
                    {task.title}
                  </span>
                  <span className="block text-12 break-words text-text-muted">
                    {repository} · {task.branch}
                  </span>
                </span>
              </label>
            </li>
          ))}
        </ul>
      )}
      {rows.length > SHOWN && (
        <p className="text-12 text-text-faint">The {SHOWN} newest are listed. “All” means all of them.</p>
      )}
    </section>
  )
}
