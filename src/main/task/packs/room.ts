import type { TaskId } from '@shared/ids'
import type { PackPolicy } from '@shared/keeping-policy'
import type { PackReason } from '@shared/packs'
import type { PackContents, Prepared } from './contents'

const MB = 1024 * 1024

/** How much more the pack of a task may take, and all of them. */
export interface Room {
  /** Why a content has no room; null where it has. */
  lacking(content: Prepared): PackReason | null
  /** It was put in. */
  taken(content: Prepared): void
}

export function roomFor(contents: PackContents, taskId: TaskId, policy: PackPolicy): Room {
  let taskBytes = contents.bytesOf(taskId)
  let totalBytes = contents.totalBytes()
  return {
    lacking({ taskCost, totalCost }) {
      if (taskBytes + taskCost > policy.taskMegabytes * MB) return 'task_limit'
      return totalBytes + totalCost > policy.totalMegabytes * MB ? 'total_limit' : null
    },
    taken({ taskCost, totalCost }) {
      taskBytes += taskCost
      totalBytes += totalCost
    },
  }
}
