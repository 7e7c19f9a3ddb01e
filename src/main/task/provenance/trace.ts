import { patchRows } from '@shared/patch-rows'

/** Rows of a patch that stand together and replace `olds` lines from `old` on by `news` lines from `fresh` on. */
export interface Block {
  readonly old: number
  readonly olds: number
  readonly fresh: number
  readonly news: number
}

/** What happened to one file between two states of the tree that follow each other. */
export interface FileStep {
  /** Its name in the state before; null where it was not there. */
  readonly before: string | null
  /** Its name in the state after; null where it is not there any more. */
  readonly after: string | null
  readonly blocks: readonly Block[]
  /** No line of it went over from one state to the other: it was made, removed, or is no text. */
  readonly whole: boolean
  /** Git's names of its content, as short as the patch has them; null where that does not say. */
  readonly oldBlob: string | null
  readonly newBlob: string | null
}

/** States of a tree, one after the other. Step `n` leads from state `n` to state `n + 1`. */
export interface Chain {
  readonly steps: number
  /** What step `step` did to the file that has this name after it, or before it; null where it did nothing. */
  at(step: number, name: string, side: 'after' | 'before'): Promise<FileStep | 'unknown' | null>
  /** Nobody is known to have written in this step: what it brings back counts for who wrote it first. */
  bringsBack(step: number): boolean
}

/** Lines that stand together, asked for as `asked`, and numbered `line` in the state that was reached. */
export interface Run {
  readonly asked: number
  readonly line: number
  readonly count: number
}

/** Lines, and the step that wrote or removed them; `start` where no step did, `unknown` where that is not recorded. */
export interface Origin extends Run {
  readonly step: number | 'start' | 'unknown'
  /** Their file in the state they were found in: after the step that wrote them, before the one that removed them. */
  readonly name: string
}

/** The changes of a patch of one file. */
export function blocksOf(patch: string): Block[] {
  const blocks: Block[] = []
  let open: { -readonly [Key in keyof Block]: Block[Key] } | null = null
  let hunk: unknown = null
  for (const row of patchRows(patch)) {
    if (row.mark === ' ' || row.hunk !== hunk) open = null
    hunk = row.hunk
    if (row.mark === ' ') continue
    if (open === null) {
      open = { old: row.old, olds: 0, fresh: row.new, news: 0 }
      blocks.push(open)
    }
    if (row.mark === '-') open.olds += 1
    else open.news += 1
  }
  return blocks
}

/** The same change, seen from its end. */
function flipped({ old, olds, fresh, news }: Block): Block {
  return { old: fresh, olds: news, fresh: old, news: olds }
}

/** Parts runs by what a step did: `made` stand in its new lines, `kept` have the numbers they had before it. */
export function part(runs: readonly Run[], blocks: readonly Block[]): { made: Run[]; kept: Run[] } {
  const made: Run[] = []
  const kept: Run[] = []
  for (const run of runs) {
    let { asked, line, count } = run
    let shift = 0
    const take = (into: Run[], lines: number, by: number) => {
      if (lines <= 0) return
      into.push({ asked, line: line - by, count: lines })
      asked += lines
      line += lines
      count -= lines
    }
    for (const block of blocks) {
      if (count <= 0) break
      take(kept, Math.min(count, block.fresh - line), shift)
      if (line >= block.fresh && line < block.fresh + block.news)
        take(made, Math.min(count, block.fresh + block.news - line), 0)
      shift += block.news - block.olds
    }
    take(kept, count, shift)
  }
  return { made, kept }
}

/** Who wrote the lines of a file, as it is after step `last`. Runs may be endless: the file ends where it ends. */
export async function traceBack(
  chain: Chain,
  start: { last: number; name: string; runs: readonly Run[] },
): Promise<Origin[]> {
  const origins: Origin[] = []
  let { name, runs, last: step } = start
  while (step >= 0 && runs.length > 0) {
    // Each step starts from where the one before it ended.
    const found = await chain.at(step, name, 'after')
    if (found === 'unknown') return [...origins, ...originsOf(runs, 'unknown', name)]
    if (found !== null && chain.bringsBack(step)) {
      const earlier = await stateWith(chain, { blob: found.newBlob, name, before: step })
      if (earlier !== null) {
        step = earlier
        continue
      }
    }
    if (found !== null) {
      const { made, kept } = found.whole
        ? { made: withinFile(runs, found.blocks), kept: [] }
        : part(runs, found.blocks)
      origins.push(...originsOf(made, step, name))
      runs = kept
      name = found.before ?? name
    }
    step -= 1
  }
  return [...origins, ...originsOf(runs, 'start', name)]
}

/** Which step removed lines of a file, as it was before step `first`. Those that none removed are at `start`. */
export async function traceForth(
  chain: Chain,
  start: { first: number; name: string; runs: readonly Run[] },
): Promise<Origin[]> {
  const origins: Origin[] = []
  let { name, runs } = start
  for (let step = start.first; step < chain.steps && runs.length > 0; step++) {
    const found = await chain.at(step, name, 'before')
    if (found === null) continue
    if (found === 'unknown') return [...origins, ...originsOf(runs, 'unknown', name)]
    const blocks = found.blocks.map(flipped)
    const { made, kept } = found.whole ? { made: withinFile(runs, blocks), kept: [] } : part(runs, blocks)
    origins.push(...originsOf(made, step, name))
    runs = kept
    name = found.after ?? name
  }
  return [...origins, ...originsOf(runs, 'start', name)]
}

/** The last step before another after which a file had this content, or -1 for the state before all steps. */
export async function stateWith(
  chain: Chain,
  wanted: { blob: string | null; name: string; before: number },
): Promise<number | null> {
  const { blob, name } = wanted
  if (blob === null || isNoBlob(blob)) return null
  for (let step = wanted.before - 1; step >= 0; step--) {
    const after = await chain.at(step, name, 'after')
    if (after === 'unknown') return null
    if (after !== null && sameBlob(after.newBlob, blob)) return step
    const before = await chain.at(step, name, 'before')
    if (before !== null && before !== 'unknown' && sameBlob(before.oldBlob, blob)) return step - 1
  }
  return null
}

/** Names that were cut are the same as far as they go. */
function sameBlob(a: string | null, b: string): boolean {
  return a !== null && !isNoBlob(a) && (a.startsWith(b) || b.startsWith(a))
}

function isNoBlob(blob: string): boolean {
  return /^0+$/.test(blob)
}

/** A file that was made has as many lines as the patch that made it; one that is no text has none. */
function withinFile(runs: readonly Run[], blocks: readonly Block[]): Run[] {
  const lines = Math.max(0, ...blocks.map(({ fresh, news }) => fresh + news - 1))
  return runs.flatMap((run) => {
    const count = Math.min(run.count, lines - run.line + 1)
    return count > 0 ? [{ ...run, count }] : []
  })
}

function originsOf(runs: readonly Run[], step: Origin['step'], name: string): Origin[] {
  return runs.map((run) => ({ ...run, step, name }))
}
