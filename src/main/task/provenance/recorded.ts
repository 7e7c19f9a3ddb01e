import type { CheckpointReason } from '@shared/changes'
import type { CheckpointId, TaskId, TurnId } from '@shared/ids'
import { readPatch, type PatchFile } from '../git/patch'
import { blocksOf, type FileStep } from './trace'

/** A checkpoint of a task, without its diff. */
export interface ChainLink {
  readonly id: CheckpointId
  readonly turnId: TurnId | null
  readonly reason: CheckpointReason
  readonly commit: string
  readonly createdAt: number
}

interface Place extends Pick<PatchFile, 'change' | 'start' | 'end'> {
  step: FileStep
}

interface Index {
  readonly truncated: boolean
  readonly after: ReadonlyMap<string, Place>
  readonly before: ReadonlyMap<string, Place>
}

export interface StoredDiffs {
  diff(taskId: TaskId, id: CheckpointId): Promise<{ diff: Buffer; truncated: boolean }>
}

/** So many files of recorded diffs are kept in mind, of all tasks together. */
const MOST_FILES = 50_000
/** Reading goes on after a pause each so many characters. */
const SLICE = 512 * 1024

/** Where in the recorded diffs which file stands. A diff never changes, so each is read through once. */
export class RecordedSteps {
  readonly #store: StoredDiffs
  readonly #indexes = new Map<CheckpointId, Index>()
  #files = 0

  constructor(store: StoredDiffs) {
    this.#store = store
  }

  /** `unknown` where the diff was cut before anything of this file. */
  async at(
    taskId: TaskId,
    link: ChainLink,
    name: string,
    side: 'after' | 'before',
  ): Promise<FileStep | 'unknown' | null> {
    const index = await this.#index(taskId, link)
    const place = index[side].get(name)
    if (place === undefined) return index.truncated ? 'unknown' : null
    return place.step
  }

  /** The files of one diff. */
  async files(
    taskId: TaskId,
    link: ChainLink,
  ): Promise<{ changes: PatchFile['change'][]; truncated: boolean }> {
    const { after, truncated } = await this.#index(taskId, link)
    return { changes: [...after.values()].map(({ change }) => change), truncated }
  }

  /** The diff of one file. */
  async patchOf(
    taskId: TaskId,
    link: ChainLink,
    name: string,
    side: 'after' | 'before',
  ): Promise<string | null> {
    const place = (await this.#index(taskId, link))[side].get(name)
    return place === undefined ? null : this.#patch(taskId, link, place)
  }

  async #patch(
    taskId: TaskId,
    link: ChainLink,
    { start, end }: { start: number; end: number },
  ): Promise<string> {
    const { diff } = await this.#store.diff(taskId, link.id)
    return diff.toString('utf8').slice(start, end)
  }

  async #index(taskId: TaskId, link: ChainLink): Promise<Index> {
    const known = this.#indexes.get(link.id)
    if (known !== undefined) return known
    const { diff, truncated } = await this.#store.diff(taskId, link.id)
    const patch = diff.toString('utf8')
    const after = new Map<string, Place>()
    const before = new Map<string, Place>()
    const files = await readPatch(patch)
    let pause = SLICE
    // What was cut ends within its last file.
    for (const file of truncated ? files.slice(0, -1) : files) {
      const { change, start, end } = file
      const place = { change, start, end, step: toStep(file, patch.slice(start, end)) }
      if (end > pause) {
        pause = end + SLICE
        await new Promise(setImmediate)
      }
      after.set(file.change.path, place)
      if (file.change.kind !== 'added') before.set(file.change.oldPath ?? file.change.path, place)
    }
    const index = { truncated, after, before }
    this.#indexes.set(link.id, index)
    this.#files += after.size
    for (const [id, oldest] of this.#indexes) {
      if (this.#files <= MOST_FILES || id === link.id) break
      this.#indexes.delete(id)
      this.#files -= oldest.after.size
    }
    return index
  }
}

/** What a patch of one file did to its lines. */
export function toStep(file: Pick<PatchFile, 'change' | 'binary'>, patch: string): FileStep {
  const { path, oldPath, kind } = file.change
  const blobs = /^index ([0-9a-f]+)\.\.([0-9a-f]+)/m.exec(
    patch.slice(0, Math.max(patch.search(/^@@ /m), 0) || undefined),
  )
  return {
    before: kind === 'added' ? null : (oldPath ?? path),
    after: kind === 'deleted' ? null : path,
    blocks: file.binary ? [] : blocksOf(patch),
    whole: file.binary || kind === 'added' || kind === 'deleted' || kind === 'type_changed',
    oldBlob: blobs?.[1] ?? null,
    newBlob: blobs?.[2] ?? null,
  }
}
