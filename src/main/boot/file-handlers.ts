import type { DomainHandlers } from '../ipc/handlers'
import type { TaskFiles } from '../task/files/files'
import type { FileDrafts } from '../user/file-drafts'

/** Files one searches for by name are listed to this many. */
const MOST_FOUND = 50

/** What stands behind the operations on files: those of the task, and what the person has not saved. */
export function fileHandlers(files: TaskFiles, drafts: FileDrafts): DomainHandlers<'files'> {
  return {
    find: ({ taskId, at, words }) => files.find(taskId, words, { at, folders: false, most: MOST_FOUND }),
    folder: ({ taskId, at, folder }) => files.folder(taskId, at, folder),
    read: async ({ taskId, at, path, known }) => ({
      content: await files.read(taskId, at, path, known),
      draft: at === null ? drafts.get(taskId, path) : null,
    }),
    write: async ({ taskId, ...request }) => {
      const written = await files.write(taskId, request)
      if (written.outcome === 'written') drafts.drop(taskId, request.path)
      return written
    },
    saveDraft: ({ taskId, path, ...draft }) => drafts.save(taskId, path, draft),
    dropDraft: ({ taskId, path }) => drafts.drop(taskId, path),
    drafts: ({ taskId }) => drafts.ofTask(taskId),
    search: ({ taskId, ...request }) => files.search(taskId, request),
    found: ({ searchId, known }) => files.found(searchId, known),
    stopSearch: ({ searchId }) => files.stopSearch(searchId),
  }
}
