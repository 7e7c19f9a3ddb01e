import { parseArgs } from 'node:util'

export interface BenchOptions {
  /** Stay under a minute: fewer rounds, the same work. */
  quick: boolean
}

export type Figures = Record<string, number>

/**
 * Runs a benchmark and prints its figures: a table for people, with `--json` one line for programs, last.
 * Whatever else it has to say goes to stderr.
 */
export async function bench(name: string, run: (options: BenchOptions) => Promise<Figures>): Promise<void> {
  const { values } = parseArgs({ options: { json: { type: 'boolean' }, quick: { type: 'boolean' } } })
  const figures = await run({ quick: values.quick ?? false })
  const rounded = Object.fromEntries(Object.entries(figures).map(([key, value]) => [key, round(value)]))
  if (values.json === true) process.stdout.write(`${JSON.stringify({ bench: name, ...rounded })}\n`)
  else for (const [key, value] of Object.entries(rounded)) process.stdout.write(`${key.padEnd(24)}${value}\n`)
}

export function say(what: string): void {
  process.stderr.write(`${what}\n`)
}

function round(value: number): number {
  return Number(value.toPrecision(4))
}
