/** The middle of some figures: one slow run on a shared machine does not move it. */
export function median(values: readonly number[]): number {
  return percentile(values, 0.5)
}

/** The value that a part (0 to 1) of all values does not exceed. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((left, right) => left - right)
  const value = sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(sorted.length * part) - 1))]
  if (value === undefined) throw new Error('There is no figure to take a percentile of')
  return value
}

/**
 * Runs all sides in turn, so that what else the machine does hits them alike. Each side comes first equally
 * often: whoever runs first pays for cold caches.
 */
export async function interleave<Name extends string>(
  rounds: number,
  sides: Record<Name, () => Promise<number> | number>,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(sides) as Name[]
  const figures = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(turn + round) % names.length]
      if (name !== undefined) figures[name].push(await sides[name]())
    }
  }
  return figures
}

/** The median of what two sides gave in the same rounds, as a ratio of the one to the other. */
export function ratioOf(ours: readonly number[], theirs: readonly number[]): number {
  return median(ours.map((value, round) => value / (theirs[round] ?? Number.NaN)))
}
