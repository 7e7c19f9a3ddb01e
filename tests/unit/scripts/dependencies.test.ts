import { describe, expect, test } from 'vitest'
import { recordAgrees, stampOf } from '../../../scripts/bootstrap/dependencies.mjs'
import { completed, missingOptionals } from '../../../scripts/bootstrap/lock-file.mjs'

test('the stamp is that of one lock file on one platform', () => {
  expect(stampOf('{}', 'linux-x64')).toBe(stampOf('{}', 'linux-x64'))
  expect(stampOf('{}', 'linux-x64')).not.toBe(stampOf('{ }', 'linux-x64'))
  expect(stampOf('{}', 'linux-x64')).not.toBe(stampOf('{}', 'darwin-arm64'))
})

describe('recordAgrees', () => {
  const locked = {
    '': { version: '0.1.0' },
    'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
    'node_modules/a-darwin': { version: '1.0.0', integrity: 'sha512-d', optional: true },
  }

  test('accepts what was locked, without the optional packages of other platforms', () => {
    expect(recordAgrees(locked, { 'node_modules/a': locked['node_modules/a'] })).toBe(true)
  })

  test('refuses another version, a missing package and one too many', () => {
    expect(recordAgrees(locked, {})).toBe(false)
    expect(recordAgrees(locked, { 'node_modules/a': { version: '1.0.1', integrity: 'sha512-a' } })).toBe(
      false,
    )
    const more = { 'node_modules/a': locked['node_modules/a'], 'node_modules/b': { version: '1.0.0' } }
    expect(recordAgrees(locked, more)).toBe(false)
  })
})

describe('the lock file of a machine whose registry is a partial mirror', () => {
  const packages = {
    '': { version: '0.1.0' },
    'node_modules/tool': {
      version: '2.0.0',
      dev: true,
      optionalDependencies: {
        '@tool/linux-x64-gnu': '2.0.0',
        '@tool/linux-x64-musl': '2.0.0',
        '@tool/win32-arm64-msvc': '2.0.0',
        '@tool/wasm32-wasi': '2.0.0',
      },
    },
    'node_modules/tool/node_modules/@tool/linux-x64-gnu': { version: '2.0.0' },
  }

  test('lacks the optional packages that cannot be found from where they are wanted', () => {
    expect(missingOptionals(packages).map(({ name }) => name)).toEqual([
      '@tool/linux-x64-musl',
      '@tool/win32-arm64-msvc',
      '@tool/wasm32-wasi',
    ])
  })

  test('is completed with entries that npm installs on their own platform alone', () => {
    const all: Record<string, unknown> = completed(packages)
    expect(missingOptionals(all as typeof packages)).toEqual([])
    expect(all['node_modules/@tool/linux-x64-musl']).toEqual({
      version: '2.0.0',
      cpu: ['x64'],
      dev: true,
      libc: ['musl'],
      optional: true,
      os: ['linux'],
    })
    expect(all['node_modules/@tool/win32-arm64-msvc']).toEqual({
      version: '2.0.0',
      cpu: ['arm64'],
      dev: true,
      optional: true,
      os: ['win32'],
    })
    expect(all['node_modules/@tool/wasm32-wasi']).toEqual({
      version: '2.0.0',
      cpu: ['wasm32'],
      dev: true,
      optional: true,
    })
  })
})
