import { emptyMarkdown, type MarkdownBlock, type MarkdownState, splitMarkdown } from './markdown-blocks'
import type { ModelChanges } from './transcript-model'
import type { ViewItem } from '@shared/transcript/view-items'

export type StepItem = Extract<ViewItem, { type: 'tool' | 'thought' | 'note' }>
export type MessageItem = Extract<ViewItem, { type: 'message' }>

/** What the list draws one below the other: an item, a part of a long message, or the head of a group of steps. */
export type Line =
  | {
      readonly type: 'item'
      readonly key: string
      readonly item: ViewItem
      /** It stands under the head of a group, or under the call that started it. */
      readonly depth: number
      /** The last of its group. */
      readonly last: boolean
    }
  | {
      readonly type: 'part'
      readonly key: string
      readonly itemKey: string
      readonly blocks: readonly MarkdownBlock[]
      /** How many blocks of the message there are up to its own last. */
      readonly end: number
      readonly definitions: string
      readonly first: boolean
      readonly last: boolean
      readonly turnId: string | null
      readonly cuts: ViewItem['cuts']
    }
  | {
      readonly type: 'steps'
      readonly key: string
      readonly steps: readonly StepItem[]
      readonly open: boolean
      readonly turnId: string | null
    }

type PartLine = Extract<Line, { type: 'part' }>

interface SplitMessage {
  state: MarkdownState
  parts: PartLine[]
  /** How many of the parts can no longer change. */
  finished: number
}

/** What the list depends on beside the items. */
export interface ListSource {
  readonly items: readonly ViewItem[]
  readonly origin: number
  readonly running: boolean
  isUnfolded(key: string): boolean | undefined
}

/** A line in the window, and where it stands. */
export interface PlacedLine {
  readonly line: Line
  readonly top: number
  readonly height: number
}

interface Chunk {
  /** Places of its items: from the first up to, but not including, the second. */
  from: number
  to: number
  lines: Line[]
  heights: number[]
  total: number
}

/** A chunk ends before the next prompt once it has this many items, and in any case at the second figure. */
const chunkItems = 48
const chunkLimit = 400
/** A message longer than this is drawn in parts of at least the second figure. */
const longMessage = 6000
const partLength = 1500
const noItems: readonly ViewItem[] = []

/**
 * The lines of a transcript with their heights, in chunks of some turns each: a change costs as much as the chunk it
 * lands in, and to find what stands at a height takes one step a chunk. Knows nothing of React or the page.
 */
export class LineList {
  #chunks: Chunk[] = []
  #items: readonly ViewItem[] = noItems
  #origin = 0
  #running = false
  /** Heights as they were measured, by key. */
  readonly #heights = new Map<string, number>()
  readonly #chunkOf = new Map<string, Chunk>()
  /** How long messages were split so far. */
  readonly #messages = new Map<string, SplitMessage>()
  readonly #estimate: (line: Line) => number

  constructor(estimate: (line: Line) => number) {
    this.#estimate = estimate
  }

  get total(): number {
    return this.#chunks.reduce((sum, chunk) => sum + chunk.total, 0)
  }

  /** Brings the lines up to what the items are now. */
  sync(changes: ModelChanges, source: ListSource): void {
    this.#items = source.items
    this.#origin = source.origin
    const end = source.origin + source.items.length
    if (changes.all) {
      this.#drop(this.#chunks)
      this.#chunks = []
      this.#messages.clear()
    }
    const dirty = new Set<Chunk>()
    const kept = this.#chunks.filter((chunk) => chunk.from >= changes.frontBefore)
    if (kept.length < this.#chunks.length) {
      this.#drop(this.#chunks.filter((chunk) => chunk.from < changes.frontBefore))
      this.#chunks = kept
    }
    if (changes.from <= changes.to) {
      for (let index = this.#chunks.length - 1; index >= 0; index--) {
        const chunk = this.#chunks[index]
        if (chunk === undefined || chunk.to <= changes.from) break
        if (chunk.from <= changes.to) dirty.add(chunk)
      }
    }
    this.#growFront(source, dirty)
    this.#growEnd(end, dirty)
    const last = this.#chunks.at(-1)
    if (source.running !== this.#running && last !== undefined) dirty.add(last)
    this.#running = source.running
    for (const chunk of dirty) this.#build(chunk, source)
  }

  /** Draws anew what depends on an item, because a person folded or unfolded it. */
  refold(key: string, source: ListSource): void {
    const chunk = this.#chunkOf.get(key)
    if (chunk !== undefined) this.#build(chunk, source)
  }

  /** The lines that touch a stretch of heights, and where the first stands. */
  window(top: number, bottom: number): PlacedLine[] {
    const placed: PlacedLine[] = []
    let at = 0
    for (const chunk of this.#chunks) {
      if (at > bottom) break
      if (at + chunk.total >= top) {
        let within = at
        for (const [index, line] of chunk.lines.entries()) {
          const height = chunk.heights[index] ?? 0
          if (within + height > top && within < bottom) placed.push({ line, top: within, height })
          within += height
        }
      }
      at += chunk.total
    }
    return placed
  }

  /** Where a line begins; null when there is none of that key. */
  topOf(key: string): number | null {
    const wanted = this.#chunkOf.get(key)
    if (wanted === undefined) return null
    let at = 0
    for (const chunk of this.#chunks) {
      if (chunk !== wanted) {
        at += chunk.total
        continue
      }
      for (const [index, line] of chunk.lines.entries()) {
        if (line.key === key) return at
        at += chunk.heights[index] ?? 0
      }
    }
    return null
  }

  /** The line in which an item is shown, however it is grouped; of a long message the part that holds the words. */
  keyAt(place: number, words = ''): string | null {
    const item = this.#items[place - this.#origin]
    const chunk = this.#chunks.find((one) => place >= one.from && place < one.to)
    if (item === undefined || chunk === undefined) return null
    const lines = chunk.lines.filter((one) => shows(one, item))
    const holds = (one: Line): boolean =>
      one.type === 'part' && one.blocks.some((block) => block.source.toLowerCase().includes(words))
    return ((words === '' ? undefined : lines.find(holds)) ?? lines[0])?.key ?? null
  }

  /** The head of the group that an item is folded into; null when it stands in the open. */
  foldOf(place: number): string | null {
    const key = this.keyAt(place)
    const item = this.#items[place - this.#origin]
    const line = this.#chunkOf.get(key ?? '')?.lines.find((one) => one.key === key)
    return line?.type === 'steps' && !line.open && item !== undefined ? line.key : null
  }

  /** The height of a line as it is, in place of what it was taken for. */
  measure(key: string, height: number): void {
    if (this.#heights.get(key) === height) return
    this.#heights.set(key, height)
    const chunk = this.#chunkOf.get(key)
    const index = chunk?.lines.findIndex((line) => line.key === key) ?? -1
    if (chunk === undefined || index === -1) return
    chunk.total += height - (chunk.heights[index] ?? 0)
    chunk.heights[index] = height
  }

  /** For another width: what was measured holds no more. */
  forgetHeights(): void {
    this.#heights.clear()
  }

  #drop(chunks: readonly Chunk[]): void {
    for (const chunk of chunks) for (const line of chunk.lines) this.#chunkOf.delete(line.key)
  }

  /** Chunks for older items. Where they end in the middle of a turn, the chunk that stood first joins them. */
  #growFront(source: ListSource, dirty: Set<Chunk>): void {
    let first = this.#chunks[0]
    if (first === undefined || first.from <= source.origin) return
    const [seam] = this.#slice(first.from, first.from + 1)
    if (seam?.type !== 'prompt' && first.to - source.origin <= chunkLimit) {
      this.#drop([first])
      this.#chunks.shift()
      dirty.delete(first)
      first = { ...first, from: first.to }
    }
    const chunks = this.#cut(source.origin, first.from)
    this.#chunks.unshift(...chunks)
    for (const chunk of chunks) dirty.add(chunk)
  }

  #growEnd(end: number, dirty: Set<Chunk>): void {
    const last = this.#chunks.at(-1)
    const from = last?.to ?? this.#origin
    if (from >= end) return
    const start = last?.from ?? from
    if (last !== undefined) {
      this.#chunks.pop()
      dirty.delete(last)
      this.#drop([last])
    }
    const chunks = this.#cut(start, end)
    this.#chunks.push(...chunks)
    for (const chunk of chunks) dirty.add(chunk)
  }

  #cut(from: number, to: number): Chunk[] {
    const chunks: Chunk[] = []
    let start = from
    for (let place = from + 1; place <= to; place++) {
      const length = place - start
      const prompt = this.#items[place - this.#origin]?.type === 'prompt'
      if (place < to && length < chunkLimit && !(prompt && length >= chunkItems)) continue
      chunks.push({ from: start, to: place, lines: [], heights: [], total: 0 })
      start = place
    }
    return chunks
  }

  #slice(from: number, to: number): readonly ViewItem[] {
    return this.#items.slice(from - this.#origin, to - this.#origin)
  }

  #build(chunk: Chunk, source: ListSource): void {
    this.#drop([chunk])
    const items = this.#slice(chunk.from, chunk.to)
    const atEnd = chunk.to === this.#origin + this.#items.length
    const known = new Map(chunk.lines.map((line) => [line.key, line]))
    const lines: Line[] = []
    for (let index = 0; index < items.length;) {
      const item = items[index]
      if (item === undefined) break
      const steps = stepsFrom(items, index)
      index += Math.max(1, steps.length)
      if (steps.length > 1)
        this.#addSteps(lines, steps, source.running && atEnd && index === items.length, source)
      else if (item.type === 'message' && item.text.length > longMessage) lines.push(...this.#partsOf(item))
      else lines.push({ type: 'item', key: item.key, item, depth: 0, last: false })
    }
    chunk.lines = lines.map((line) => {
      const before = known.get(line.key)
      return before !== undefined && sameLine(before, line) ? before : line
    })
    chunk.heights = chunk.lines.map((line) => this.#heights.get(line.key) ?? this.#estimate(line))
    chunk.total = chunk.heights.reduce((sum, height) => sum + height, 0)
    for (const line of chunk.lines) this.#chunkOf.set(line.key, chunk)
  }

  /** While they happen steps stand in the open. Done, they fold to one line, beside those that failed. */
  #addSteps(lines: Line[], steps: readonly StepItem[], live: boolean, source: ListSource): void {
    const [first] = steps
    if (first === undefined) return
    const key = `steps:${first.key}`
    const open = source.isUnfolded(key) ?? live
    lines.push({ type: 'steps', key, steps, open, turnId: first.turnId })
    const started = new Set<string>()
    const shown = steps.filter((step) => open || (step.type === 'tool' && step.tool.status === 'failed'))
    for (const step of shown) {
      const nested = step.type === 'tool' && step.tool.parent !== null && started.has(step.tool.parent)
      if (step.type === 'tool') started.add(step.tool.id)
      const last = step === shown.at(-1)
      lines.push({ type: 'item', key: step.key, item: step, depth: nested ? 2 : 1, last })
    }
  }

  /** Parts that are finished stay the same object, so that a chunk of text costs as much as the part it lands in. */
  #partsOf(item: MessageItem): Line[] {
    const known = this.#messages.get(item.key)
    const state = splitMarkdown(known?.state ?? emptyMarkdown, item.text)
    // With another definition, parts that stood there have links that they did not have before.
    const goesOn = known?.state.definitions === state.definitions && item.text.startsWith(known.state.text)
    const parts: PartLine[] = goesOn ? known.parts.slice(0, known.finished) : []
    let blocks: MarkdownBlock[] = []
    let length = 0
    let finished = 0
    for (let index = parts.at(-1)?.end ?? 0; index < state.blocks.length; index++) {
      const block = state.blocks[index]
      if (block === undefined) break
      blocks.push(block)
      length += block.source.length
      const last = index === state.blocks.length - 1
      if (length < partLength && !last) continue
      const before = known?.parts[parts.length]
      const part: PartLine = {
        type: 'part',
        key: `${item.key}:${blocks[0]?.start ?? 0}`,
        itemKey: item.key,
        blocks,
        end: index + 1,
        definitions: state.definitions,
        first: parts.length === 0,
        last,
        turnId: item.turnId,
        cuts: last ? item.cuts : [],
      }
      parts.push(before !== undefined && sameLine(before, part) ? before : part)
      blocks = []
      length = 0
    }
    while ((parts[finished]?.end ?? Number.POSITIVE_INFINITY) <= state.frozen) finished += 1
    this.#messages.set(item.key, { state, parts, finished })
    return parts
  }
}

/** The steps that stand one after the other from here on: what an agent does between what it says. */
function stepsFrom(items: readonly ViewItem[], start: number): StepItem[] {
  const steps: StepItem[] = []
  for (let index = start; index < items.length; index++) {
    const item = items[index]
    if (item?.type !== 'tool' && item?.type !== 'thought' && item?.type !== 'note') break
    steps.push(item)
  }
  return steps
}

function shows(line: Line, item: ViewItem): boolean {
  if (line.type === 'item') return line.item === item
  if (line.type === 'part') return line.itemKey === item.key
  return !line.open && line.steps.some((step) => step === item)
}

function sameLine(before: Line, next: Line): boolean {
  if (before.type === 'item' && next.type === 'item')
    return before.item === next.item && before.depth === next.depth && before.last === next.last
  if (before.type === 'steps' && next.type === 'steps')
    return before.open === next.open && sameMembers(before.steps, next.steps)
  if (before.type !== 'part' || next.type !== 'part') return false
  return (
    before.key === next.key &&
    before.last === next.last &&
    before.cuts.length === next.cuts.length &&
    (before.definitions === next.definitions || !next.blocks.some((block) => block.source.includes('['))) &&
    sameMembers(before.blocks, next.blocks)
  )
}

function sameMembers(before: readonly unknown[], next: readonly unknown[]): boolean {
  return before.length === next.length && before.every((member, index) => member === next[index])
}
