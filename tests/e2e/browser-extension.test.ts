import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { startBrowser, noBrowser, servePages } from './support/browser'
import { describeProcesses, isRunning, processesOf } from './support/processes'
import { bringAcme, expect, expectSynced, openSettings, test } from './support/github'
import { ui } from './support/ui'

test.beforeEach(() => test.skip(noBrowser() !== '', noBrowser()))

const BUTTON = { name: 'Open in Foundry', exact: true }

test('the extension puts one button on a pull request, wherever the page goes', async ({ world }) => {
  const browser = await startBrowser(world)
  try {
    await servePages(browser, 'https://github.com')
    const page = await browser.newPage()
    for (const [address, link] of [
      ['https://github.com/acme/engine/pull/12', 'https://github.com/acme/engine/pull/12'],
      ['https://github.com/acme/engine/pull/12/files?old', 'https://github.com/acme/engine/pull/12'],
    ] as const) {
      await page.goto(address)
      const button = page.getByRole('link', BUTTON)
      await expect(button).toHaveAttribute('href', `foundry://pull?url=${encodeURIComponent(link)}`)
      await page.screenshot({ path: test.info().outputPath(address.includes('old') ? 'old.png' : 'new.png') })
    }
    // GitHub changes the page under the script: to another pull request, to something else, and with a copy of the button.
    await page.evaluate(() => {
      history.pushState({}, '', '/acme/engine/pull/13')
      const place = document.querySelector('.gh-header-actions')
      if (place !== null) document.querySelector('main')?.append(place.cloneNode(true))
    })
    await expect(page.getByRole('link', BUTTON)).toHaveCount(1)
    await expect(page.getByRole('link', BUTTON)).toHaveAttribute('href', /pull%2F13$/)
    await page.evaluate(() => {
      history.pushState({}, '', '/acme/engine/issues')
      document.querySelector('main')?.append('changed')
    })
    await expect(page.getByRole('link', BUTTON)).toHaveCount(0)
    await page.goto('https://github.com/acme/engine')
    await expect(page.getByRole('heading', { name: 'Something else' })).toBeVisible()
    await expect(page.getByRole('link', BUTTON)).toHaveCount(0)

    // Another host is the person's to add, and the browser's to allow: it asks in a window of its own.
    const worker = browser.serviceWorkers()[0] ?? (await browser.waitForEvent('serviceworker'))
    await page.goto(new URL('options.html', worker.url()).href)
    await expect(page.getByRole('list', { name: 'Hosts' }).getByRole('listitem')).toHaveText(['github.com'])
    const host = page.getByRole('textbox', { name: 'Host of a GitHub Enterprise server' })
    for (const wrong of [
      'http://github.acme.dev',
      'javascript:alert(1)',
      'https://ada@github.acme.dev',
      'a b',
    ]) {
      await host.fill(wrong)
      await page.getByRole('button', { name: 'Add' }).click()
      await expect(page.getByRole('alert')).toContainText('Type the host alone')
    }
    await page.screenshot({ path: test.info().outputPath('options.png') })
  } finally {
    await browser.close()
  }
})

test('a click on it opens the task of the pull request, also where the app has to be started for it', async ({
  foundry,
  github,
  world,
}) => {
  test.slow()
  const origin = github.url.replace('http:', 'https:')
  let app = await foundry.start()
  await bringAcme(app, github)
  await expectSynced(app.window)
  const settings = await openSettings(app.window, 'General')
  const handler = settings.getByRole('switch', { name: 'Open foundry:// links with this app' })
  await handler.click()
  await expect(handler).toBeChecked()
  await settings.getByRole('region', { name: 'Links' }).scrollIntoViewIfNeeded()
  await app.window.screenshot({ path: test.info().outputPath('settings.png') })
  await app.window.keyboard.press('Escape')

  const ready = world.path('ready.json')
  const browser = await startBrowser(world, { origins: [origin], env: { FOUNDRY_READY_FILE: ready } })
  try {
    await servePages(browser, origin)
    const page = await browser.newPage()
    await page.goto(`${origin}/acme/engine/pull/1`)
    await page.getByRole('link', BUTTON).click()
    await expect(app.window.getByRole('region', { name: 'Task: Start faster' })).toBeVisible()

    await page.goto(`${origin}/acme/site/pull/1`)
    await app.quit()
    await page.getByRole('link', BUTTON).click()
    // Nobody drives this one: it says itself that its window can be used.
    await expect.poll(() => readFile(ready, 'utf8').catch(() => ''), { timeout: 60_000 }).toContain('usable')
    const running = await processesOf(world.foundry)
    const started = running.find(({ command }) => command.includes('foundry://pull'))
    if (started === undefined) throw new Error(`No app was started:\n${describeProcesses(running)}`)
    process.kill(started.pid, 'SIGTERM')
    await expect.poll(() => isRunning(started), { timeout: 30_000 }).toBe(false)
  } finally {
    await browser.close()
  }
  // What it showed last is what the next start shows.
  app = await foundry.start()
  await expect(app.window.getByRole('region', { name: 'Task: New front page' })).toBeVisible()
  await expect(ui.navigation(app.window)).toBeVisible()
})

test('the page that leads from https to the app opens nothing by itself, and shows what is hostile as text', async ({
  world,
}) => {
  const browser = await startBrowser(world)
  try {
    const html = await readFile(resolve(import.meta.dirname, '../../docs/open/index.html'), 'utf8')
    await browser.route('https://acme.example/**', (route) =>
      route.fulfill({ contentType: 'text/html; charset=utf-8', body: html }),
    )
    const page = await browser.newPage()
    const show = (query: string) => page.goto(`https://acme.example/open?${query}`)
    const open = page.getByRole('link', BUTTON)
    await show(`pr=${encodeURIComponent('https://github.com/acme/engine/pull/12')}`)
    await expect(open).toHaveAttribute('href', /^foundry:\/\/pull\?url=https%3A/)
    await expect(page.getByRole('link', { name: 'Show the pull request on its own page' })).toHaveAttribute(
      'href',
      'https://github.com/acme/engine/pull/12',
    )
    await page.screenshot({ path: test.info().outputPath('page.png') })
    await show('link=foundry://task/task_00000000-0000-0000-0000-000000000000')
    await expect(open).toHaveAttribute('href', 'foundry://task/task_00000000-0000-0000-0000-000000000000')
    for (const hostile of [
      'link=javascript:alert(1)',
      `link=${encodeURIComponent('foundry://new?prompt=rm')}`,
      `pr=${encodeURIComponent('https://github.com/acme/engine/pull/12"><script>alert(1)</script>')}`,
      `pr=${encodeURIComponent('http://github.com/acme/engine/pull/12')}`,
      'pr=',
      '',
    ]) {
      await show(hostile)
      await expect(page.getByRole('heading', { name: 'This link leads nowhere' })).toBeVisible()
      await expect(open).toBeHidden()
    }
  } finally {
    await browser.close()
  }
})
