import { FoundryError } from '@shared/errors'
import type {
  FileContent,
  FolderContent,
  FoundPlace,
  FoundPlaces,
  SearchPage,
  SearchRequest,
  Written,
} from '@shared/files'
import type { CheckpointId, TaskId } from '@shared/ids'
import type { FoundFiles } from '@shared/tasks'
import { expectGit } from '../../sandbox/git/errors'
import type { CheckoutGit } from '../../sandbox/git/types'
import type { TaskChanges } from '../changes'
import type { CheckpointStore } from '../checkpoints'
import { createFileFinder } from '../file-finder'
import { readPatch } from '../git/patch'
import type { PackReading } from '../packs/read'
import type { Reach } from '../reach'
import type { createSerial } from '../serial'
import { listAt, listNow, readAt, readNow } from './read'
import { searchFiles } from './search'
import { type RecordedDiff, storedFile, storedFolder, storedPaths } from './stored'
import { writeNow } from './write'

/** Of all names of a checkout. */
const LIST_BYTES = 32 * 1024 * 1024

export interface TaskFilesOptions {
  checkpoints: CheckpointStore
  recorded: TaskChanges['recorded']
  serial: ReturnType<typeof createSerial>
  now(): number
  /** Git of the checkout, to look at it, beside the sandbox where that does not run. @throws FoundryError while there is none */
  look<Value>(taskId: TaskId, run: (git: CheckoutGit) => Promise<Value>): Promise<Value>
  /** Git of the checkout, to work in it. @throws FoundryError while there is none, or the task is archived */
  work<Value>(taskId: TaskId, run: (git: CheckoutGit) => Promise<Value>): Promise<Value>
  reach: Reach
  pack: PackReading
  /** Makes the files as they are a checkpoint. */
  record(taskId: TaskId, git: CheckoutGit): Promise<unknown>
  /** In a transaction of its own. */
  edited(taskId: TaskId, path: string): void
}

/** Files of a task: as they are (`at` is null), or as they were at a checkpoint. */
export interface TaskFiles {
  find(
    taskId: TaskId,
    words: string,
    options: { at: CheckpointId | null; folders: boolean; most: number },
  ): Promise<FoundFiles>
  folder(taskId: TaskId, at: CheckpointId | null, folder: string): Promise<FolderContent>
  read(taskId: TaskId, at: CheckpointId | null, path: string, known: string | null): Promise<FileContent>
  write(
    taskId: TaskId,
    request: { path: string; bytes: Uint8Array; version: string | null; overwrites: boolean },
  ): Promise<Written>
  search(
    taskId: TaskId,
    request: { at: CheckpointId | null; searchId: string; request: SearchRequest; from: number },
  ): Promise<SearchPage>
  /** What a search has found beyond so many places, as soon as there is something or it has ended. */
  found(searchId: string, known: number): Promise<FoundPlaces>
  stopSearch(searchId: string): void
}

export function createTaskFiles(options: TaskFilesOptions): TaskFiles {
  const { checkpoints } = options
  const searches = new Map<string, RunningSearch>()

  /** Of a commit that neither checkout nor store have, its pack and its recorded diff answer. */
  function atCommit<Value>(
    taskId: TaskId,
    at: CheckpointId,
    run: (git: CheckoutGit, commit: string) => Promise<Value>,
    otherwise: (recorded: RecordedDiff, kept: { commit: string; parent: string }) => Value | Promise<Value>,
  ): Promise<Value> {
    const kept = checkpoints.get(taskId, at)
    return options.reach(
      taskId,
      [kept.commit],
      (git) => run(git, kept.commit),
      async () => otherwise(await options.recorded(taskId, at), kept),
    )
  }

  /** What is kept of a file, else what a diff tells of it: one with many lines around its changes, or the turn's. */
  async function keptFile(
    taskId: TaskId,
    recorded: RecordedDiff,
    { commit, parent }: { commit: string; parent: string },
    path: string,
  ): Promise<FileContent> {
    const whole = await options.pack.file(taskId, commit, path)
    if (whole !== null) return whole
    const wide = await options.pack.wide(taskId, { from: parent, to: commit }, path)
    if (wide === null) return storedFile(recorded, path)
    return storedFile({ patch: wide.patch, files: await readPatch(wide.patch) }, path)
  }

  const known = (taskId: TaskId, recorded: RecordedDiff, commit: string): string[] => [
    ...new Set([...storedPaths(recorded), ...options.pack.paths(taskId, commit)]),
  ]

  const finder = createFileFinder({
    now: options.now,
    list(taskId, at) {
      const list = async (git: CheckoutGit, args: string[]) => {
        const result = await git.run(args, { maxOutputBytes: LIST_BYTES })
        // A list that was cut is a list all the same; its last path may be half of one.
        if (!result.truncated) expectGit(result, 'The files of the checkout could not be listed')
        return { files: result.stdout.split('\0').slice(0, -1), cut: result.truncated }
      }
      if (at === null)
        return options.look(taskId, (git) =>
          list(git, ['ls-files', '-z', '--cached', '--others', '--exclude-standard']),
        )
      return atCommit(
        taskId,
        at,
        (git, commit) => list(git, ['ls-tree', '-r', '-z', '--name-only', '--full-tree', commit]),
        (recorded, { commit }) => ({ files: known(taskId, recorded, commit), cut: false }),
      )
    },
  })

  return {
    find: finder.find,
    folder(taskId, at, folder) {
      if (at === null) return options.look(taskId, (git) => listNow(git, folder))
      return atCommit(
        taskId,
        at,
        (git, commit) => listAt(git, commit, folder),
        (recorded, { commit }) => storedFolder(known(taskId, recorded, commit), folder),
      )
    },
    read(taskId, at, path, known) {
      if (at === null) return options.look(taskId, (git) => readNow(git, path, known))
      return atCommit(
        taskId,
        at,
        (git, commit) => readAt(git, commit, path, known),
        (recorded, kept) => keptFile(taskId, recorded, kept, path),
      )
    },
    write: (taskId, { overwrites, ...request }) =>
      options.serial(taskId, () =>
        options.work(taskId, async (git) => {
          if (overwrites) await options.record(taskId, git)
          const written = await writeNow(git, request)
          if (written.outcome === 'written') options.edited(taskId, request.path)
          return written
        }),
      ),
    async search(taskId, { at, searchId, request, from }) {
      const search = new RunningSearch()
      searches.set(searchId, search)
      const { signal } = search.controller
      const onFound = (places: FoundPlace[]) => search.add(places)
      try {
        if (at === null)
          return await options.look(taskId, (git) =>
            searchFiles(git, request, { commit: null, from, signal, onFound }),
          )
        return await atCommit(
          taskId,
          at,
          (git, commit) => searchFiles(git, request, { commit, from, signal, onFound }),
          () => {
            throw new FoundryError('not_found', 'The files of this turn are not on this computer any more.', {
              next: 'What the turn changed can still be read.',
            })
          },
        )
      } finally {
        if (searches.get(searchId) === search) searches.delete(searchId)
        search.end()
      }
    },
    stopSearch(searchId) {
      searches.get(searchId)?.controller.abort()
    },
    async found(searchId, known) {
      return (await searches.get(searchId)?.beyond(known)) ?? { places: [], ended: true }
    },
  }
}

/** A search that is under way, with what it has found. */
class RunningSearch {
  readonly controller = new AbortController()
  readonly #places: FoundPlace[] = []
  #ended = false
  #waiting: (() => void)[] = []

  add(places: readonly FoundPlace[]): void {
    this.#places.push(...places)
    this.#tell()
  }

  end(): void {
    this.#ended = true
    this.#tell()
  }

  async beyond(known: number): Promise<FoundPlaces> {
    if (!this.#ended && this.#places.length <= known)
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    return { places: this.#places.slice(known), ended: this.#ended }
  }

  #tell(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}
