import type { ChangeList } from '@shared/changes'
import { FoundryError } from '@shared/errors'
import type { CheckpointId, TaskId } from '@shared/ids'
import type { CheckpointStore } from './checkpoints'
import { composeSteps, type ComposedFile, type RecordedStep } from './git/compose'

/** Two states of the files that were recorded; `from` null: where the branch left its base. */
export interface RecordedPair {
  from: CheckpointId | null
  to: CheckpointId
}

export interface ComposedDiffs {
  files(taskId: TaskId, pair: RecordedPair): Promise<readonly ComposedFile[]>
  list(taskId: TaskId, pair: RecordedPair): Promise<ChangeList>
}

/** More turns between two states are not put together. */
const MOST_STEPS = 500

/** What lies between two recorded states, from the diffs of the turns between them: known also when the checkout is gone. */
export function createComposedDiffs(
  checkpoints: Pick<CheckpointStore, 'chain' | 'get'>,
  recorded: (taskId: TaskId, id: CheckpointId) => Promise<RecordedStep & { truncated: boolean }>,
  baseOf: (taskId: TaskId) => string | null,
): ComposedDiffs {
  /** The pair that was read last: its files are asked for one page after the other. */
  let recent: { key: string; files: readonly ComposedFile[] } | null = null

  async function files(taskId: TaskId, { from, to }: RecordedPair): Promise<readonly ComposedFile[]> {
    const key = `${taskId} ${from ?? ''} ${to}`
    if (recent?.key === key) return recent.files
    const chain = checkpoints.chain(taskId, null)
    const at = (id: CheckpointId) => chain.findIndex((link) => link.id === id)
    // Belongs to this task, whoever asked for it.
    checkpoints.get(taskId, to)
    if (from !== null) checkpoints.get(taskId, from)
    const [first, last] = [from === null ? -1 : at(from), at(to)]
    if (first > last) throw unknown('The older state has to come first.')
    const links = chain.slice(first + 1, last + 1)
    if (links.length > MOST_STEPS) throw unknown(`There are ${links.length} turns between them.`)
    let state = from === null ? baseOf(taskId) : (chain[first]?.commit ?? null)
    const steps: RecordedStep[] = []
    for (const { id, commit } of links) {
      const { parent } = checkpoints.get(taskId, id)
      // The base of a branch can have moved since; each other state follows from the one before it.
      if (state !== null && parent !== state)
        throw unknown(
          from === null && steps.length === 0
            ? 'The branch starts from another commit now than when its first turn was recorded.'
            : 'One of the turns between them was recorded against another state.',
        )
      // One after the other: each can be megabytes.
      const step = await recorded(taskId, id)
      if (step.truncated)
        throw unknown('The diff of one of the turns between them is too long to be kept whole.')
      steps.push(step)
      state = commit
    }
    recent = { key, files: composeSteps(steps) }
    return recent.files
  }

  return {
    files,
    async list(taskId, pair) {
      const composed = await files(taskId, pair)
      return { files: composed.map(({ change }) => change), total: composed.length }
    },
  }
}

function unknown(reason: string): FoundryError {
  return new FoundryError(
    'unsupported',
    'What lies between these two states cannot be told without the checkout.',
    {
      next: 'What each turn changed can still be read.',
      detail: reason,
    },
  )
}
