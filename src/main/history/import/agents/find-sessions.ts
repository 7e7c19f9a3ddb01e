import { access } from 'node:fs/promises'
import type Sqlite from 'better-sqlite3'
import { foreignAgents, type TransferReport } from '@shared/transfer'
import type { AgentHomes, TransferContext } from '../../transfer/messages'
import { DatabaseCopies, sessionsOf } from './files'
import { firstTurnId, ownSessions } from './import-agents'

/** What agents keep on this computer themselves, and how much of it is here already. */
export async function findSessions(
  connection: Sqlite.Database,
  homes: AgentHomes,
  nativeBinding: string | undefined,
  context: TransferContext,
): Promise<TransferReport> {
  const isHere = connection.prepare<[string], number>('SELECT 1 FROM turns WHERE id = ?').pluck()
  const copies = new DatabaseCopies(nativeBinding)
  const own = ownSessions(connection)
  const agents = []
  try {
    for (const agent of foreignAgents) {
      const directory = homes[agent]
      const found = {
        agent,
        directory,
        exists: await access(directory).then(
          () => true,
          () => false,
        ),
        sessions: 0,
        known: 0,
        oldestAt: null as number | null,
        newestAt: null as number | null,
      }
      for await (const { id, at } of sessionsOf(agent, directory, copies)) {
        found.sessions += 1
        if (own.has(id) || isHere.get(firstTurnId(agent, id)) !== undefined) found.known += 1
        found.oldestAt = Math.min(found.oldestAt ?? at, at)
        found.newestAt = Math.max(found.newestAt ?? at, at)
        await context.step(0, `Looking for sessions of ${agent}`)
      }
      agents.push(found)
    }
  } finally {
    await copies.close()
  }
  return { kind: 'found', agents }
}
