import { join } from 'node:path'
import type Sqlite from 'better-sqlite3'
import type { TransferReport } from '@shared/transfer'
import { databaseFailure, openConnection } from '../../database'
import { exportArchive } from '../export/archive'
import { exportSessions } from '../export/export-sessions'
import { fileFailure } from '../export/write-file'
import { importAgents } from '../import/agents/import-agents'
import { findSessions } from '../import/agents/find-sessions'
import { importArchive, previewArchive } from '../import/archive-import'
import type { TransferContext, TransferThread, TransferWork } from './messages'

/** Does one piece of work on a connection that cannot write. */
export async function work(
  { work: order, directory, nativeBinding }: TransferThread,
  context: TransferContext,
): Promise<TransferReport> {
  const connection = openConnection(join(directory, 'foundry.db'), {
    synchronous: 'NORMAL',
    nativeBinding,
    readonly: true,
  })
  try {
    return await run(connection, order, nativeBinding, context)
  } catch (error) {
    const path = 'path' in order ? order.path : directory
    throw databaseFailure(fileFailure(path, error))
  } finally {
    connection.close()
  }
}

async function run(
  connection: Sqlite.Database,
  order: TransferWork,
  nativeBinding: string | undefined,
  context: TransferContext,
): Promise<TransferReport> {
  switch (order.type) {
    case 'sessions':
      // What is written meanwhile is not in it.
      connection.exec('BEGIN')
      return exportSessions(connection, order, context)
    case 'archive':
      connection.exec('BEGIN')
      return exportArchive(connection, order, context)
    case 'preview':
      return previewArchive(connection, order.path, order, context)
    case 'import':
      return importArchive(connection, order.path, order, context)
    case 'find':
      return findSessions(connection, order.homes, nativeBinding, context)
    case 'agents':
      return importAgents(connection, order, nativeBinding, context)
  }
}
