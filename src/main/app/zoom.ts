/** The steps of Chromium's own zoom, within what the settings allow. */
const steps = [0.5, 0.67, 0.75, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 1.75, 2, 2.5, 3] as const

export function stepZoom(current: number, direction: 'in' | 'out' | 'reset'): number {
  if (direction === 'reset') return 1
  if (direction === 'in') return steps.find((step) => step > current + 0.001) ?? 3
  return steps.findLast((step) => step < current - 0.001) ?? 0.5
}
