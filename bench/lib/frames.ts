import type { App } from '../../tests/e2e/support/app'

const SLOW_MS = 25

export type Watched = typeof globalThis & {
  benchFrames: { start(): void; stop(): { frames: number; slow: number; blank: number; sampled: number } }
}

/** Puts `benchFrames` into the window. `selector` names the element whose rows must never be missing. */
export async function recordFrames(app: App, selector: string): Promise<void> {
  await app.window.evaluate(
    ([slowMs, rowsIn]) => {
      let frames = 0
      let slow = 0
      let blank = 0
      let sampled = 0
      let before = 0
      let running = false
      /** Whether anything but the background is at the heights where rows must be. */
      const sample = (): void => {
        const log = document.querySelector(rowsIn)
        if (log === null) return
        const box = log.getBoundingClientRect()
        sampled += 1
        // A gap between rows is small: two of three points within it would be a row that is missing.
        const heights = [0.25, 0.5, 0.75].map((part) => box.top + box.height * part)
        const empty = heights.filter((y) =>
          [0, 14].every((more) => {
            const hit = document.elementFromPoint(box.left + box.width / 2, y + more)
            return hit === log || hit?.parentElement === log
          }),
        )
        if (empty.length > 0) blank += 1
      }
      const frame = (now: number): void => {
        if (!running) return
        if (before > 0) {
          frames += 1
          if (now - before > slowMs) slow += 1
        }
        before = now
        if (frames % 30 === 0) sample()
        requestAnimationFrame(frame)
      }
      ;(globalThis as Watched).benchFrames = {
        start() {
          frames = slow = blank = sampled = before = 0
          running = true
          requestAnimationFrame(frame)
        },
        stop() {
          running = false
          return { frames, slow, blank, sampled }
        },
      }
    },
    [SLOW_MS, selector] as const,
  )
}
