import type { TranscriptChange, TranscriptRow } from '@shared/domain'
import { foldItem, type Placement, placementOf, runText, type ViewItem, withAppended } from './view-items'

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
    const grown = this.#joinSeam(page)
    this.#slots.unshift(...page.#slots)
    this.items.unshift(...page.items)
    this.#origin -= page.#slots.length
    this.#slots.forEach((slot, index) => {
      slot.place = this.#origin + index
    })
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
      this.items[index] = { ...item, text: item.text + text }
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
      this.items[index] = { ...item, text: item.text + runText(row) }
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
    const index = slot.place - this.#origin
    const item = foldItem(`row:${head.first}`, slot.rows, (turnId) => this.#endedTurns.has(turnId))
    if (item !== null) this.items[index] = item
  }

  /** Moves what belongs to items of the older page out of the items here. Returns items that grew here. */
  #joinSeam(page: TranscriptModel): ReadonlySet<Slot> {
    const joined = new Set<Slot>()
    const join = (older: Slot, newer: Slot) => {
      older.rows.push(...newer.rows)
      older.rows.sort((a, b) => a.first - b.first)
      for (const row of newer.rows) this.#slotOfRow.set(row.first, older)
      if (newer.scope !== null) this.#byScope.set(newer.scope, older)
      joined.add(newer)
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
    const grown = new Set<Slot>()
    const borderOnly = joined.size === 0
    for (const [index, slot] of this.#slots.entries()) {
      if (joined.has(slot)) continue
      const before = kept.at(-1) ?? page.#slots.at(-1)
      if (slot.run !== null && before !== undefined && continues(before.run, slot.run)) {
        join(before, slot)
        if (kept.length > 0) grown.add(before)
      } else kept.push(slot)
      if (borderOnly && index === 0 && joined.size === 0) return grown
    }
    const items = this.#slots.flatMap((slot, index) => {
      const item = this.items[index]
      return joined.has(slot) || item === undefined ? [] : [item]
    })
    this.#slots.splice(0, this.#slots.length, ...kept)
    this.items.splice(0, this.items.length, ...items)
    return grown
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
