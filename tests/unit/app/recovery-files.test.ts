import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { exportDatabaseFile } from '../../../src/main/app/recovery-files'
import { testFolder } from './folder'

describe('export', () => {
  it('copies the database with its log', async () => {
    const data = await testFolder()
    await writeFile(join(data, 'foundry.db'), 'content')
    await writeFile(join(data, 'foundry.db-wal'), 'log')
    const target = join(data, 'out.db')
    await exportDatabaseFile(data, target)
    expect(await readFile(target, 'utf8')).toBe('content')
    expect(await readFile(`${target}-wal`, 'utf8')).toBe('log')
  })

  it('says when there is nothing to export', async () => {
    const data = await testFolder()
    await expect(exportDatabaseFile(data, join(data, 'out.db'))).rejects.toMatchObject({ kind: 'not_found' })
  })
})
