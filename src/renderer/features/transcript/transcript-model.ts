import type { TranscriptChange, TranscriptRow } from '@shared/domain'
import {
  foldItem,
  type Placement,
  placementOf,
  runText,
  type ViewItem,
  withAppended,
} from '@shared/transcript/view-items'

/** What of the items is another since it was last asked, in places: an item keeps its place when older pages arrive. */
export interface ModelChanges {
  /** Everything was placed anew. */
  all: boolean
  /** Items before this place are others than before. */
  frontBefore: number
  /** The first and last place whose item changed; `from` is greater where none did. */
  from: number
  to: number
}

function noChanges(): ModelChanges {
  return {
    all: false,
    frontBefore: Number.NEGATIVE_INFINITY,
    from: Number.POSITIVE_INFINITY,
    to: Number.NEGATIVE_INFINITY,
  }
}

/** The rows behind one item, and where it stands. */
interface Slot {
  readonly scope: string | null
  readonly run: { kind: string; turnId: string | null; messageId: string | null } | null
  readonly rows: TranscriptRow[]
  /** Position in the list counted from a fixed zero, so that older pages move nobody. */
  place: number
}

/**
 * Turns the rows of a session into what the transcript shows, in step with a stream: a change costs the same
 * however long the transcript is. Knows nothing of React; `revision` moves with every visible change.
 */
export class TranscriptModel {
  /** In order. The array is the same for the life of the model; items in it are replaced. */
  readonly items: ViewItem[] = []
  revision = 0
  hasEarlier = false

  readonly #slots: Slot[] = []
  /** `place` of the first slot; goes down as older pages arrive. */
  #origin = 0
  readonly #slotOfRow = new Map<number, Slot>()
  readonly #byScope = new Map<string, Slot>()
  /** The newest item of a tool call id: updates that name no known scope belong to it. */
  readonly #tools = new Map<string, Slot>()
  /** Items that begin with an update because their call stands on an older page, by tool call id. */
  readonly #orphans = new Map<string, Slot>()
  readonly #endedTurns = new Set<string>()
  /** Tools of a turn that have not reported an end. */
  readonly #openTools = new Map<string, Set<Slot>>()
  #lastRow = -1
  #firstRow: number | null = null
  #changes = noChanges()

  /** The place of the first item; goes down as older pages arrive. */
  get origin(): number {
    return this.#origin
  }

  /** The newest row that is loaded; -1 while nothing is. */
  get lastRow(): number {
    return this.#lastRow
  }

  /** The place of the item in which a row is shown; null while it is not loaded, or shows nothing. */
  placeOf(row: number): number | null {
    return this.#slotOfRow.get(row)?.place ?? null
  }

  /** What changed since the last call. */
  takeChanges(): ModelChanges {
    const changes = this.#changes
    this.#changes = noChanges()
    return changes
  }

  /** The row before which the next older page ends; null while nothing is loaded. */
  get firstRow(): number | null {
    return this.#firstRow
  }

  /** Starts over with the newest rows. */
  reset(rows: readonly TranscriptRow[], hasEarlier: boolean): void {
    this.items.length = 0
    this.#slots.length = 0
    this.#orphans.clear()
    this.#origin = 0
    for (const index of [this.#slotOfRow, this.#byScope, this.#tools, this.#openTools, this.#endedTurns])
      index.clear()
    this.#lastRow = -1
    this.#firstRow = null
    this.hasEarlier = hasEarlier
    for (const row of rows) this.#add(row)
    this.#changes.all = true
    this.revision += 1
  }

  /** Adds an older page in front. Calls, plans and messages that the page border cut in two become whole. */
  prepend(rows: readonly TranscriptRow[], hasEarlier: boolean): void {
    const before = this.#firstRow
    const older = before === null ? rows : rows.filter((row) => row.first < before)
    this.hasEarlier = hasEarlier
    this.revision += 1
    if (older.length === 0) return
    const page = new TranscriptModel()
    page.reset(older, false)
    if (this.#mixesCalls(page)) {
      this.reset([...older, ...this.#rows()], hasEarlier)
      return
    }
    for (const turn of page.#endedTurns) this.#endedTurns.add(turn)
    for (const [turn, tools] of page.#openTools) {
      const known = this.#openTools.get(turn)
      if (this.#endedTurns.has(turn)) continue
      this.#openTools.set(turn, known === undefined ? tools : new Set([...tools, ...known]))
    }
    const { grown, looked, kept } = this.#joinSeam(page)
    this.#slots.unshift(...page.#slots)
    this.items.unshift(...page.items)
    // What stands behind the seam keeps its place.
    const changedBefore = this.#origin + (looked === kept ? 0 : looked)
    this.#origin -= page.#slots.length - (looked - kept)
    for (let index = page.#slots.length + kept - 1; index >= 0; index--) {
      const slot = this.#slots[index]
      if (slot !== undefined) slot.place = this.#origin + index
    }
    this.#changes.frontBefore = Math.max(this.#changes.frontBefore, changedBefore)
    for (const slot of page.#slots) {
      for (const row of slot.rows) this.#slotOfRow.set(row.first, slot)
      if (slot.scope !== null) this.#byScope.set(slot.scope, slot)
      this.#refold(slot)
    }
    for (const slot of grown) this.#refold(slot)
    for (const [id, slot] of page.#tools) if (!this.#tools.has(id)) this.#tools.set(id, slot)
    for (const [id, slot] of page.#orphans) this.#orphans.set(id, slot)
    this.#firstRow = page.#firstRow
  }

  apply(changes: readonly TranscriptChange[]): void {
    for (const change of changes) {
      if (change.type === 'append') this.#append(change.first, change.last, change.text)
      else this.#put(change.row)
    }
    this.revision += 1
  }

  #put(row: TranscriptRow): void {
    const slot = this.#slotOfRow.get(row.first)
    if (slot !== undefined) {
      const at = slot.rows.findLastIndex((known) => known.first === row.first)
      const known = slot.rows[at]
      if (known !== undefined && samePlacement(placementOf(known), placementOf(row))) {
        slot.rows[at] = row
        this.#noteEnd(row)
        this.#refold(slot)
      } else this.#rebuild(row)
    } else if (row.first > this.#lastRow) this.#add(row)
    else if (this.#firstRow !== null && row.first > this.#firstRow) this.#rebuild(row)
    // Anything older stands on a page that has not been read yet.
  }

  #append(first: number, last: number, text: string): void {
    const slot = this.#slotOfRow.get(first)
    const at = slot?.rows.findLastIndex((row) => row.first === first) ?? -1
    const row = slot?.rows[at]
    if (slot === undefined || row === undefined) return
    const grown = withAppended(row, last, text)
    if (grown === null) return
    slot.rows[at] = grown
    const index = slot.place - this.#origin
    const item = this.items[index]
    const atEnd = at === slot.rows.length - 1
    if (atEnd && (item?.type === 'message' || item?.type === 'thought' || item?.type === 'prompt')) {
      this.#show(slot, { ...item, text: item.text + text })
    } else this.#refold(slot)
  }

  /** Adds a row that is newer than all others. */
  #add(row: TranscriptRow): void {
    this.#lastRow = Math.max(this.#lastRow, row.first)
    this.#firstRow ??= row.first
    const placement = placementOf(row)
    if (placement.how === 'hidden') return
    const slot = this.#slotFor(row, placement)
    slot.rows.push(row)
    this.#slotOfRow.set(row.first, slot)
    const index = slot.place - this.#origin
    const item = this.items[index]
    if (
      placement.how === 'run' &&
      slot.rows.length > 1 &&
      item !== undefined &&
      'text' in item &&
      row.cut === null
    ) {
      this.#show(slot, { ...item, text: item.text + runText(row) })
    } else this.#refold(slot)
    this.#noteEnd(row)
  }

  #slotFor(row: TranscriptRow, placement: Exclude<Placement, { how: 'hidden' }>): Slot {
    if (placement.how === 'run') {
      const run = { kind: placement.run, turnId: row.turnId, messageId: placement.messageId }
      const last = this.#slots.at(-1)
      return last !== undefined && continues(last.run, run) ? last : this.#newSlot(null, run)
    }
    if (placement.how === 'single') return this.#newSlot(null, null)
    const known = this.#byScope.get(placement.scope)
    if (known !== undefined) return known
    if (placement.how === 'tool' && !placement.starts) {
      const tool = this.#tools.get(placement.toolCallId)
      if (tool !== undefined) return tool
    }
    const slot = this.#newSlot(placement.scope, null)
    this.#byScope.set(placement.scope, slot)
    if (placement.how === 'tool') {
      this.#tools.set(placement.toolCallId, slot)
      if (!placement.starts) this.#orphans.set(placement.toolCallId, slot)
      if (row.turnId !== null) {
        const open = this.#openTools.get(row.turnId) ?? new Set()
        this.#openTools.set(row.turnId, open.add(slot))
      }
    }
    return slot
  }

  #newSlot(scope: string | null, run: Slot['run']): Slot {
    const slot: Slot = { scope, run, rows: [], place: this.#origin + this.#slots.length }
    this.#slots.push(slot)
    return slot
  }

  /** A turn's end also ends, for the eye, the tools that never reported one. */
  #noteEnd(row: TranscriptRow): void {
    if (row.event.type !== 'turn_ended' || row.turnId === null) return
    this.#endedTurns.add(row.turnId)
    for (const slot of this.#openTools.get(row.turnId) ?? []) this.#refold(slot)
    this.#openTools.delete(row.turnId)
  }

  #refold(slot: Slot): void {
    const head = slot.rows[0]
    if (head === undefined) return
    const item = foldItem(`row:${head.first}`, slot.rows, (turnId) => this.#endedTurns.has(turnId))
    if (item !== null) this.#show(slot, item)
  }

  #show(slot: Slot, item: ViewItem): void {
    this.items[slot.place - this.#origin] = item
    this.#changes.from = Math.min(this.#changes.from, slot.place)
    this.#changes.to = Math.max(this.#changes.to, slot.place)
  }

  /**
   * Moves what belongs to items of the older page out of the items here. Returns items that grew here, and how many
   * at the start were looked at and how many of them are left: the rest stands as it stood.
   */
  #joinSeam(page: TranscriptModel): { grown: ReadonlySet<Slot>; looked: number; kept: number } {
    const joined = new Set<Slot>()
    let lastJoined = -1
    const join = (older: Slot, newer: Slot) => {
      older.rows.push(...newer.rows)
      older.rows.sort((a, b) => a.first - b.first)
      for (const row of newer.rows) this.#slotOfRow.set(row.first, older)
      if (newer.scope !== null) this.#byScope.set(newer.scope, older)
      for (const open of this.#openTools.values()) if (open.delete(newer)) open.add(older)
      joined.add(newer)
      lastJoined = Math.max(lastJoined, newer.place - this.#origin)
    }
    for (const [scope, older] of page.#byScope) {
      const newer = this.#byScope.get(scope)
      if (newer !== undefined) join(older, newer)
    }
    for (const [id, newer] of this.#orphans) {
      const older = page.#tools.get(id)
      if (older === undefined) continue
      if (!joined.has(newer)) join(older, newer)
      this.#orphans.delete(id)
    }
    for (const [id, older] of page.#tools) {
      const newer = this.#tools.get(id)
      if (newer !== undefined && joined.has(newer)) this.#tools.set(id, older)
    }
    // With cards gone from between them, messages can have become neighbours; so can those at the border.
    const kept: Slot[] = []
    const items: ViewItem[] = []
    const grown = new Set<Slot>()
    let looked = 0
    for (; looked <= lastJoined + 1 && looked < this.#slots.length; looked++) {
      const slot = this.#slots[looked]
      const item = this.items[looked]
      if (slot === undefined || item === undefined || joined.has(slot)) continue
      const before = kept.at(-1) ?? page.#slots.at(-1)
      if (slot.run !== null && before !== undefined && continues(before.run, slot.run)) {
        join(before, slot)
        if (kept.length > 0) grown.add(before)
      } else {
        kept.push(slot)
        items.push(item)
      }
    }
    this.#slots.splice(0, looked, ...kept)
    this.items.splice(0, looked, ...items)
    return { grown, looked, kept: kept.length }
  }

  /**
   * Whether updates of an older call and a new call under the same id, of a later turn, came to share an item
   * because the older call was not known. Agents that use an id again are rare; then everything is placed anew.
   */
  #mixesCalls(page: TranscriptModel): boolean {
    for (const [id, slot] of this.#orphans) {
      const older = page.#tools.get(id)
      if (older === undefined || older.scope === slot.scope) continue
      const calls = slot.rows.some(
        (row) => row.event.type === 'update' && row.event.update['sessionUpdate'] === 'tool_call',
      )
      if (calls) return true
    }
    return false
  }

  /** For the rare row that lands in the middle or changes its nature. */
  #rebuild(row: TranscriptRow): void {
    const rows = this.#rows().filter((known) => known.first !== row.first)
    rows.push(row)
    rows.sort((a, b) => a.first - b.first)
    this.reset(rows, this.hasEarlier)
  }

  /** All rows that show something, in order. */
  #rows(): TranscriptRow[] {
    return this.#slots.flatMap((slot) => slot.rows).toSorted((a, b) => a.first - b.first)
  }
}

function continues(before: Slot['run'], next: NonNullable<Slot['run']>): boolean {
  if (before === null || before.kind !== next.kind || before.turnId !== next.turnId) return false
  return before.messageId === null || next.messageId === null || before.messageId === next.messageId
}

function samePlacement(before: Placement, after: Placement): boolean {
  if (before.how !== after.how) return false
  if (before.how === 'run' && after.how === 'run') return before.run === after.run
  if ('scope' in before && 'scope' in after) return before.scope === after.scope
  return true
}
