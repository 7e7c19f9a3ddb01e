import type { LineList, PlacedLine } from './line-list'

/** How near to its end the transcript still counts as being followed. */
const endThreshold = 50
/** So much is drawn above and below what can be seen. */
const overscan = 900
/** Less of that than this, and more is drawn: little and often, so that no frame of a fast wheel has much to draw. */
const slack = 800
/** Scrolled further than this within a frame or two, lines go by too fast to be read. */
const hurry = 120
/** Scroll events further apart than this are no one movement. */
const pause = 100

/** Where a reader is: at the end and going with it, or at a line. Survives the view. */
export interface Place {
  following: boolean
  key: string
  /** How far below the top of that line the window begins. */
  within: number
  /** How far above the end: where to look when that line became part of another. */
  fromEnd: number
  /** The end as it was last seen. */
  seen: string
}

export function startPlace(): Place {
  return { following: true, key: '', within: 0, fromEnd: 0, seen: '' }
}

export interface DrawnLine extends PlacedLine {
  /** Goes by too fast to be read: its words and its height are enough. */
  readonly light: boolean
}

export interface DrawnLines {
  readonly placed: readonly DrawnLine[]
  readonly before: number
  readonly after: number
}

/**
 * The lines around what can be seen. The reader's place is a line, not a figure: whatever grows, shrinks or arrives
 * above it, what is read stays where it is.
 */
export class LineWindow {
  /** Above the first line. */
  padding = 16
  readonly #list: LineList
  readonly #place: Place
  readonly #onMove: (above: number) => void
  readonly #listeners = new Set<() => void>()
  #version = 0
  #scroller: HTMLElement | null = null
  /** The element that holds the lines, in order. */
  #content: HTMLElement | null = null
  #width = 0
  #height = 700
  /** What was drawn last. */
  #drawn = { from: 0, to: 0 }
  /** What was scrolled to last: a scroll event that says the same is our own. */
  #written = -1
  #lastTop = 0
  #lastAt = 0
  /** Runs while the reader hurries, until there was a pause. */
  #pausing: ReturnType<typeof setTimeout> | null = null
  /** Keys of what was drawn last, as a whole. */
  #whole: ReadonlySet<string> = new Set()
  #before: Place | null = null
  #drawnListener: (() => void) | null = null

  /** @param onMove the reader came to another place, with so much above it */
  constructor(list: LineList, place: Place, onMove: (above: number) => void) {
    this.#list = list
    this.#place = place
    this.#onMove = onMove
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  version = (): number => this.#version

  setPadding(padding: number): void {
    this.padding = padding
  }

  get following(): boolean {
    return this.#place.following
  }

  get total(): number {
    return this.#list.total + this.padding
  }

  /** What to draw now, and how much room to leave before and after it. */
  lines(): DrawnLines {
    const top = this.#top()
    this.#drawn = { from: top - overscan, to: top + this.#height + overscan }
    const placed = this.#list.window(this.#drawn.from - this.padding, this.#drawn.to - this.padding)
    const last = placed.at(-1)
    const end = last === undefined ? 0 : last.top + last.height
    const drawn = placed.map((one) => ({
      ...one,
      light: this.#pausing !== null && !this.#whole.has(one.line.key),
    }))
    this.#whole = new Set(drawn.flatMap(({ light, line }) => (light ? [] : [line.key])))
    return {
      placed: drawn,
      before: (placed[0]?.top ?? 0) + this.padding,
      after: Math.max(0, this.#list.total - end),
    }
  }

  /** Follows what becomes of the two elements until the returned function is called. */
  attach(scroller: HTMLElement, content: HTMLElement): () => void {
    this.#scroller = scroller
    this.#content = content
    const observer = new ResizeObserver(() => {
      const { clientWidth, clientHeight } = scroller
      if (clientWidth !== this.#width && this.#width !== 0) this.#list.forgetHeights()
      const other = clientWidth !== this.#width || clientHeight !== this.#height
      this.#width = clientWidth
      this.#height = clientHeight
      this.settle()
      if (other) this.#redraw()
    })
    observer.observe(scroller)
    observer.observe(content)
    this.#height = scroller.clientHeight
    this.#width = scroller.clientWidth
    return () => {
      observer.disconnect()
      if (this.#pausing !== null) clearTimeout(this.#pausing)
      this.#pausing = null
      this.#scroller = null
      this.#content = null
    }
  }

  /** Measures what is drawn, and puts the reader's line back to where it was. */
  settle(): void {
    const scroller = this.#scroller
    const content = this.#content
    if (scroller === null || content === null) return
    for (const child of content.children) {
      const key = child instanceof HTMLElement ? child.dataset['line'] : undefined
      // What is not drawn as a whole has the height it is given.
      if (key !== undefined && this.#whole.has(key))
        this.#list.measure(key, child.getBoundingClientRect().height)
    }
    const { total } = this
    const top = this.#top()
    this.#place.fromEnd = total - top
    // What was jumped to stands so near the end that the end is on screen.
    if (!this.#place.following && total - top - this.#height < 1) {
      this.#place.following = true
      this.#redraw()
    }
    if (Math.abs(scroller.scrollTop - top) >= 1) {
      scroller.scrollTop = top
      this.#written = scroller.scrollTop
      this.#lastTop = scroller.scrollTop
    }
    const missingAbove = top > 0 && this.#drawn.from > 0 && this.#drawn.from > top - slack
    const missingBelow = this.#drawn.to < Math.min(total, top + this.#height + slack)
    if (missingAbove || missingBelow) this.#redraw()
    this.#drawnListener?.()
  }

  onScroll = (event: { readonly timeStamp: number }): void => {
    const scroller = this.#scroller
    if (scroller === null) return
    const now = scroller.scrollTop
    const own = Math.abs(now - this.#written) < 1
    this.#written = -1
    if (!own) {
      if (Math.abs(now - this.#lastTop) > hurry && event.timeStamp - this.#lastAt < pause) this.#hurries()
      this.#lastAt = event.timeStamp
      const before = this.#place.following
      // However little somebody scrolls up: they would be held at the end while it grows.
      const near = now < this.#lastTop ? 1 : endThreshold
      const atEnd = scroller.scrollHeight - now - this.#height <= near
      // Only somebody who scrolls up leaves the end; what grew meanwhile is followed.
      if (atEnd || !before || now < this.#lastTop) this.#moveTo(now, atEnd)
      const missing = now - slack < this.#drawn.from || now + this.#height + slack > this.#drawn.to
      if (missing || before !== atEnd) this.#redraw()
    }
    this.#lastTop = now
    this.#onMove(now)
  }

  /** Brings a line to the top of the window, or so far below it. */
  show(key: string, below = 0): void {
    this.#before ??= { ...this.#place }
    this.#place.following = false
    this.#place.key = key
    this.#place.within = -below
    this.#redraw()
  }

  canGoBack = (): boolean => this.#before !== null

  /** Back to where one was before the first of some jumps. */
  back = (): void => {
    const before = this.#before
    this.#before = null
    if (before !== null) Object.assign(this.#place, before, { seen: this.#place.seen })
    this.#redraw()
  }

  /** Calls back now and after every drawing, until the returned function is called. */
  afterDrawing(run: () => void): () => void {
    this.#drawnListener = run
    run()
    return () => {
      this.#drawnListener = null
    }
  }

  toEnd = (): void => {
    this.#before = null
    this.#place.following = true
    this.#redraw()
  }

  /** Whether the end is another than the reader has seen; at the end it has been seen. */
  unseen(end: string): boolean {
    return !this.#place.following && this.#place.seen !== end
  }

  sawEnd(end: string): void {
    if (this.#place.following) this.#place.seen = end
  }

  /** How much there is above the window. */
  get above(): number {
    return this.#top()
  }

  #hurries(): void {
    if (this.#pausing !== null) clearTimeout(this.#pausing)
    this.#pausing = setTimeout(() => {
      this.#pausing = null
      this.#redraw()
    }, pause)
  }

  #moveTo(top: number, following: boolean): void {
    const [at] = this.#list.window(top - this.padding, top - this.padding + 1)
    this.#place.following = following
    this.#place.key = at?.line.key ?? ''
    this.#place.within = at === undefined ? 0 : top - this.padding - at.top
    this.#place.fromEnd = this.total - top
  }

  #top(): number {
    const { total } = this
    const end = Math.max(0, total - this.#height)
    if (this.#place.following) return end
    const at = this.#list.topOf(this.#place.key)
    const top = at === null ? total - this.#place.fromEnd : at + this.padding + this.#place.within
    return Math.min(end, Math.max(0, top))
  }

  #redraw(): void {
    this.#version += 1
    for (const listener of this.#listeners) listener()
  }
}
