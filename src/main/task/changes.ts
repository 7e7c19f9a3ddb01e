import { randomUUID } from 'node:crypto'
import type {
  ChangeAction,
  ChangeList,
  CheckpointEntry,
  CheckpointReason,
  Comparison,
  FileDiff,
  FileNames,
  FileVersions,
  PatchPart,
} from '@shared/changes'
import { FoundryError } from '@shared/errors'
import type { CheckpointId, TaskId, TurnId } from '@shared/ids'
import { resolveCommit } from '../sandbox/git/changes'
import { expectGit } from '../sandbox/git/errors'
import { oneLine, toPathspec } from '../sandbox/git/parse'
import type { CheckoutGit } from '../sandbox/git/types'
import type { CheckpointStore } from './checkpoints'
import { createComposedDiffs, type RecordedPair } from './composed'
import { applyPart, restoreFiles } from './git/apply'
import { listCompared, readFileDiffs, readFileVersions, toFileDiff, type GitComparison } from './git/diff'
import { readPatch, type PatchFile } from './git/patch'
import { replaceLines, type Replacement } from './git/suggestion'
import type { createSerial } from './serial'

const PAGE = 100
/** What can be taken back; older ones are still in the list of checkpoints. */
const MOST_UNDOS = 50

export interface TaskChangesOptions {
  checkpoints: CheckpointStore
  serial: ReturnType<typeof createSerial>
  /** Git of the checkout, to look at it. @throws FoundryError while there is none */
  look<Value>(
    taskId: TaskId,
    run: (git: CheckoutGit, row: { baseCommit: string | null }) => Promise<Value>,
  ): Promise<Value>
  /** Git of the checkout, to work in it. @throws FoundryError while there is none, or the task is archived */
  work<Value>(
    taskId: TaskId,
    run: (git: CheckoutGit, row: { baseCommit: string | null }) => Promise<Value>,
  ): Promise<Value>
  /** Records the files as they are. Null when they are as at the newest checkpoint. */
  record(taskId: TaskId, git: CheckoutGit, reason: CheckpointReason): Promise<{ commit: string } | null>
  isReady(taskId: TaskId): boolean
  /** The commit its branch started from; null where nobody knows. */
  baseOf(taskId: TaskId): string | null
  /** An agent works in the checkout now. */
  isWorking(taskId: TaskId): boolean
  promptsOf(turnIds: readonly TurnId[]): ReadonlyMap<TurnId, string>
  /** In a transaction of its own. */
  audit(
    taskId: TaskId,
    kind: 'task.files.discarded' | 'task.files.restored' | 'task.suggestion.applied',
    payload: Record<string, unknown>,
  ): void
  /** The checkout is another now. */
  changed(taskId: TaskId): Promise<unknown>
}

/** What a task changed: its turns, its diffs, and what a person undoes of them. */
export interface TaskChanges {
  /** Newest first, 100 before `before`. */
  checkpoints(taskId: TaskId, before: CheckpointId | null): { entries: CheckpointEntry[]; more: boolean }
  list(taskId: TaskId, comparison: Comparison): Promise<ChangeList>
  diffs(
    taskId: TaskId,
    request: { comparison: Comparison; files: readonly FileNames[]; ignoreSpace: boolean },
  ): Promise<FileDiff[]>
  /** What a turn changed, as it was recorded: known also when the checkout is gone. */
  recorded(
    taskId: TaskId,
    id: CheckpointId,
  ): Promise<{ patch: string; files: readonly PatchFile[]; truncated: boolean }>
  versions(taskId: TaskId, request: { comparison: Comparison } & FileNames): Promise<FileVersions>
  apply(
    taskId: TaskId,
    request: {
      action: ChangeAction
      comparison: Comparison
      files: readonly FileNames[]
      part: PatchPart
      version: string | null
    },
  ): Promise<{ undo: string | null }>
  /** Makes files (all where null) what they were at a checkpoint; the state before is a checkpoint too. */
  restore(
    taskId: TaskId,
    checkpointId: CheckpointId,
    files: readonly FileNames[] | null,
  ): Promise<{ undo: string }>
  /** Puts lines in the place of others, as somebody suggested; the state before is a checkpoint. */
  replace(taskId: TaskId, replacement: Replacement): Promise<{ undo: string; line: number }>
  /** @throws FoundryError `not_found` for what can not be taken back any more */
  undo(taskId: TaskId, undo: string): Promise<void>
}

export function createTaskChanges(options: TaskChangesOptions): TaskChanges {
  const { checkpoints: store, serial } = options
  const undos = new Map<string, { taskId: TaskId; run: () => Promise<void> }>()
  /** The recorded diff that was read last: its files are asked for one page after the other. */
  let recent: { id: CheckpointId; patch: string; files: PatchFile[]; truncated: boolean } | null = null

  function keepUndo(taskId: TaskId, run: () => Promise<void>): string {
    const id = randomUUID()
    undos.set(id, { taskId, run })
    const [oldest] = undos.keys()
    if (undos.size > MOST_UNDOS && oldest !== undefined) undos.delete(oldest)
    return id
  }

  async function recorded(taskId: TaskId, id: CheckpointId): Promise<NonNullable<typeof recent>> {
    // Belongs to this task, whoever asked for it last.
    store.get(taskId, id)
    if (recent?.id === id) return recent
    const { diff, truncated } = await store.diff(taskId, id)
    const patch = diff.toString('utf8')
    recent = { id, patch, files: await readPatch(patch), truncated }
    return recent
  }

  function toGit(
    taskId: TaskId,
    comparison: Exclude<Comparison, { turn: CheckpointId }>,
    baseCommit: string | null,
  ): GitComparison {
    if (typeof comparison === 'string') return comparison
    const from = comparison.from === null ? baseCommit : store.get(taskId, comparison.from).commit
    if (from === null)
      throw new FoundryError('unsupported', 'The branch has no base to compare with.', {
        next: 'Compare with one of its turns.',
      })
    return { from, to: comparison.to === null ? null : store.get(taskId, comparison.to).commit }
  }

  /** With commits that the checkout has. */
  function looked<Value>(
    taskId: TaskId,
    comparison: Exclude<Comparison, { turn: CheckpointId }>,
    run: (
      git: CheckoutGit,
      compared: { comparison: GitComparison; baseCommit: string | null },
    ) => Promise<Value>,
  ): Promise<Value> {
    return options.look(taskId, async (git, { baseCommit }) => {
      const compared = toGit(taskId, comparison, baseCommit)
      if (typeof compared === 'object') {
        await mustHave(git, compared.from)
        if (compared.to !== null) await mustHave(git, compared.to)
      }
      return run(git, { comparison: compared, baseCommit })
    })
  }

  const composed = createComposedDiffs(store, recorded, options.baseOf)

  /**
   * By git where the checkout is; else by the recorded diffs, where both states were recorded.
   * @throws FoundryError why those do not tell it either
   */
  async function between<Value>(
    taskId: TaskId,
    comparison: Exclude<Comparison, { turn: CheckpointId }>,
    byGit: () => Promise<Value>,
    byRecord: (pair: RecordedPair) => Promise<Value>,
  ): Promise<Value> {
    const pair =
      typeof comparison === 'object' && comparison.to !== null
        ? { from: comparison.from, to: comparison.to }
        : null
    if (pair === null) return byGit()
    if (!options.isReady(taskId)) return byRecord(pair)
    try {
      return await byGit()
    } catch (error) {
      if (!(error instanceof FoundryError)) throw error
      return byRecord(pair)
    }
  }

  function mustRest(taskId: TaskId): void {
    if (options.isWorking(taskId))
      throw new FoundryError('conflict', 'An agent works in these files now.', {
        next: 'Stop it, or wait until its turn has ended.',
      })
  }

  const pathspecsOf = (files: readonly FileNames[]) =>
    files.flatMap(({ path, oldPath }) => (oldPath === null ? [path] : [oldPath, path]).map(toPathspec))

  /** Secures the files as they are, and returns the commit that holds them. */
  async function secure(taskId: TaskId, git: CheckoutGit, reason: CheckpointReason): Promise<string> {
    const made = await options.record(taskId, git, reason)
    const commit = made?.commit ?? store.latest(taskId)?.commit
    if (commit === undefined) throw new Error(`Task ${taskId} has no checkpoint after one was taken`)
    return commit
  }

  async function bringBack(
    taskId: TaskId,
    commit: string,
    pathspecs: readonly string[] | null,
  ): Promise<void> {
    mustRest(taskId)
    await options.work(taskId, async (git) => {
      await restoreFiles(git, commit, pathspecs)
      await options.record(taskId, git, 'restored')
    })
    await options.changed(taskId)
  }

  return {
    checkpoints(taskId, before) {
      const page = store.page(taskId, before, PAGE + 1)
      const entries = page.slice(0, PAGE)
      const prompts = options.promptsOf(entries.flatMap(({ turnId }) => turnId ?? []))
      return {
        entries: entries.map((entry) => ({
          ...entry,
          prompt: entry.turnId === null ? null : (prompts.get(entry.turnId) ?? null),
        })),
        more: page.length > PAGE,
      }
    },
    recorded,
    async list(taskId, comparison) {
      if (typeof comparison !== 'object' || 'from' in comparison)
        return between(
          taskId,
          comparison,
          () => looked(taskId, comparison, listCompared),
          (pair) => composed.list(taskId, pair),
        )
      const { files } = await recorded(taskId, comparison.turn)
      return { files: files.map(({ change }) => change), total: files.length }
    },
    async diffs(taskId, { comparison, files, ignoreSpace }) {
      if (typeof comparison !== 'object' || 'from' in comparison)
        return between(
          taskId,
          comparison,
          () =>
            looked(taskId, comparison, (git, compared) =>
              readFileDiffs(git, { ...compared, files, ignoreSpace }),
            ),
          async (pair) => {
            const known = new Map(
              (await composed.files(taskId, pair)).map((file) => [file.change.path, file]),
            )
            return files.map(({ path }) => {
              const file = known.get(path)
              return toFileDiff(path, file?.patch ?? '', file?.binary ?? false, false)
            })
          },
        )
      const { patch, files: parts, truncated } = await recorded(taskId, comparison.turn)
      const byPath = new Map(parts.map((part) => [part.change.path, part]))
      return files.map(({ path }) => {
        const part = byPath.get(path)
        if (part === undefined) return toFileDiff(path, '', false, truncated)
        const cut = truncated && part.end === patch.length
        return toFileDiff(path, patch.slice(part.start, part.end), part.binary, cut)
      })
    },
    versions(taskId, { comparison, ...names }) {
      // What a turn did is compared through its two commits.
      if (typeof comparison === 'object' && 'turn' in comparison) {
        const { commit, parent } = store.get(taskId, comparison.turn)
        return options.look(taskId, async (git) => {
          await mustHave(git, commit)
          return readFileVersions(git, {
            comparison: { from: parent, to: commit },
            baseCommit: null,
            ...names,
          })
        })
      }
      return looked(taskId, comparison, (git, compared) => readFileVersions(git, { ...compared, ...names }))
    },
    apply: (taskId, { action, comparison, files, part, version }) =>
      serial(taskId, async () => {
        if (typeof comparison === 'object' && ('turn' in comparison || comparison.to !== null))
          throw new FoundryError('invalid_input', 'What is compared here is not in the files any more.', {
            next: 'Compare the turn with the files as they are.',
          })
        const discards = action === 'discard'
        if (discards) mustRest(taskId)
        const pathspecs = pathspecsOf(files)
        const undo = await options.work(taskId, async (git, { baseCommit }) => {
          const request = { action, comparison: toGit(taskId, comparison, baseCommit), files, part, version }
          if (discards) {
            const commit = await secure(taskId, git, 'before_discard')
            await applyPart(git, request)
            return () => serial(taskId, () => bringBack(taskId, commit, pathspecs))
          }
          const index = await git.run(['write-tree'])
          await applyPart(git, request)
          // An index with conflicts is no tree, and what it was cannot be had back.
          if (index.exitCode !== 0) return null
          const tree = oneLine(index.stdout)
          return () =>
            serial(taskId, async () => {
              const back = (again: CheckoutGit) => again.run(['reset', '--quiet', tree, '--', ...pathspecs])
              expectGit(await options.work(taskId, back), 'The index could not be brought back')
              await options.changed(taskId)
            })
        })
        if (discards)
          options.audit(taskId, 'task.files.discarded', { files: files.length, part: part !== 'file' })
        await options.changed(taskId)
        return { undo: undo === null ? null : keepUndo(taskId, undo) }
      }),
    restore: (taskId, checkpointId, files) =>
      serial(taskId, async () => {
        mustRest(taskId)
        const { commit } = store.get(taskId, checkpointId)
        const pathspecs = files === null ? null : pathspecsOf(files)
        const before = await options.work(taskId, async (git) => {
          await mustHave(git, commit)
          return secure(taskId, git, 'before_restore')
        })
        await bringBack(taskId, commit, pathspecs)
        options.audit(taskId, 'task.files.restored', {
          checkpointId,
          ...(files === null ? {} : { files: files.length }),
        })
        return { undo: keepUndo(taskId, () => serial(taskId, () => bringBack(taskId, before, pathspecs))) }
      }),
    replace: (taskId, replacement) =>
      serial(taskId, async () => {
        mustRest(taskId)
        const { commit, line } = await options.work(taskId, async (git) => ({
          commit: await secure(taskId, git, 'before_suggestion'),
          line: await replaceLines(git, replacement),
        }))
        await options.changed(taskId)
        const { path } = replacement
        options.audit(taskId, 'task.suggestion.applied', { path })
        const back = () => serial(taskId, () => bringBack(taskId, commit, [toPathspec(path)]))
        return { undo: keepUndo(taskId, back), line }
      }),
    async undo(taskId, undo) {
      const known = undos.get(undo)
      if (known?.taskId !== taskId)
        throw new FoundryError('not_found', 'This cannot be taken back any more.', {
          next: 'Restore the checkpoint from before it, in the list of turns.',
        })
      await known.run()
      undos.delete(undo)
    },
  }
}

async function mustHave(git: CheckoutGit, commit: string): Promise<void> {
  // The tree without entries, which an empty repository is compared with, is no commit.
  const known = (await resolveCommit(git, commit)) ?? (await git.run(['cat-file', '-e', `${commit}^{tree}`]))
  if (typeof known === 'string' || known.exitCode === 0) return
  throw new FoundryError('not_found', 'The checkout does not hold the files of this turn any more.', {
    next: 'What the turn changed can still be read.',
  })
}
