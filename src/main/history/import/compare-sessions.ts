import { createHash } from 'node:crypto'
import type Sqlite from 'better-sqlite3'
import type { TransferContext } from '../transfer/messages'
import { readArchive } from './archive-reader'

/** Sessions of an archive that are here too. */
export interface Known {
  /**
   * Those that went another way in the archive, or further: they are put beside those here, so that neither is lost. The
   * value names what is in the archive.
   */
  copies: ReadonlyMap<string, string>
  /** Those of which an import that was killed has written a part. */
  half: ReadonlySet<string>
}

/** Reads the archive to its end, so that one that is damaged is refused before anything is written. */
export async function compareSessions(
  here: Sqlite.Database,
  path: string,
  context: TransferContext,
): Promise<Known> {
  const exists = here.prepare<[string], number>('SELECT 1 FROM sessions WHERE id = ?').pluck()
  // Turns are what is written last of a session.
  const hasTurns = here.prepare<[string], number>('SELECT 1 FROM turns WHERE session_id = ? LIMIT 1').pluck()
  const local = here.prepare<[string, number], { last: number; payload: string }>(
    'SELECT last_index AS last, payload FROM session_events WHERE session_id = ? AND first_index = ?',
  )
  const differing = new Set<string>()
  const half = new Set<string>()
  const digests = new Map<string, ReturnType<typeof createHash>>()
  let masked = false
  const lines = readArchive(path, {
    progress: (done) => context.step(done),
    manifest(manifest) {
      masked = manifest.masked
    },
  })
  for await (const { table, row } of lines) {
    if (table === 'sessions' && exists.get(String(row['id'])) !== undefined)
      digests.set(String(row['id']), createHash('sha256'))
    if (table !== 'turns' && table !== 'session_events') continue
    const sessionId = String(row['session_id'])
    const digest = digests.get(sessionId)
    if (digest === undefined) continue
    if (table === 'turns') {
      if (hasTurns.get(sessionId) === undefined) half.add(sessionId)
      continue
    }
    digest.update(JSON.stringify([row['first_index'], row['last_index'], row['payload']]))
    const known = local.get(sessionId, Number(row['first_index']))
    const last = Number(row['last_index'])
    const isHere =
      known !== undefined &&
      (known.last > last || (known.last === last && (masked || known.payload === row['payload'])))
    if (!isHere) differing.add(sessionId)
  }
  const copies = [...digests].flatMap(([id, hash]) =>
    differing.has(id) && !half.has(id) ? [[id, hash.digest('hex')] as const] : [],
  )
  return { copies: new Map(copies), half }
}
