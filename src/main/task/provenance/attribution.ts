import { posix } from 'node:path'
import type { AgentId } from '@shared/domain'
import type { CheckpointId, SessionId, TaskId, TurnId } from '@shared/ids'
import type { LineOrigin, OriginTurn, RecordedCall } from '@shared/provenance'
import { holds, knownLines, toldBy } from './holders'
import type { ChainLink } from './recorded'
import type { FileStep, Origin } from './trace'

/** When a turn ran. */
export interface Span {
  id: TurnId
  sessionId: SessionId
  startedAt: number
  endedAt: number | null
}

/** What a tool call did to a file, as its agent reported it. */
export interface Edit {
  readonly toolCallId: string
  readonly title: string
  readonly row: number
  readonly path: string
  readonly text: { readonly old: string | null; readonly new: string } | null
}

export interface AttributionSource {
  /** When the turns of a task ran, the first ones first. */
  spans(taskId: TaskId): Span[]
  author(
    turnId: TurnId,
  ): { sessionName: string; agentId: AgentId; modelId: string | null; prompt: string } | null
  edits(turn: Span): Promise<Edit[]>
  /** Where the checkout of a task is, or was; null where it never had one. */
  cwd(taskId: TaskId): string | null
  /** Files that may have been changed by hand before the turn that runs now; null where nobody looked. */
  unsureNow(taskId: TaskId): readonly string[] | null
  checkpoints: { unsure(taskId: TaskId, id: CheckpointId): readonly string[] | null }
}

export interface TellOptions {
  readonly links: readonly ChainLink[]
  /** Told is who removed the lines, not who wrote them. */
  readonly removed: boolean
  readonly calls: boolean
  patchOf(step: number, name: string): Promise<string | null>
  stepAt(step: number, name: string): Promise<FileStep | 'unknown' | null>
}

export interface Attribution {
  tell(taskId: TaskId, origins: readonly Origin[], options: TellOptions): Promise<LineOrigin[]>
  /** No turn ran in a step. */
  isQuiet(taskId: TaskId, links: readonly ChainLink[], step: number): boolean
  /** The steps in which a turn ran, and whether another one ran there too. */
  stepsOf(
    taskId: TaskId,
    turnId: TurnId,
    links: readonly ChainLink[],
    withTail: boolean,
  ): { step: number; shared: boolean }[]
}

type Numbered = Span & { nth: number }
/** Edits of one turn to one file, ready to be asked for lines. */
type Told = { edit: Edit; told: ReturnType<typeof toldBy> | null }[]

/** Says of steps which turns they belong to, and of lines which tool calls hold them. */
export function createAttribution(source: AttributionSource): Attribution {
  const spansOf = (taskId: TaskId): Numbered[] =>
    source.spans(taskId).map((span, index) => ({ ...span, nth: index + 1 }))

  /** Turns that ran between the checkpoint before a step and the one that ends it. */
  function writers(spans: readonly Numbered[], links: readonly ChainLink[], step: number): Numbered[] {
    const link = links[step]
    const from = links[step - 1]?.createdAt ?? -Infinity
    const until = link?.createdAt ?? Infinity
    return spans.filter(({ id, startedAt, endedAt }) => {
      if (id === link?.turnId) return true
      // It holds what was there when a turn had just begun.
      if (link?.reason === 'before_turn') return endedAt !== null && endedAt > from && endedAt <= until
      return startedAt < until && (endedAt === null || endedAt > from)
    })
  }

  function toTurn({ id, sessionId, startedAt, endedAt, nth }: Numbered, calls: RecordedCall[]): OriginTurn[] {
    const author = source.author(id)
    return author === null ? [] : [{ turnId: id, sessionId, startedAt, endedAt, nth, calls, ...author }]
  }

  /** The edits that a turn recorded of a file with one of these names. */
  async function toldOf(
    taskId: TaskId,
    turn: Numbered,
    names: ReadonlySet<string>,
    removed: boolean,
    known: Map<TurnId, Edit[]>,
  ): Promise<Told> {
    let edits = known.get(turn.id)
    if (edits === undefined) {
      edits = await source.edits(turn)
      known.set(turn.id, edits)
    }
    const cwd = source.cwd(taskId)
    return edits
      .filter(({ path }) => {
        const name = nameInCheckout(cwd, path)
        return name !== null && names.has(name)
      })
      .map((edit) => ({ edit, told: edit.text === null ? null : toldBy(edit.text, removed ? 'old' : 'new') }))
  }

  async function callsFor(
    taskId: TaskId,
    origin: Origin & { step: number },
    turns: readonly Numbered[],
    options: TellOptions,
    known: Map<TurnId, Edit[]>,
  ): Promise<{ from: number; count: number; calls: Map<TurnId, RecordedCall[]> }[]> {
    const step = await options.stepAt(origin.step, origin.name)
    const names = new Set([origin.name])
    if (step !== null && step !== 'unknown')
      for (const name of [step.before, step.after]) if (name !== null) names.add(name)
    const patch = await options.patchOf(origin.step, origin.name)
    const lines = knownLines(patch ?? '', options.removed ? 'old' : 'new')
    const told = new Map<TurnId, Told>()
    for (const turn of turns) {
      told.set(turn.id, await toldOf(taskId, turn, names, options.removed, known))
    }
    const parts: { from: number; count: number; key: string; calls: Map<TurnId, RecordedCall[]> }[] = []
    for (let nth = 0; nth < origin.count; nth++) {
      const calls = holdersOf(told, (one) => holds(one, lines, origin.line + nth))
      const key = [...calls.values()]
        .flat()
        .map((call) => `${call.toolCallId} ${call.evidence}`)
        .join()
      const last = parts.at(-1)
      if (last?.key === key) last.count += 1
      else parts.push({ from: origin.asked + nth, count: 1, key, calls })
    }
    return parts
  }

  return {
    async tell(taskId, origins, options) {
      const spans = spansOf(taskId)
      const edits = new Map<TurnId, Edit[]>()
      const lines: LineOrigin[] = []
      const known = new Map<number, { turns: Numbered[]; unsure: readonly string[] | null }>()
      const lookUp = (all: readonly Numbered[], step: number) => {
        const link = options.links[step]
        const unsure =
          link === undefined ? source.unsureNow(taskId) : source.checkpoints.unsure(taskId, link.id)
        const entry = { turns: writers(all, options.links, step), unsure }
        known.set(step, entry)
        return entry
      }
      for (const origin of origins.toSorted((a, b) => a.asked - b.asked)) {
        const { step } = origin
        if (typeof step === 'string') {
          const kind = step === 'unknown' ? 'unknown' : options.removed ? 'kept' : 'before'
          lines.push({ ...placeOf(origin.asked, origin.count), ...NOBODY, kind })
          continue
        }
        const link = options.links[step]
        const { turns, unsure } = known.get(step) ?? lookUp(spans, step)
        const base = {
          after: options.links[step - 1]?.createdAt ?? null,
          until: link?.createdAt ?? null,
          checkpointId: link?.id ?? null,
        }
        const parts =
          options.calls && Number.isFinite(origin.count)
            ? await callsFor(taskId, { ...origin, step }, turns, options, edits)
            : [{ from: origin.asked, count: origin.count, calls: new Map<TurnId, RecordedCall[]>() }]
        for (const { from, count, calls } of parts) {
          const holding = turns.filter(({ id }) => calls.get(id)?.some(({ evidence }) => evidence === 'edit'))
          // What one of them recorded decides, where turns ran at the same time.
          const named = holding.length > 0 ? holding : turns
          const kind = named.length === 0 ? 'outside' : named.length === 1 ? 'turn' : 'shared'
          lines.push({
            ...placeOf(from, count),
            ...base,
            kind,
            turns: named.flatMap((turn) => toTurn(turn, calls.get(turn.id) ?? [])),
            maybeByHand:
              named.length > 0 && holding.length === 0 && (unsure === null || unsure.includes(origin.name)),
          })
        }
      }
      return joined(lines)
    },
    isQuiet: (taskId, links, step) =>
      (links[step]?.turnId ?? null) === null && writers(spansOf(taskId), links, step).length === 0,
    stepsOf(taskId, turnId, links, withTail) {
      const spans = spansOf(taskId)
      const steps: { step: number; shared: boolean }[] = []
      for (let step = 0; step < links.length + (withTail ? 1 : 0); step++) {
        const turns = writers(spans, links, step)
        if (turns.some(({ id }) => id === turnId)) steps.push({ step, shared: turns.length > 1 })
      }
      return steps
    },
  }
}

const NOBODY = { turns: [], maybeByHand: false, after: null, until: null, checkpointId: null }

function placeOf(from: number, count: number): { from: number; to: number | null } {
  return { from, to: Number.isFinite(count) ? from + count - 1 : null }
}

/** The calls whose edit holds a line best; where none does, those that named the file. */
function holdersOf(
  told: ReadonlyMap<TurnId, Told>,
  score: (told: NonNullable<Told[number]['told']>) => number,
): Map<TurnId, RecordedCall[]> {
  const scores: { turnId: TurnId; edit: Edit; score: number }[] = []
  for (const [turnId, edits] of told)
    for (const one of edits)
      scores.push({ turnId, edit: one.edit, score: one.told === null ? 0 : score(one.told) })
  const best = Math.max(0, ...scores.map((one) => one.score))
  const evidence = best > 0 ? 'edit' : 'file'
  const calls = new Map<TurnId, RecordedCall[]>()
  for (const { turnId, edit, score: own } of scores) {
    if (best > 0 ? own !== best : edit.text !== null) continue
    const { toolCallId, title, row } = edit
    const list = calls.get(turnId) ?? []
    if (!list.some((call) => call.toolCallId === toolCallId)) list.push({ toolCallId, title, row, evidence })
    calls.set(turnId, list)
  }
  return calls
}

/** Neighbours that say the same are one. */
function joined(lines: readonly LineOrigin[]): LineOrigin[] {
  const result: LineOrigin[] = []
  for (const line of lines) {
    const last = result.at(-1)
    const same = (a: LineOrigin, b: LineOrigin) =>
      JSON.stringify({ ...a, from: 0, to: 0 }) === JSON.stringify({ ...b, from: 0, to: 0 })
    if (last !== undefined && last.to === line.from - 1 && same(last, line)) last.to = line.to
    else result.push({ ...line })
  }
  return result
}

/** The name of a file inside a checkout, or null where it is not in it. */
function nameInCheckout(checkout: string | null, path: string): string | null {
  if (!posix.isAbsolute(path)) return posix.normalize(path)
  if (checkout === null) return null
  const name = posix.relative(checkout, path)
  return name === '' || name.startsWith('..') ? null : name
}
