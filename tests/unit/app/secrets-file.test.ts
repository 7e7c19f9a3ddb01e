import { readFile, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createSecretsStore, type Keychain } from '../../../src/main/app/secrets-file'
import { testFolder, testLog } from './folder'

function keychain(more: Partial<Keychain> & { key?: number } = {}): Keychain {
  const key = more.key ?? 0x5a
  const turn = (bytes: Buffer): Buffer => Buffer.from(bytes.map((byte) => byte ^ key))
  return {
    available: async () => true,
    encrypt: async (text) => turn(Buffer.from(text)),
    async decrypt(encrypted) {
      return { text: turn(encrypted).toString(), outdated: false }
    },
    ...more,
  }
}

describe('secrets store', () => {
  it('keeps a secret encrypted, in a file of its owner alone', async () => {
    const file = join(await testFolder(), 'secrets.json')
    const store = createSecretsStore(file, keychain(), testLog())
    await store.set('agent/claude/KEY', 'sk-very-secret')
    expect(await readFile(file, 'utf8')).not.toContain('sk-very-secret')
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    const again = createSecretsStore(file, keychain(), testLog())
    expect(await again.get('agent/claude/KEY')).toBe('sk-very-secret')
    expect(await again.names('agent/')).toEqual(['agent/claude/KEY'])
    expect(await again.names('github/')).toEqual([])
    await again.delete('agent/claude/KEY')
    expect(await again.get('agent/claude/KEY')).toBeNull()
    expect(await createSecretsStore(file, keychain(), testLog()).names('')).toEqual([])
  })

  it('keeps it in memory alone where there is no keychain', async () => {
    const folder = await testFolder()
    const none = keychain({ available: async () => false })
    const store = createSecretsStore(join(folder, 'secrets.json'), none, testLog())
    await store.set('a', 'secret')
    expect(await store.available()).toBe(false)
    expect(await store.get('a')).toBe('secret')
    expect(await store.names('')).toEqual(['a'])
    expect(await readdir(folder)).toEqual([])
    await store.delete('a')
    expect(await store.get('a')).toBeNull()
  })

  it('says so, and keeps the secret, when the keychain is locked or another one', async () => {
    const file = join(await testFolder(), 'secrets.json')
    await createSecretsStore(file, keychain(), testLog()).set('a', 'secret')
    const locked = keychain({ decrypt: () => Promise.reject(new Error('locked')) })
    await expect(createSecretsStore(file, locked, testLog()).get('a')).rejects.toMatchObject({
      kind: 'credentials',
    })
    const gone = keychain({ available: async () => false })
    const withoutKeychain = createSecretsStore(file, gone, testLog())
    await expect(withoutKeychain.get('a')).rejects.toMatchObject({ kind: 'credentials' })
    await withoutKeychain.set('a', 'for this run')
    expect(await withoutKeychain.get('a')).toBe('for this run')
    expect(await createSecretsStore(file, keychain(), testLog()).get('a')).toBe('secret')
  })

  it('stores it anew when its key was changed', async () => {
    const file = join(await testFolder(), 'secrets.json')
    await createSecretsStore(file, keychain(), testLog()).set('a', 'secret')
    const before = await readFile(file, 'utf8')
    const rotated: Keychain = {
      ...keychain({ key: 0x33 }),
      async decrypt(encrypted) {
        return { ...(await keychain().decrypt(encrypted)), outdated: true }
      },
    }
    expect(await createSecretsStore(file, rotated, testLog()).get('a')).toBe('secret')
    expect(await readFile(file, 'utf8')).not.toBe(before)
    expect(await createSecretsStore(file, keychain({ key: 0x33 }), testLog()).get('a')).toBe('secret')
  })

  it('moves a damaged file aside without quoting it in the log', async () => {
    const folder = await testFolder()
    const file = join(folder, 'secrets.json')
    await writeFile(file, '{"version":1,"secrets":{"a":"c2VjcmV0')
    const log = testLog()
    const store = createSecretsStore(file, keychain(), log)
    expect(await store.get('a')).toBeNull()
    expect((await readdir(folder))[0]).toMatch(/^secrets\.json\.damaged-/)
    expect(log.lines.join()).not.toContain('c2VjcmV0')
  })

  it('loses none of several changes at once', async () => {
    const file = join(await testFolder(), 'secrets.json')
    const store = createSecretsStore(file, keychain(), testLog())
    await Promise.all(['a', 'b', 'c', 'd'].map((name) => store.set(name, name)))
    expect(await createSecretsStore(file, keychain(), testLog()).names('')).toEqual(['a', 'b', 'c', 'd'])
  })

  it('asks no keychain before the first use', async () => {
    const never = (): never => {
      throw new Error('asked')
    }
    const store = createSecretsStore(
      join(await testFolder(), 'secrets.json'),
      { available: never, encrypt: never, decrypt: never },
      testLog(),
    )
    expect(await store.names('')).toEqual([])
    expect(await store.get('a')).toBeNull()
  })
})
