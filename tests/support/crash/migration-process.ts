/** Upgrades the database given as argument, and says on stdout when it is in the middle of the step. */
import { openConnection } from '../../../src/main/database/connection'
import { applyMigrations, migrationState } from '../../../src/main/database/migrations'
import { INITIAL, REBUILD } from '../database-folder'

const [file = ''] = process.argv.slice(2)
const connection = openConnection(file, { synchronous: 'FULL' })
// SQLite calls it from within the step; the process is killed while it waits here.
connection.function('wait_for_the_kill', () => {
  process.stdout.write('in the middle\n')
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000)
})
const step = {
  ...REBUILD,
  sql: REBUILD.sql.replace('ALTER TABLE', 'SELECT wait_for_the_kill();--> statement-breakpoint\nALTER TABLE'),
}
applyMigrations(connection, migrationState(connection, [INITIAL, step]).pending, Date.now)
