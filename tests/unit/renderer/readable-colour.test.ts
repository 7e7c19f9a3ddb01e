import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readableOn } from '../../../src/renderer/ui/readable-colour'

/** By WCAG's own words once more, so that a slip in one of the two is seen. */
function contrast(one: string, other: string): number {
  const light = (colour: string): number => {
    const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
      const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255
      return share <= 0.04045 ? share / 12.92 : Math.pow((share + 0.055) / 1.055, 2.4)
    })
    return r * 0.2126 + g * 0.7152 + b * 0.0722
  }
  const [high = 0, low = 0] = [light(one), light(other)].sort((a, b) => b - a)
  return (high + 0.05) / (low + 0.05)
}

const colour = fc.integer({ min: 0, max: 0xffffff }).map((value) => `#${value.toString(16).padStart(6, '0')}`)

describe('readable colours', () => {
  it('leaves alone what can be read, and what is no colour', () => {
    expect(readableOn('#000', '#ffffff')).toBe('#000')
    expect(readableOn('#0a3069', '#ffffff')).toBe('#0a3069')
    expect(readableOn('var(--text)', '#ffffff')).toBe('var(--text)')
  })

  it('moves others no further than it takes', () => {
    const moved = readableOn('#d5901c', '#f5f6f8')
    expect(contrast(moved, '#f5f6f8')).toBeGreaterThanOrEqual(4.5)
    expect(contrast(moved, '#f5f6f8')).toBeLessThan(5.5)
  })

  it('is always readable, whatever the two are', () => {
    fc.assert(
      fc.property(colour, colour, (text, ground) => {
        expect(contrast(readableOn(text, ground), ground)).toBeGreaterThanOrEqual(4.5)
      }),
    )
  })
})
