import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { chromium, type BrowserContext } from '@playwright/test'
import type { World } from './world'

/** Why there is none on this machine; empty where there is one. Set before any test runs. */
export const noBrowser = (): string => process.env['FOUNDRY_E2E_NO_BROWSER'] ?? ''

export const EXTENSION = resolve(import.meta.dirname, '../../../resources/browser-extension')

/**
 * A person's Chromium with the extension, in the test's world, where opening foundry:// links was allowed once for these
 * origins. The extension is as it is shipped but for the hosts it may work on: allowing one takes a click that no test can do.
 */
export async function startBrowser(
  world: World,
  { origins = [], env = {} }: { origins?: readonly string[]; env?: Record<string, string> } = {},
): Promise<BrowserContext> {
  const extension = world.path('browser-extension')
  await cp(EXTENSION, extension, { recursive: true })
  const file = join(extension, 'manifest.json')
  const manifest = JSON.parse(await readFile(file, 'utf8')) as { content_scripts: { matches: string[] }[] }
  for (const script of manifest.content_scripts)
    script.matches.push(...origins.map((origin) => `https://${new URL(origin).hostname}/*`))
  await writeFile(file, JSON.stringify(manifest))

  const profile = world.path('browser-profile')
  await mkdir(join(profile, 'Default'), { recursive: true })
  const allowed = Object.fromEntries(origins.map((origin) => [origin, { foundry: true }]))
  await writeFile(
    join(profile, 'Default', 'Preferences'),
    JSON.stringify({ protocol_handler: { allowed_origin_protocol_pairs: allowed } }),
  )
  return chromium.launchPersistentContext(profile, {
    executablePath: '/usr/bin/chromium',
    headless: false,
    chromiumSandbox: false,
    env: { ...world.environment, ...env },
    ignoreDefaultArgs: ['--disable-extensions', '--disable-component-extensions-with-background-pages'],
    args: [
      `--load-extension=${extension}`,
      `--disable-extensions-except=${extension}`,
      '--disable-features=DisableLoadExtensionCommandLineSwitch',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--no-first-run',
    ],
  })
}

const NEW_HEADER = `<div data-component="PH_Title"><h1>Start faster</h1></div>
  <div data-component="PH_Actions"><button type="button">Edit</button></div>`
const OLD_HEADER = `<div class="gh-header-show"><h1 class="gh-header-title">Start faster</h1>
  <div class="gh-header-actions"><button type="button">Edit</button></div></div>`

/** Answers for pages of GitHub with what the extension looks at. */
export async function servePages(context: BrowserContext, origin: string): Promise<void> {
  await context.route(`${origin}/**`, (route) => {
    const { pathname, searchParams } = new URL(route.request().url())
    const header = searchParams.has('old') ? OLD_HEADER : NEW_HEADER
    const body = pathname.includes('/pull/') ? header : '<h1>Something else</h1>'
    return route.fulfill({
      contentType: 'text/html; charset=utf-8',
      body: `<!doctype html><html lang="en"><title>GitHub</title><main>${body}</main></html>`,
    })
  })
}
