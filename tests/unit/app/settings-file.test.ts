import { chmod, readFile, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { interpret, loadSettings, merge } from '../../../src/main/app/settings-file'
import { contract } from '../../../src/shared/contract'
import { settingsSchema } from '../../../src/shared/domain'
import { testFolder, testLog } from './folder'

const defaults = settingsSchema.parse({})

describe('settings file', () => {
  it('starts with the defaults and writes nothing', async () => {
    const folder = await testFolder()
    const { store, problem } = await loadSettings(join(folder, 'settings.json'), testLog())
    expect(store.get()).toEqual(defaults)
    expect(problem).toBeNull()
    expect(await readdir(folder)).toEqual([])
  })

  it('keeps a change, tells subscribers, and is readable by its owner alone', async () => {
    const file = join(await testFolder(), 'settings.json')
    const { store } = await loadSettings(file, testLog())
    const told: unknown[] = []
    const stop = store.subscribe((settings) => told.push(settings.theme))
    expect(await store.update({ theme: 'dark' })).toEqual({ ...defaults, theme: 'dark' })
    stop()
    await store.update({ theme: 'light' })
    expect(told).toEqual(['dark'])
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect((await loadSettings(file, testLog())).store.get()).toEqual({ ...defaults, theme: 'light' })
  })

  it('writes only what was chosen, so that later defaults reach everybody else', async () => {
    const file = join(await testFolder(), 'settings.json')
    const { store } = await loadSettings(file, testLog())
    await store.update({ zoom: 2 })
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ zoom: 2 })
  })

  it('is changed through the contract without touching what is absent', () => {
    const { input } = contract.app.updateSettings
    expect(input.parse({})).toEqual({})
    expect(input.parse({ zoom: 2 })).toEqual({ zoom: 2 })
    // What is removed after some time is set by the operation that shows it first.
    const settable = Object.keys(settingsSchema.shape).filter((name) => name !== 'retention')
    expect(Object.keys(input.shape)).toEqual(settable)
  })

  it('keeps keys it does not know, also inside of objects', async () => {
    const file = join(await testFolder(), 'settings.json')
    await writeFile(
      file,
      JSON.stringify({ later: { a: 1 }, notifications: { sound: 'bell', failed: false } }),
    )
    const { store, problem } = await loadSettings(file, testLog())
    expect(problem).toBeNull()
    await store.update({ theme: 'dark', notifications: { finished: false, needsInput: true, failed: false } })
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({
      later: { a: 1 },
      theme: 'dark',
      notifications: { sound: 'bell', finished: false, needsInput: true, failed: false },
    })
  })

  it('leaves a value it cannot use in the file and takes its default', async () => {
    const file = join(await testFolder(), 'settings.json')
    await writeFile(file, JSON.stringify({ theme: 'sepia', zoom: 1.5 }))
    const log = testLog()
    const { store, problem } = await loadSettings(file, log)
    expect(store.get()).toEqual({ ...defaults, zoom: 1.5 })
    expect(problem).toContain('"theme"')
    expect(log.lines).toHaveLength(1)
    await store.update({ zoom: 2 })
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ theme: 'sepia', zoom: 2 })
  })

  it.each(['{"theme": "dark"', '[]', 'null', '', '"text"', '\0\0\0'])(
    'moves a damaged file (%j) aside',
    async (text) => {
      const folder = await testFolder()
      const file = join(folder, 'settings.json')
      await writeFile(file, text)
      const log = testLog()
      const { store, problem } = await loadSettings(file, log)
      expect(store.get()).toEqual(defaults)
      const [aside] = await readdir(folder)
      expect(aside).toMatch(/^settings\.damaged-.*\.json$/)
      expect(await readFile(join(folder, aside ?? ''), 'utf8')).toBe(text)
      expect(problem).toContain(aside)
      expect(log.lines.join()).toContain('error settings.json is damaged')
    },
  )

  it('refuses a value that is not allowed, and changes nothing', async () => {
    const file = join(await testFolder(), 'settings.json')
    const { store } = await loadSettings(file, testLog())
    await expect(store.update({ zoom: 99 })).rejects.toMatchObject({ kind: 'invalid_input' })
    expect(store.get()).toEqual(defaults)
  })

  it('loses none of several updates at once', async () => {
    const file = join(await testFolder(), 'settings.json')
    const { store } = await loadSettings(file, testLog())
    await Promise.all([
      store.update({ zoom: 2 }),
      store.update({ zoom: 99 }).catch(() => undefined),
      store.update({ theme: 'dark' }),
      store.update({ briefCharacters: 5 }),
    ])
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ zoom: 2, theme: 'dark', briefCharacters: 5 })
  })

  it.skipIf(process.getuid?.() === 0)(
    'says so when the folder cannot be written, and changes nothing',
    async () => {
      const folder = await testFolder()
      await chmod(folder, 0o500)
      const { store } = await loadSettings(join(folder, 'settings.json'), testLog())
      await expect(store.update({ zoom: 2 })).rejects.toMatchObject({ kind: 'read_only' })
      expect(store.get()).toEqual(defaults)
      await chmod(folder, 0o700)
    },
  )

  it('makes settings of any object', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('theme', 'zoom', 'notifications', 'x', '__proto__'), fc.jsonValue()),
        (raw) => {
          expect(settingsSchema.safeParse(interpret(raw).settings).success).toBe(true)
        },
      ),
    )
  })

  it('merges without losing a key', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.dictionary(fc.string(), fc.integer()),
        (raw, patch) => {
          const merged = merge(raw, patch)
          for (const key of Object.keys(raw)) expect(Object.hasOwn(merged, key)).toBe(true)
          for (const key of Object.keys(patch)) expect(merged[key]).toBe(patch[key])
        },
      ),
    )
  })
})
