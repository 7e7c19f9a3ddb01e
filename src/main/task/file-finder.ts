import { setImmediate as turn } from 'node:timers/promises'
import type { FoundFiles } from '@shared/tasks'
import { fuzzyScore } from '@shared/fuzzy'
import type { TaskId } from '@shared/ids'
import { expectGit } from '../sandbox/git/errors'
import type { GitResult } from '../sandbox/git/types'

/** While a person types, what git listed a moment ago is good enough. */
const FRESH_MS = 10_000
const KEPT = 4
const LIST_BYTES = 32 * 1024 * 1024
/** So many paths are compared before others have their turn. */
const SLICE = 4000
const SHOWN = 20

interface Listed {
  at: number
  paths: Promise<{ paths: string[]; cut: boolean }>
}

/** Files and folders of checkouts by what a person typed of their names. */
interface FileFinder {
  /** @throws FoundryError when the task has no checkout, or git cannot list its files */
  find(taskId: TaskId, words: string): Promise<FoundFiles>
}

export function createFileFinder(options: {
  /** Runs git in the checkout. */
  list(taskId: TaskId, args: string[], limits: { maxOutputBytes: number }): Promise<GitResult>
  now(): number
}): FileFinder {
  const { now } = options
  const listed = new Map<TaskId, Listed>()
  let asked = 0

  function pathsOf(taskId: TaskId): Listed['paths'] {
    const known = listed.get(taskId)
    if (known !== undefined && now() - known.at < FRESH_MS) return known.paths
    const entry = { at: now(), paths: list(taskId) }
    // The oldest goes first, and one that failed is not kept.
    listed.delete(taskId)
    listed.set(taskId, entry)
    const [oldest] = listed.keys()
    if (listed.size > KEPT && oldest !== undefined) listed.delete(oldest)
    entry.paths.catch(() => listed.get(taskId) === entry && listed.delete(taskId))
    return entry.paths
  }

  async function list(taskId: TaskId): Promise<{ paths: string[]; cut: boolean }> {
    const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard']
    const result = await options.list(taskId, args, { maxOutputBytes: LIST_BYTES })
    // A list that was cut is a list all the same; its last path may be half of one.
    if (!result.truncated) expectGit(result, 'The files of the checkout could not be listed')
    const files = result.stdout.split('\0').slice(0, -1)
    const folders = new Set<string>()
    for (const file of files)
      for (let slash = file.lastIndexOf('/'); slash > 0; slash = file.lastIndexOf('/', slash - 1)) {
        const folder = file.slice(0, slash + 1)
        if (folders.has(folder)) break
        folders.add(folder)
      }
    return { paths: [...new Set(files), ...folders], cut: result.truncated }
  }

  return {
    async find(taskId, words) {
      const mine = ++asked
      const { paths, cut } = await pathsOf(taskId)
      const wanted = words.trim().toLowerCase()
      const found: { path: string; score: number }[] = []
      for (let start = 0; start < paths.length; start += SLICE) {
        // One person types in one place: a later question makes this one's answer useless.
        if (asked !== mine) return { paths: [], cut }
        for (const path of paths.slice(start, start + SLICE)) {
          const score = fuzzyScore(wanted, path)
          if (score !== null) found.push({ path, score })
        }
        if (start + SLICE < paths.length) await turn()
      }
      found.sort((a, b) => b.score - a.score || (a.path < b.path ? -1 : 1))
      return { paths: found.slice(0, SHOWN).map(({ path }) => path), cut }
    },
  }
}
