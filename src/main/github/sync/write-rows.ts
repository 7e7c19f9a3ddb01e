import type { Reading, Sighting, Written } from '../pull-requests/writer'
import type { Run } from './run'
import { inSlices } from './slices'

export function readingOf(run: Run): Reading {
  const { id, generation, knownUntil, full } = run
  return { organizationId: id, generation, knownUntil, authoritative: full }
}

/**
 * Stores what was seen, a slice at a time; whoever shows it is told once, also when it was cut short. What a person changed
 * here and was read back since `askedAt` stays: GitHub's clock, by the second, cannot tell which of the two is newer.
 */
export async function write(run: Run, all: readonly Sighting[], askedAt: number): Promise<void> {
  const sightings = all.filter(
    ({ repositoryId, pull }) => !((run.learnedAt(repositoryId, pull.number) ?? -1) >= askedAt),
  )
  const written: Written = { changed: 0, appended: 0, counts: new Set() }
  try {
    await inSlices(sightings, run.signal, (slice) => {
      const { changed, appended, counts } = run.writer.write(readingOf(run), slice)
      written.changed += changed
      written.appended += appended
      for (const id of counts) written.counts.add(id)
    })
  } finally {
    run.written(written)
  }
}
