import type { Comparison } from '@shared/changes'
import { FoundryError } from '@shared/errors'
import type { CheckpointId, TaskId, TurnId } from '@shared/ids'
import type { LineOrigin, TurnLines } from '@shared/provenance'
import { headCommit } from '../../sandbox/git/changes'
import { oneLine } from '../../sandbox/git/parse'
import type { CheckoutGit } from '../../sandbox/git/types'
import type { CheckpointStore } from '../checkpoints'
import { comparisonBase } from '../git/state'
import { createAttribution, type AttributionSource } from './attribution'
import { RecordedSteps, type ChainLink } from './recorded'
import { readTail, type Tail } from './tail'
import { stateWith, traceBack, traceForth, type Chain, type Origin, type Run } from './trace'

export interface LineRequest {
  comparison: Comparison
  path: string
  oldPath: string | null
  side: 'old' | 'new'
  from: number
  /** Null: to the end of the file. */
  to: number | null
  /** Also which tool calls; costs reading their record. */
  calls: boolean
}

export interface TaskProvenanceOptions extends AttributionSource {
  checkpoints: CheckpointStore
  /** Git of the checkout, to look at it. @throws FoundryError while there is none */
  look<Value>(
    taskId: TaskId,
    run: (git: CheckoutGit, row: { baseCommit: string | null }) => Promise<Value>,
  ): Promise<Value>
  /** Its checkout is made. */
  isReady(taskId: TaskId): boolean
}

/** From lines to the turns that wrote them, and from a turn to its lines. */
export interface TaskProvenance {
  lines(taskId: TaskId, request: LineRequest): Promise<LineOrigin[]>
  /** Of all lines of files as they are on the new side of a comparison, in the order of the files. */
  files(taskId: TaskId, comparison: Comparison, paths: readonly string[]): Promise<LineOrigin[][]>
  /** @throws FoundryError `not_found` for a turn of another task */
  turn(taskId: TaskId, turnId: TurnId): Promise<TurnLines>
}

/** The recorded states of a task, with the files as they are as one more step where they were looked at. */
interface History extends Chain {
  readonly links: readonly ChainLink[]
  readonly tail: Tail | null
}

export function createTaskProvenance(options: TaskProvenanceOptions): TaskProvenance {
  const { checkpoints: store } = options
  const recorded = new RecordedSteps(store)
  const attribution = createAttribution(options)
  /** Of the task that was asked about last. */
  let recent: { taskId: TaskId; links: ChainLink[] } | null = null

  function linksOf(taskId: TaskId): ChainLink[] {
    const known = recent?.taskId === taskId ? recent.links : []
    const links = [...known, ...store.chain(taskId, known.at(-1) ?? null)]
    recent = { taskId, links }
    return links
  }

  function historyOf(taskId: TaskId, links: readonly ChainLink[], tail: Tail | null): History {
    const quiet = new Map<number, boolean>()
    return {
      links,
      tail,
      steps: links.length + (tail === null ? 0 : 1),
      async at(step, name, side) {
        const link = links[step]
        if (link === undefined) return tail?.at(name, side) ?? null
        return recorded.at(taskId, link, name, side)
      },
      // Nobody's agent worked there: what comes back then is still whose it was.
      bringsBack(step) {
        const known = quiet.get(step) ?? attribution.isQuiet(taskId, links, step)
        quiet.set(step, known)
        return known
      },
    }
  }

  /** From the newest checkpoint to the files as they are, or to the index. */
  function withTail<Value>(
    taskId: TaskId,
    links: readonly ChainLink[],
    to: 'files' | 'index',
    run: (history: History, git: CheckoutGit, baseCommit: string | null) => Promise<Value>,
  ): Promise<Value> {
    return options.look(taskId, async (git, { baseCommit }) => {
      const tail = await readTail(git, { from: links.at(-1)?.commit ?? baseCommit, to })
      return run(historyOf(taskId, links, tail), git, baseCommit)
    })
  }

  function stepOf(links: readonly ChainLink[], id: CheckpointId): number {
    const step = links.findIndex((link) => link.id === id)
    if (step >= 0) return step
    throw new FoundryError('not_found', 'This checkpoint does not exist any more.', {
      next: 'Read the list of turns again.',
    })
  }

  const runsOf = ({ from, to }: LineRequest): Run[] => [
    { asked: from, line: from, count: to === null ? Infinity : to - from + 1 },
  ]

  async function tell(
    taskId: TaskId,
    history: History,
    request: LineRequest,
    origins: readonly Origin[],
  ): Promise<LineOrigin[]> {
    return attribution.tell(taskId, origins, {
      links: history.links,
      removed: request.side === 'old',
      calls: request.calls,
      patchOf(step, name) {
        const side = request.side === 'old' ? 'before' : 'after'
        const link = history.links[step]
        if (link !== undefined) return recorded.patchOf(taskId, link, name, side)
        return history.tail?.patchOf(name, side) ?? Promise.resolve(null)
      },
      stepAt: (step, name) => history.at(step, name, request.side === 'old' ? 'before' : 'after'),
    })
  }

  async function written(
    taskId: TaskId,
    history: History,
    request: LineRequest,
    last: number,
  ): Promise<LineOrigin[]> {
    const origins = await traceBack(history, { last, name: request.path, runs: runsOf(request) })
    return tell(taskId, history, request, origins)
  }

  async function removed(
    taskId: TaskId,
    history: History,
    request: LineRequest,
    first: number | null,
  ): Promise<LineOrigin[]> {
    const name = request.oldPath ?? request.path
    const runs = runsOf(request)
    const origins =
      first === null
        ? runs.map((run) => ({ ...run, step: 'unknown' as const, name }))
        : await traceForth(history, { first, name, runs })
    return tell(taskId, history, request, origins)
  }

  /** The step that follows a state which is no checkpoint, found by what it holds of a file; null where none does. */
  async function stepAfter(
    history: History,
    git: CheckoutGit,
    baseCommit: string | null,
    { comparison, path, oldPath }: LineRequest,
  ): Promise<number | null> {
    const name = oldPath ?? path
    const head = await headCommit(git)
    const state =
      comparison === 'unstaged'
        ? ''
        : comparison === 'uncommitted' || comparison === 'staged'
          ? (head ?? '')
          : await comparisonBase(git, baseCommit, head)
    const found = await git.run(['rev-parse', '--verify', '--quiet', `${state}:${name}`])
    if (found.exitCode !== 0) return null
    const after = await stateWith(history, {
      blob: oneLine(found.stdout),
      name,
      before: history.links.length,
    })
    if (after !== null) return after + 1
    for (let step = 0; step < history.links.length; step++) {
      if (
        (await history.at(step, name, 'before')) !== null ||
        (await history.at(step, name, 'after')) !== null
      )
        return null
    }
    // No turn has touched it: what there is to know is in the files.
    return history.links.length
  }

  /** The names that what a turn wrote may have now. */
  async function namesNow(taskId: TaskId, history: History, steps: readonly number[]): Promise<Set<string>> {
    const names = new Set<string>()
    const wanted = new Set(steps)
    for (let step = Math.min(...steps, history.steps); step < history.steps; step++) {
      const link = history.links[step]
      const changes =
        link === undefined ? (history.tail?.changes ?? []) : (await recorded.files(taskId, link)).changes
      for (const { path, oldPath } of changes)
        if (wanted.has(step) || (oldPath !== null && names.has(oldPath))) names.add(path)
    }
    return names
  }

  async function linesOfTurn(taskId: TaskId, history: History, turnId: TurnId): Promise<TurnLines> {
    const { links } = history
    const steps = attribution.stepsOf(taskId, turnId, links, history.tail !== null)
    const result: TurnLines = {
      written: 0,
      alive: 0,
      shared: 0,
      inFiles: history.tail !== null,
      files: [],
      incomplete: false,
    }
    for (const { step } of steps) {
      const link = links[step]
      // One after the other: each may be megabytes.
      const diff = link === undefined ? null : await recorded.files(taskId, link)
      result.incomplete ||= diff?.truncated ?? false
      for (const { added } of diff?.changes ?? history.tail?.changes ?? []) result.written += added ?? 0
    }
    const own = new Map(steps.map(({ step, shared }) => [step, shared]))
    const names = await namesNow(taskId, history, [...own.keys()])
    for (const path of [...names].toSorted()) {
      if (!(await isThere(history, path))) continue
      const origins = await traceBack(history, {
        last: history.steps - 1,
        name: path,
        runs: [{ asked: 1, line: 1, count: Infinity }],
      })
      result.incomplete ||= origins.some(({ step }) => step === 'unknown')
      const lines = origins.filter(({ step }) => typeof step === 'number' && own.has(step))
      if (lines.length === 0) continue
      const sum = (some: readonly Origin[]) => some.reduce((total, { count }) => total + count, 0)
      result.alive += sum(lines)
      result.shared += sum(lines.filter(({ step }) => typeof step === 'number' && own.get(step) === true))
      result.files.push({ path, lines: sum(lines), ranges: rangesOf(lines) })
    }
    return result
  }

  /** The last step that touched a file left it there. */
  async function isThere(history: History, path: string): Promise<boolean> {
    for (let step = history.steps - 1; step >= 0; step--) {
      const [after, before] = [await history.at(step, path, 'after'), await history.at(step, path, 'before')]
      if (after !== null && after !== 'unknown') return after.after === path
      if (before !== null && before !== 'unknown') return before.after === path
    }
    return true
  }

  /** The side `new` of a comparison: its history, and the step after which the files were like that. */
  function newSide<Value>(
    taskId: TaskId,
    comparison: Comparison,
    run: (history: History, last: number) => Promise<Value>,
  ): Promise<Value> {
    const links = linksOf(taskId)
    const id = typeof comparison !== 'object' ? null : 'turn' in comparison ? comparison.turn : comparison.to
    if (id !== null) return run(historyOf(taskId, links, null), stepOf(links, id))
    return withTail(taskId, links, comparison === 'staged' ? 'index' : 'files', (history) =>
      run(history, history.steps - 1),
    )
  }

  /** The side `old` of a comparison: its history, and the step that follows; null where no record has that state. */
  function oldSide<Value>(
    taskId: TaskId,
    request: LineRequest,
    run: (history: History, first: number | null) => Promise<Value>,
  ): Promise<Value> {
    const links = linksOf(taskId)
    const { comparison } = request
    if (typeof comparison === 'object' && 'turn' in comparison)
      return run(historyOf(taskId, links, null), stepOf(links, comparison.turn))
    const from = typeof comparison === 'object' ? comparison.from : null
    if (typeof comparison === 'object' && from !== null && comparison.to !== null)
      return run(historyOf(taskId, links, null), stepOf(links, from) + 1)
    const to = comparison === 'staged' ? 'index' : 'files'
    return withTail(taskId, links, to, async (history, git, base) =>
      run(history, from === null ? await stepAfter(history, git, base, request) : stepOf(links, from) + 1),
    )
  }

  return {
    lines: (taskId, request) =>
      request.side === 'new'
        ? newSide(taskId, request.comparison, (history, last) => written(taskId, history, request, last))
        : oldSide(taskId, request, (history, first) => removed(taskId, history, request, first)),
    files: (taskId, comparison, paths) =>
      newSide(taskId, comparison, async (history, last) => {
        const files: LineOrigin[][] = []
        const whole = { comparison, oldPath: null, side: 'new', from: 1, to: null, calls: false } as const
        for (const path of paths) files.push(await written(taskId, history, { ...whole, path }, last))
        return files
      }),
    async turn(taskId, turnId) {
      if (!options.spans(taskId).some(({ id }) => id === turnId))
        throw new FoundryError('not_found', 'This turn does not exist any more.')
      const links = linksOf(taskId)
      const recordedOnly = () => linesOfTurn(taskId, historyOf(taskId, links, null), turnId)
      if (!options.isReady(taskId)) return recordedOnly()
      try {
        return await withTail(taskId, links, 'files', (history) => linesOfTurn(taskId, history, turnId))
      } catch (error) {
        // A checkout that is broken, or gone from the disk: what was recorded is still there.
        if (error instanceof FoundryError) return recordedOnly()
        throw error
      }
    },
  }
}

function rangesOf(lines: readonly Run[]): { from: number; to: number }[] {
  const ranges: { from: number; to: number }[] = []
  for (const { asked, count } of lines.toSorted((a, b) => a.asked - b.asked)) {
    const last = ranges.at(-1)
    if (last?.to === asked - 1) last.to = asked + count - 1
    else ranges.push({ from: asked, to: asked + count - 1 })
  }
  return ranges
}
