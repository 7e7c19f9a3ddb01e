import { lastPlace, notePlace } from '../data-folder/place'
import type { Database } from '../database'
import { relocateCheckouts } from '../sandbox/checkout/relocate'
import { forgetAgentSessions } from '../session/relocate'
import { relocateTasks } from '../task/relocate'
import type { AppPaths, Log } from './services'

/**
 * Puts right what names the data folder by its path, where the folder is not where it was last: after a move by
 * Foundry, and after one by hand. Each part can be done again, so a kill leaves it to the next start.
 */
export async function followFolder(paths: AppPaths, database: Database, log: Log): Promise<void> {
  const before = await lastPlace(paths.data)
  if (before === paths.data) return
  if (before !== null) {
    relocateTasks(database, before, paths.data)
    forgetAgentSessions(database)
    const checkouts = await relocateCheckouts(paths.tasks, before, paths.data)
    log.info(`the data folder was ${before}; ${checkouts} checkouts follow it`)
  }
  await notePlace(paths.data)
}
