import { app } from 'electron'
import { bundled } from '../app/bundle'
import type { AppPaths, Log } from './services'

/** What reads of the database in the data folder, as a file among the backups. The code for it is read only now. */
export async function saveWhatReads(paths: AppPaths, log: Log): Promise<string | null> {
  const { createDatabaseWorker, saveWhatReads: save } = await import('../database')
  const binding = process.env['FOUNDRY_SQLITE_BINDING']
  const nativeBinding = app.isPackaged || binding === '' ? undefined : binding
  return save(
    {
      directory: paths.data,
      backupsDirectory: paths.backups,
      worker: createDatabaseWorker(bundled('main', 'database-worker.js'), nativeBinding),
      appVersion: app.getVersion(),
      now: Date.now,
      log: log.scope('database'),
    },
    null,
  )
}
