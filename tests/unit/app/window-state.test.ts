import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MINIMUM_SIZE, resolveWindowState } from '../../../src/main/app/window-state'
import { stepZoom } from '../../../src/main/app/zoom'

const screen = { x: 0, y: 0, width: 1920, height: 1040 }
const left = { x: -1280, y: 0, width: 1280, height: 1024 }
const stored = { x: 100, y: 80, width: 1400, height: 900, maximized: false, fullScreen: false }

describe('resolveWindowState', () => {
  it('opens as it was left', () => {
    expect(resolveWindowState(stored, [screen])).toEqual({
      position: { x: 100, y: 80 },
      width: 1400,
      height: 900,
      maximized: false,
      fullScreen: false,
    })
    expect(resolveWindowState({ ...stored, x: -1200, maximized: true }, [screen, left])).toMatchObject({
      position: { x: -1200, y: 80 },
      maximized: true,
    })
  })

  it('lets the system place it when its display is gone', () => {
    expect(resolveWindowState({ ...stored, x: -1350 }, [screen])).toMatchObject({
      position: null,
      width: 1400,
    })
    expect(resolveWindowState({ ...stored, y: -20 }, [screen])).toMatchObject({ position: null })
    expect(resolveWindowState({ ...stored, x: 1900 }, [screen])).toMatchObject({ position: null })
  })

  it('shrinks to a smaller display', () => {
    expect(resolveWindowState({ ...stored, width: 3000, height: 2000 }, [screen])).toMatchObject({
      width: 1920,
      height: 1040,
    })
  })

  it.each([
    null,
    undefined,
    'text',
    [],
    {},
    { ...stored, width: '1400' },
    { ...stored, x: Number.NaN },
    { ...stored, x: 1e9 },
  ])('opens at the default size for %j', (value) => {
    expect(resolveWindowState(value, [screen])).toEqual({
      position: null,
      width: 1280,
      height: 800,
      maximized: false,
      fullScreen: false,
    })
  })

  it('is never out of reach or too small, whatever was stored', () => {
    const number = fc.integer({ min: -5000, max: 5000 })
    fc.assert(
      fc.property(fc.record({ x: number, y: number, width: number, height: number }), (bounds) => {
        const state = resolveWindowState({ ...bounds, maximized: false, fullScreen: false }, [screen, left])
        expect(state.width).toBeGreaterThanOrEqual(MINIMUM_SIZE.width)
        expect(state.height).toBeGreaterThanOrEqual(MINIMUM_SIZE.height)
        const { x, y } = state.position ?? { x: 0, y: 0 }
        expect(y).toBeGreaterThanOrEqual(0)
        expect(x).toBeLessThan(1920)
        expect(state.position === null || x + bounds.width > -1280).toBe(true)
      }),
    )
  })
})

describe('stepZoom', () => {
  it('goes through the steps and stops at both ends', () => {
    expect(stepZoom(1, 'in')).toBe(1.1)
    expect(stepZoom(1, 'out')).toBe(0.9)
    expect(stepZoom(1.05, 'in')).toBe(1.1)
    expect(stepZoom(3, 'in')).toBe(3)
    expect(stepZoom(0.5, 'out')).toBe(0.5)
    expect(stepZoom(2.2, 'reset')).toBe(1)
  })
})
