import type { TaskDetail } from '@shared/domain'
import type { CheckpointId, TaskId } from '@shared/ids'
import { create } from 'zustand'
import { Button } from '../../ui/button'
import { chooseComparison } from '../changes/comparison-choice'

/** A state of the files that somebody wants to compare with another. */
export interface MarkedState {
  id: CheckpointId
  at: number
  /** What it is called, in the timeline. */
  title: string
}

const useMarks = create<Readonly<Record<string, MarkedState | null>>>(() => ({}))

export const useMarkedState = (taskId: TaskId): MarkedState | null =>
  useMarks((marks) => marks[taskId]) ?? null

export function markState(taskId: TaskId, mark: MarkedState | null): void {
  useMarks.setState({ [taskId]: mark })
}

/** Shows what lies between two states, whichever of them is the older. */
export function compareStates(taskId: TaskId, one: MarkedState, other: MarkedState): void {
  const [from, to] = one.at <= other.at ? [one, other] : [other, one]
  markState(taskId, null)
  chooseComparison(taskId, { from: from.id, to: to.id })
}

/** Says which state was marked, until another is chosen. */
export function CompareBar({ task }: { task: TaskDetail }) {
  const marked = useMarkedState(task.id)
  if (marked === null) return null
  const hasFiles = task.sandbox !== null && task.sandbox.state !== 'preparing' && task.status !== 'archived'
  const show = (choice: Parameters<typeof chooseComparison>[1]) => {
    markState(task.id, null)
    chooseComparison(task.id, choice)
  }
  return (
    <section
      aria-label="Compare"
      className="flex shrink-0 flex-wrap items-center gap-6 border-b border-line bg-info-surface px-12 py-4 text-12"
    >
      <span className="min-w-0 basis-full break-words">
        Compare “{marked.title}” with a turn or checkpoint below, or with
      </span>
      <Button size="small" onClick={() => show({ from: null, to: marked.id })}>
        The start of the branch
      </Button>
      <Button
        size="small"
        reason={hasFiles ? undefined : 'The files as they are now are not here: the task has no checkout.'}
        onClick={() => show({ from: marked.id, to: null })}
      >
        The files now
      </Button>
      <Button size="small" tone="quiet" onClick={() => markState(task.id, null)}>
        Cancel
      </Button>
    </section>
  )
}
