import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { startCheckpointer } from '../../../src/main/database/checkpointer'
import { openTestDatabase } from '../../support/database'
import { inProcessWorker } from '../../support/database-folder'

it('the log is copied once it is long, and not again before something was written', async () => {
  const data = await openTestDatabase()
  const file = join(data.directory, 'foundry.db')
  const { $client } = data.database.commands
  const log = async () => (await stat(`${file}-wal`)).size
  let copies = 0
  let look = (): Promise<void> => Promise.reject(new Error('Nothing looks'))
  const stop = startCheckpointer(
    file,
    {
      async ask(...args) {
        copies += 1
        return inProcessWorker.ask(...args)
      },
    },
    (error) => {
      throw error
    },
    (run) => {
      look = run
      return () => undefined
    },
  )
  $client.exec('CREATE TABLE filler (bytes BLOB)')
  await look()
  expect(copies).toBe(0)
  $client.prepare('INSERT INTO filler VALUES (?)').run(Buffer.alloc(6_000_000))
  await look()
  await look()
  expect(copies).toBe(1)
  expect(await log()).toBeGreaterThan(6_000_000)

  // What is written next begins the log anew, and lets go of what it does not need.
  $client.prepare('INSERT INTO filler VALUES (?)').run(Buffer.alloc(10))
  expect(await log()).toBeLessThan(3_000_000)
  await look()
  expect(copies).toBe(1)
  stop()
  await data.close()
})
