import { resolve, sep } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { locateAppFile } from '../../../src/main/app/app-protocol-path'
import { contentSecurityPolicy, workerHeaders } from '../../../src/main/app/content-security-policy'
import { isPermissionAllowed } from '../../../src/main/app/permissions'

const root = resolve('/opt/foundry/out/renderer')

describe('locateAppFile', () => {
  it('finds a file below the root, with its type', () => {
    expect(locateAppFile(root, 'app://foundry/index.html')).toEqual({
      status: 200,
      path: resolve(root, 'index.html'),
      type: 'text/html; charset=utf-8',
    })
    expect(locateAppFile(root, 'app://foundry/assets/in%20ter.woff2?v=1#x')).toEqual({
      status: 200,
      path: resolve(root, 'assets/in ter.woff2'),
      type: 'font/woff2',
    })
  })

  it.each([
    ['app://foundry/..%2f..%2fpackage.json', 403],
    ['app://foundry/..%2frenderer-other/x.js', 403],
    ['app://foundry/..%5c..%5cpackage.json', 400],
    ['app://foundry/a%00.js', 400],
    ['app://foundry/%ff.js', 400],
    ['app://foundry/', 403],
    ['app://foundry/main.ts', 404],
    ['app://foundry/noextension', 404],
    ['app://elsewhere/index.html', 404],
    ['https://foundry/index.html', 404],
    ['nonsense', 400],
  ])('answers %s with %i', (url, status) => {
    expect(locateAppFile(root, url)).toEqual({ status })
  })

  it('never leaves the root', () => {
    const pieces = fc.constantFrom(
      '..',
      '%2e%2e',
      '/',
      '%2f',
      '%5c',
      '\\',
      'a',
      '.',
      'renderer-other',
      '.js',
      '%00',
      '?',
      '#',
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(pieces, fc.string()), { maxLength: 12 }), (parts) => {
        const located = locateAppFile(root, `app://foundry/${parts.join('')}`)
        expect(located.status !== 200 || located.path.startsWith(root + sep)).toBe(true)
      }),
    )
  })
})

describe('content security policy', () => {
  it('allows our own files, styles made at run time, and nothing else', () => {
    expect(contentSecurityPolicy).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; " +
        "img-src 'self' data: blob:; worker-src 'self' blob:; connect-src 'self'; base-uri 'none'; " +
        "form-action 'none'; object-src 'none'; frame-src 'none'",
    )
  })

  it('lets a worker compile WebAssembly besides', () => {
    const pages = contentSecurityPolicy.split('; ')
    expect(
      workerHeaders['Content-Security-Policy']?.split('; ').filter((one) => !pages.includes(one)),
    ).toEqual(["script-src 'self' 'wasm-unsafe-eval'"])
  })
})

describe('permissions', () => {
  it('lets our main frame write to the clipboard', () => {
    expect(isPermissionAllowed('clipboard-sanitized-write', 'app://foundry', true)).toBe(true)
  })

  it.each([
    ['clipboard-sanitized-write', 'app://foundry', false],
    ['clipboard-sanitized-write', 'app://foundry.example', true],
    ['clipboard-sanitized-write', '', true],
    ['clipboard-read', 'app://foundry', true],
    ['media', 'app://foundry', true],
    ['notifications', 'app://foundry', true],
    ['openExternal', 'app://foundry', true],
  ])('denies %s to %s (main frame: %s)', (permission, origin, isMainFrame) => {
    expect(isPermissionAllowed(permission, origin, isMainFrame)).toBe(false)
  })
})
