import type { Reading, Sighting } from '../pull-requests/writer'
import type { Run } from './run'
import { inSlices } from './slices'

export function readingOf(run: Run): Reading {
  const { id, generation, knownUntil, full } = run
  return { organizationId: id, generation, knownUntil, authoritative: full }
}

/** Stores what was seen, a slice at a time; whoever shows it is told after each. */
export async function write(run: Run, sightings: readonly Sighting[]): Promise<void> {
  await inSlices(sightings, run.signal, (slice) => run.written(run.writer.write(readingOf(run), slice)))
}
