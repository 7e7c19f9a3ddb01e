import { mkdir, rename, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { hasIntegrity, hashTree, keyOf } from '../../../scripts/bootstrap/hash.mjs'
import { emptyFolder } from './folder'

describe('keyOf', () => {
  test('does not depend on the order of the facts', () => {
    expect(keyOf({ version: '1', recipe: 2 })).toBe(keyOf({ recipe: 2, version: '1' }))
  })

  test('differs when a fact differs', () => {
    expect(keyOf({ recipe: 1 })).not.toBe(keyOf({ recipe: 2 }))
  })
})

describe('hashTree', () => {
  async function tree(): Promise<string> {
    const root = await emptyFolder()
    await mkdir(join(root, 'src/deep'), { recursive: true })
    await writeFile(join(root, 'src/deep/a.ts'), 'a')
    await writeFile(join(root, 'src/b.ts'), 'b')
    return root
  }

  test('is the same for the same content, whatever the times and the order of the entries', async () => {
    const root = await tree()
    await writeFile(join(root, 'package.json'), '{}')
    const before = await hashTree(root, ['src', 'package.json'])
    await utimes(join(root, 'src/b.ts'), 0, 0)
    expect(await hashTree(root, ['package.json', 'src'])).toBe(before)
  })

  test('sees changed content, renamed files and the extra text', async () => {
    const root = await tree()
    const before = await hashTree(root, ['src'])
    expect(await hashTree(root, ['src'], '45')).not.toBe(before)
    await rename(join(root, 'src/b.ts'), join(root, 'src/c.ts'))
    const renamed = await hashTree(root, ['src'])
    expect(renamed).not.toBe(before)
    await writeFile(join(root, 'src/c.ts'), 'changed')
    expect(await hashTree(root, ['src'])).not.toBe(renamed)
  })

  test('takes an entry that is not there for nothing', async () => {
    const root = await tree()
    expect(await hashTree(root, ['src', 'missing.json'])).toBe(await hashTree(root, ['src']))
  })
})

test('hasIntegrity knows the file npm means, and no other', async () => {
  const file = join(await emptyFolder(), 'file')
  await writeFile(file, 'hello')
  const integrity =
    'sha512-m3HSJL1i83hdltRq0+o9czGb+8KJDKra4t/3JRlnPKcjI8PZm6XBHXx6zG4UuMXaDEZjR1wuXDre9G9zvN7AQw=='
  expect(await hasIntegrity(file, integrity)).toBe(true)
  await writeFile(file, 'hellO')
  expect(await hasIntegrity(file, integrity)).toBe(false)
})
