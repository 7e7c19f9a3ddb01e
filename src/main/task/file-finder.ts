import { setImmediate as turn } from 'node:timers/promises'
import type { FoundFiles } from '@shared/tasks'
import { fuzzyScore } from '@shared/fuzzy'
import type { CheckpointId, TaskId } from '@shared/ids'

/** While a person types, what git listed a moment ago is good enough. */
const FRESH_MS = 10_000
const KEPT = 4
/** So many paths are compared before others have their turn. */
const SLICE = 4000

interface Listed {
  at: number
  paths: Promise<{ paths: string[]; cut: boolean }>
}

export interface FindOptions {
  /** Null for the files as they are. */
  at: CheckpointId | null
  folders: boolean
  most: number
}

/** Files and folders of tasks by what a person typed of their names. */
export interface FileFinder {
  /** @throws FoundryError when there is no list of files */
  find(taskId: TaskId, words: string, options: FindOptions): Promise<FoundFiles>
}

export function createFileFinder(options: {
  /** Paths of all files of a task. */
  list(taskId: TaskId, at: CheckpointId | null): Promise<{ files: string[]; cut: boolean }>
  now(): number
}): FileFinder {
  const { now } = options
  const listed = new Map<string, Listed>()
  let asked = 0

  function pathsOf(taskId: TaskId, at: CheckpointId | null): Listed['paths'] {
    const key = `${taskId} ${at ?? ''}`
    const known = listed.get(key)
    if (known !== undefined && now() - known.at < FRESH_MS) return known.paths
    const entry = { at: now(), paths: list(taskId, at) }
    // The oldest goes first, and one that failed is not kept.
    listed.delete(key)
    listed.set(key, entry)
    const [oldest] = listed.keys()
    if (listed.size > KEPT && oldest !== undefined) listed.delete(oldest)
    entry.paths.catch(() => listed.get(key) === entry && listed.delete(key))
    return entry.paths
  }

  async function list(taskId: TaskId, at: CheckpointId | null): Promise<{ paths: string[]; cut: boolean }> {
    const { files, cut } = await options.list(taskId, at)
    const folders = new Set<string>()
    for (const file of files)
      for (let slash = file.lastIndexOf('/'); slash > 0; slash = file.lastIndexOf('/', slash - 1)) {
        const folder = file.slice(0, slash + 1)
        if (folders.has(folder)) break
        folders.add(folder)
      }
    return { paths: [...new Set(files), ...folders], cut }
  }

  return {
    async find(taskId, words, { at, folders, most }) {
      const mine = ++asked
      const { paths, cut } = await pathsOf(taskId, at)
      const wanted = words.trim().toLowerCase()
      const found: { path: string; score: number }[] = []
      for (let start = 0; start < paths.length; start += SLICE) {
        // One person types in one place: a later question makes this one's answer useless.
        if (asked !== mine) return { paths: [], cut }
        for (const path of paths.slice(start, start + SLICE)) {
          if (!folders && path.endsWith('/')) continue
          const score = fuzzyScore(wanted, path)
          if (score !== null) found.push({ path, score })
        }
        if (start + SLICE < paths.length) await turn()
      }
      found.sort((a, b) => b.score - a.score || (a.path < b.path ? -1 : 1))
      return { paths: found.slice(0, most).map(({ path }) => path), cut }
    },
  }
}
