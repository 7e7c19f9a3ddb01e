import type { FilesWatched } from '@shared/changes'
import type { ErrorValue } from '@shared/errors'
import type { TaskId } from '@shared/ids'
import type { GitRunner } from '../sandbox/git/types'
import type { Schedule } from '../sandbox/schedule'
import { FileWatch } from './file-watch'

export interface WatchingOptions {
  /** Where the checkout is on this machine; null while there is none, or where it is on another one. */
  localCheckout(taskId: TaskId): string | null
  gitIn(cwd: string): GitRunner
  schedule: Schedule
  now: () => number
  look(taskId: TaskId): Promise<unknown>
  /** Whether its files are watched is another now. */
  changed(taskId: TaskId): void
  reportError(error: unknown, what: string): void
}

/** Files of tasks that somebody looks at: what changes them is seen without anybody asking. */
export interface Watching {
  begin(taskId: TaskId): void
  end(taskId: TaskId): void
  state(taskId: TaskId): FilesWatched
  close(): void
}

export function createWatching(options: WatchingOptions): Watching {
  const watches = new Map<TaskId, { watch: FileWatch; problem: ErrorValue | null }>()

  function end(taskId: TaskId): void {
    watches.get(taskId)?.watch.close()
    watches.delete(taskId)
  }

  return {
    begin(taskId) {
      end(taskId)
      const cwd = options.localCheckout(taskId)
      if (cwd === null) return
      const entry = {
        watch: new FileWatch({
          ...options,
          cwd,
          run: options.gitIn(cwd),
          look: () => options.look(taskId),
          failed(problem) {
            entry.problem = problem
            options.changed(taskId)
          },
        }),
        problem: null as ErrorValue | null,
      }
      watches.set(taskId, entry)
      void entry.watch.start()
    },
    end,
    state: (taskId) => ({ id: 'watch', problem: watches.get(taskId)?.problem ?? null }),
    close() {
      for (const taskId of watches.keys()) end(taskId)
    },
  }
}
