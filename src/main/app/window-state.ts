import { z } from 'zod'

export interface Rectangle {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface WindowState {
  /** Null lets the system place it. */
  readonly position: { readonly x: number; readonly y: number } | null
  readonly width: number
  readonly height: number
  readonly maximized: boolean
  readonly fullScreen: boolean
}

export const DEFAULT_SIZE = { width: 1280, height: 800 } as const
export const MINIMUM_SIZE = { width: 900, height: 600 } as const
/** So much of the title row must be in reach of the pointer, or the window could not be moved back. */
const TITLE_ROW = { width: 120, height: 40 } as const

const coordinate = z.int().min(-100_000).max(100_000)
const length = z.int().min(1).max(100_000)
const storedSchema = z.object({
  x: coordinate,
  y: coordinate,
  width: length,
  height: length,
  maximized: z.boolean(),
  fullScreen: z.boolean(),
})
export type StoredWindowState = z.infer<typeof storedSchema>

/**
 * Where the window opens: as it was left, unless the display it was on is gone or has become smaller.
 *
 * @param stored the content of the file, whatever it is
 * @param workAreas of the displays there are now
 */
export function resolveWindowState(stored: unknown, workAreas: readonly Rectangle[]): WindowState {
  const parsed = storedSchema.safeParse(stored)
  if (!parsed.success) return { position: null, ...DEFAULT_SIZE, maximized: false, fullScreen: false }
  const { x, y, maximized, fullScreen } = parsed.data
  const home = workAreas.find((area) => reachable(parsed.data, area))
  const width = clamp(parsed.data.width, MINIMUM_SIZE.width, home?.width)
  const height = clamp(parsed.data.height, MINIMUM_SIZE.height, home?.height)
  return { position: home === undefined ? null : { x, y }, width, height, maximized, fullScreen }
}

/** Whether enough of a window's title row lies on a display. */
function reachable(window: Rectangle, area: Rectangle): boolean {
  const visibleWidth = Math.min(window.x + window.width, area.x + area.width) - Math.max(window.x, area.x)
  return (
    visibleWidth >= Math.min(TITLE_ROW.width, window.width) &&
    window.y >= area.y &&
    window.y + TITLE_ROW.height <= area.y + area.height
  )
}

/** The minimum wins on a display that is smaller than it. */
function clamp(value: number, minimum: number, maximum: number = Number.POSITIVE_INFINITY): number {
  return Math.max(minimum, Math.min(value, maximum))
}
